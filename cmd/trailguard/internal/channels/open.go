package channels

import (
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/email"
	"github.com/trailguard/trailguard/reporters/publish/pagerduty"
	"github.com/trailguard/trailguard/reporters/publish/securityhub"
	"github.com/trailguard/trailguard/reporters/publish/slack"
	"github.com/trailguard/trailguard/reporters/publish/webhook"
	"github.com/trailguard/trailguard/scanner/secretref"
)

func openWebhook(w *config.Webhook, t publish.Transport) (Channel, error) {
	url, err := secretref.Read(config.WebhookURL, w.URL)
	if err != nil {
		return nil, err
	}
	secret, err := secretref.Read(config.WebhookSecret, w.Secret)
	if err != nil {
		return nil, err
	}
	return webhook.New(webhook.Options{Name: w.Name, URL: url, Secret: secret, Transport: t})
}

func openSlack(s *config.Slack, t publish.Transport) (Channel, error) {
	url, err := secretref.Read(config.SlackURL, s.URL)
	if err != nil {
		return nil, err
	}
	return slack.New(slack.Options{Name: s.Name, URL: url, Transport: t})
}

func openPagerDuty(d *config.PagerDuty, t publish.Transport) (Channel, error) {
	key, err := secretref.Read(config.RoutingKey, d.RoutingKey)
	if err != nil {
		return nil, err
	}
	return pagerduty.New(pagerduty.Options{Name: d.Name, URL: d.Endpoint, RoutingKey: key, Transport: t})
}

func openEmail(e *config.Email, t publish.Transport) (Channel, error) {
	o := email.Options{Name: e.Name, Server: e.Server, Username: e.Username, From: e.From, To: e.To, Transport: t}
	if e.Username != "" {
		var err error
		if o.Password, err = secretref.Read(config.Password, e.Password); err != nil {
			return nil, err
		}
	}
	return email.New(o)
}

func openSecurityHub(h *config.SecurityHub, t publish.Transport) (Channel, error) {
	o := securityhub.Options{
		Name: h.Name, Profile: h.Profile, Region: h.Region, Endpoint: h.Endpoint, Transport: t,
		Accounts: map[string]securityhub.Role{},
	}
	for id, account := range h.Accounts {
		if id == config.DefaultAccount {
			o.Default = securityhub.Role{Role: account.RoleName, ExternalID: account.ExternalID}
			continue
		}
		o.Accounts[id] = securityhub.Role{Role: account.AssumeRole, ExternalID: account.ExternalID}
	}
	return securityhub.New(o)
}
