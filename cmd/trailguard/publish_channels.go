package main

import (
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/pagerduty"
	"github.com/trailguard/trailguard/reporters/publish/slack"
	"github.com/trailguard/trailguard/reporters/publish/webhook"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/secretref"
)

// channel is a publish.Channel that is closed when everything is told.
type channel interface {
	publish.Channel
	Close()
}

// publishDestination is a destination of the configuration.
type publishDestination struct {
	channel, name string
	least         scanner.Severity
	// open reads its secrets, and asks nobody.
	open func(*app) (channel, error)
}

// publishDestinations are those of a configuration, in its order of channels.
func publishDestinations(p *config.Publish) []publishDestination {
	var list []publishDestination
	for _, w := range p.Webhook {
		list = append(list, publishDestination{
			"webhook", w.Name, scanner.Severity(w.MinSeverity),
			func(a *app) (channel, error) { return a.openWebhook(&w) },
		})
	}
	for _, s := range p.Slack {
		list = append(list, publishDestination{
			"slack", s.Name, scanner.Severity(s.MinSeverity),
			func(a *app) (channel, error) { return a.openSlack(&s) },
		})
	}
	for _, d := range p.PagerDuty {
		list = append(list, publishDestination{
			"pagerduty", d.Name, scanner.Severity(d.MinSeverity),
			func(a *app) (channel, error) { return a.openPagerDuty(&d) },
		})
	}
	return list
}

func (a *app) openWebhook(w *config.Webhook) (channel, error) {
	url, err := secretref.Read(config.WebhookURL, w.URL)
	if err != nil {
		return nil, err
	}
	secret, err := secretref.Read(config.WebhookSecret, w.Secret)
	if err != nil {
		return nil, err
	}
	return webhook.New(webhook.Options{Name: w.Name, URL: url, Secret: secret, HTTP: a.overHTTP()})
}

func (a *app) openSlack(s *config.Slack) (channel, error) {
	url, err := secretref.Read(config.SlackURL, s.URL)
	if err != nil {
		return nil, err
	}
	return slack.New(slack.Options{Name: s.Name, URL: url, HTTP: a.overHTTP()})
}

func (a *app) openPagerDuty(d *config.PagerDuty) (channel, error) {
	key, err := secretref.Read(config.RoutingKey, d.RoutingKey)
	if err != nil {
		return nil, err
	}
	return pagerduty.New(pagerduty.Options{Name: d.Name, URL: d.Endpoint, RoutingKey: key, HTTP: a.overHTTP()})
}

// overHTTP is how channels try that speak HTTP.
func (a *app) overHTTP() publish.HTTP { return publish.HTTP{Now: a.now, Traffic: a.journal} }
