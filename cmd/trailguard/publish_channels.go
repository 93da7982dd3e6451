package main

import (
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/reporters/publish"
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
	return webhook.New(webhook.Options{Name: w.Name, URL: url, Secret: secret, HTTP: publish.HTTP{Now: a.now, Traffic: a.journal}})
}
