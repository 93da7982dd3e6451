package main

import (
	"crypto/x509"
	"fmt"
	"os"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/email"
	"github.com/trailguard/trailguard/reporters/publish/pagerduty"
	"github.com/trailguard/trailguard/reporters/publish/securityhub"
	"github.com/trailguard/trailguard/reporters/publish/slack"
	"github.com/trailguard/trailguard/reporters/publish/webhook"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/secretref"
)

// channel is a publish.Channel that is closed once everything is sent.
type channel interface {
	publish.Channel
	Close()
}

// publishDestination is a destination of the configuration.
type publishDestination struct {
	channel, name string
	least         scanner.Severity
	// open reads the secrets of the destination. It sends no request.
	open func(publish.Transport) (channel, error)
}

// publishDestinations returns the destinations of a configuration, by channel.
func publishDestinations(p *config.Publish) []publishDestination {
	var list []publishDestination
	add := func(channel, name, least string, open func(publish.Transport) (channel, error)) {
		list = append(list, publishDestination{channel, name, scanner.Severity(least), open})
	}
	for _, w := range p.Webhook {
		add("webhook", w.Name, w.MinSeverity, func(t publish.Transport) (channel, error) { return openWebhook(&w, t) })
	}
	for _, s := range p.Slack {
		add("slack", s.Name, s.MinSeverity, func(t publish.Transport) (channel, error) { return openSlack(&s, t) })
	}
	for _, d := range p.PagerDuty {
		add("pagerduty", d.Name, d.MinSeverity, func(t publish.Transport) (channel, error) { return openPagerDuty(&d, t) })
	}
	for _, e := range p.Email {
		add("email", e.Name, e.MinSeverity, func(t publish.Transport) (channel, error) { return openEmail(&e, t) })
	}
	for _, h := range p.SecurityHub {
		add("securityhub", h.Name, h.MinSeverity, func(t publish.Transport) (channel, error) { return openSecurityHub(&h, t) })
	}
	return list
}

// publishTransport says how all channels reach their receivers.
func (a *app) publishTransport(p *config.Publish) (publish.Transport, error) {
	t := publish.Transport{Now: a.now, Traffic: a.journal}
	if p.CABundle == "" {
		return t, nil
	}
	pem, err := os.ReadFile(p.CABundle)
	if err != nil {
		return t, fmt.Errorf("read publish.caBundle: %w", err)
	}
	if t.RootCAs, err = x509.SystemCertPool(); err != nil {
		t.RootCAs = x509.NewCertPool() // some systems have none
	}
	if !t.RootCAs.AppendCertsFromPEM(pem) {
		return t, fmt.Errorf("publish.caBundle %s holds no PEM certificate", p.CABundle)
	}
	return t, nil
}

func openWebhook(w *config.Webhook, t publish.Transport) (channel, error) {
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

func openSlack(s *config.Slack, t publish.Transport) (channel, error) {
	url, err := secretref.Read(config.SlackURL, s.URL)
	if err != nil {
		return nil, err
	}
	return slack.New(slack.Options{Name: s.Name, URL: url, Transport: t})
}

func openPagerDuty(d *config.PagerDuty, t publish.Transport) (channel, error) {
	key, err := secretref.Read(config.RoutingKey, d.RoutingKey)
	if err != nil {
		return nil, err
	}
	return pagerduty.New(pagerduty.Options{Name: d.Name, URL: d.Endpoint, RoutingKey: key, Transport: t})
}

func openEmail(e *config.Email, t publish.Transport) (channel, error) {
	o := email.Options{Name: e.Name, Server: e.Server, Username: e.Username, From: e.From, To: e.To, Transport: t}
	if e.Username != "" {
		var err error
		if o.Password, err = secretref.Read(config.Password, e.Password); err != nil {
			return nil, err
		}
	}
	return email.New(o)
}

func openSecurityHub(h *config.SecurityHub, t publish.Transport) (channel, error) {
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
