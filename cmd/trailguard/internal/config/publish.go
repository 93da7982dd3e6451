package config

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/secretref"
)

// Publish lists whom the command publish notifies, by channel.
type Publish struct {
	Webhook     []Webhook     `yaml:"webhook"`
	Slack       []Slack       `yaml:"slack"`
	PagerDuty   []PagerDuty   `yaml:"pagerduty"`
	Email       []Email       `yaml:"email"`
	SecurityHub []SecurityHub `yaml:"securityhub"`
	CABundle    string        `yaml:"caBundle"` // PEM file of further roots to trust, for all channels
}

// Webhook is a receiver of Standard Webhooks.
type Webhook struct {
	Name        string `yaml:"name"`        // unique over all channels
	MinSeverity string `yaml:"minSeverity"` // findings below it are not sent; empty: all are sent
	URL         string `yaml:"url"`         // a reference, env:NAME or file:PATH
	Secret      string `yaml:"secret"`      // likewise
}

// Slack is an incoming webhook of Slack.
type Slack struct {
	Name        string `yaml:"name"`
	MinSeverity string `yaml:"minSeverity"`
	URL         string `yaml:"url"` // a reference
}

// PagerDuty is an integration of type Events API v2.
type PagerDuty struct {
	Name        string `yaml:"name"`
	MinSeverity string `yaml:"minSeverity"`
	RoutingKey  string `yaml:"routingKey"` // a reference
	Endpoint    string `yaml:"endpoint"`   // of another region; no secret
}

// Email is a group of people who are notified by mail.
type Email struct {
	Name        string   `yaml:"name"`
	MinSeverity string   `yaml:"minSeverity"`
	Server      string   `yaml:"server"` // host:port
	Username    string   `yaml:"username"`
	Password    string   `yaml:"password"` // a reference; empty without a username
	From        string   `yaml:"from"`
	To          []string `yaml:"to"`
}

// SecurityHub holds the Security Hubs that one set of credentials reaches.
type SecurityHub struct {
	Name        string             `yaml:"name"`
	MinSeverity string             `yaml:"minSeverity"`
	Profile     string             `yaml:"profile"`
	Region      string             `yaml:"region"`
	Endpoint    string             `yaml:"endpoint"`
	Accounts    map[string]Account `yaml:"accounts"`
}

// The secrets of the channels, as messages name them.
var (
	WebhookURL    = secretref.Purpose{Key: "url", Noun: "the webhook's URL"}
	WebhookSecret = secretref.Purpose{Key: "secret", Noun: "the webhook's secret, whsec_…"}
	SlackURL      = secretref.Purpose{Key: "url", Noun: "the URL of Slack's incoming webhook"}
	Password      = secretref.Purpose{Key: "password", Noun: "the password at the mail server"}
	RoutingKey    = secretref.Purpose{Key: "routingKey", Noun: "the integration key of PagerDuty"}
)

// destination is one entry of any channel: the fields that all channels have.
type destination struct {
	at                []any
	name, minSeverity *string
	secrets           []secret
}

// secret is a field that holds a reference to a secret.
type secret struct {
	purpose  secretref.Purpose
	ref      *string
	optional bool
}

// destinations lists the entries of all channels.
func (p *Publish) destinations() []destination {
	var list []destination
	add := func(channel string, i int, name, minSeverity *string, secrets ...secret) {
		list = append(list, destination{[]any{"publish", channel, i}, name, minSeverity, secrets})
	}
	for i := range p.Webhook {
		w := &p.Webhook[i]
		add("webhook", i, &w.Name, &w.MinSeverity, secret{WebhookURL, &w.URL, false}, secret{WebhookSecret, &w.Secret, false})
	}
	for i := range p.Slack {
		s := &p.Slack[i]
		add("slack", i, &s.Name, &s.MinSeverity, secret{SlackURL, &s.URL, false})
	}
	for i := range p.PagerDuty {
		d := &p.PagerDuty[i]
		add("pagerduty", i, &d.Name, &d.MinSeverity, secret{RoutingKey, &d.RoutingKey, false})
	}
	for i := range p.Email {
		e := &p.Email[i]
		add("email", i, &e.Name, &e.MinSeverity, secret{Password, &e.Password, e.Username == ""})
	}
	for i := range p.SecurityHub {
		h := &p.SecurityHub[i]
		add("securityhub", i, &h.Name, &h.MinSeverity)
	}
	return list
}

// Secrets returns the files that hold secrets of the channels.
func (p *Publish) Secrets() []string {
	var files []string
	for _, d := range p.destinations() {
		for _, s := range d.secrets {
			if file, ok := strings.CutPrefix(*s.ref, "file:"); ok {
				files = append(files, file)
			}
		}
	}
	return files
}

// publish checks the settings of the command publish.
func (c *checker) publish(p *Publish) {
	for i := range p.SecurityHub {
		c.aws(&AWS{Accounts: p.SecurityHub[i].Accounts}, []any{"publish", "securityhub", i})
	}
	names := map[string]bool{}
	for _, d := range p.destinations() {
		at := func(key string) []any { return append(slices.Clone(d.at), key) }
		channel, name := d.at[1], *d.name
		switch {
		case name == "":
			c.add(d.at, "%s without a name", channel)
		case !tenantName.MatchString(name):
			c.add(at("name"), "%s name %q: use letters, digits, dots, dashes and underscores, 63 at most", channel, name)
		case names[name]:
			c.add(at("name"), "two destinations of publish are called %q", name)
		}
		names[name] = true
		if *d.minSeverity = strings.ToLower(*d.minSeverity); *d.minSeverity != "" {
			if _, err := scanner.ParseSeverity(*d.minSeverity); err != nil {
				c.add(at("minSeverity"), "%s", err)
			}
		}
		for _, s := range d.secrets {
			if *s.ref == "" && s.optional {
				continue
			}
			if err := secretref.Check(s.purpose, *s.ref); err != nil {
				c.add(at(s.purpose.Key), "%s %q: %s", channel, name, err)
			}
		}
	}
}
