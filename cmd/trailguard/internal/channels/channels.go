// Package channels opens the destinations that a configuration publishes to,
// and sends a report to each. It decides neither what is sent, which is package
// publish's part, nor what the command prints.
package channels

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
)

// Channel is a publish.Channel that is closed once everything is sent.
type Channel interface {
	publish.Channel
	Close()
}

// Destination is a destination of the configuration.
type Destination struct {
	Channel, Name string
	least         scanner.Severity
	// open reads the secrets of the destination. It sends no request.
	open func(publish.Transport) (Channel, error)
}

// Of returns the destinations of a configuration, by channel.
func Of(p *config.Publish) []Destination {
	var list []Destination
	add := func(channel, name, least string, open func(publish.Transport) (Channel, error)) {
		list = append(list, Destination{channel, name, scanner.Severity(least), open})
	}
	for _, w := range p.Webhook {
		add("webhook", w.Name, w.MinSeverity, func(t publish.Transport) (Channel, error) { return openWebhook(&w, t) })
	}
	for _, s := range p.Slack {
		add("slack", s.Name, s.MinSeverity, func(t publish.Transport) (Channel, error) { return openSlack(&s, t) })
	}
	for _, d := range p.PagerDuty {
		add("pagerduty", d.Name, d.MinSeverity, func(t publish.Transport) (Channel, error) { return openPagerDuty(&d, t) })
	}
	for _, e := range p.Email {
		add("email", e.Name, e.MinSeverity, func(t publish.Transport) (Channel, error) { return openEmail(&e, t) })
	}
	for _, h := range p.SecurityHub {
		add("securityhub", h.Name, h.MinSeverity, func(t publish.Transport) (Channel, error) { return openSecurityHub(&h, t) })
	}
	return list
}

// ErrNone says that the configuration has no destination.
var ErrNone = errors.New("the configuration has no destination: write one below publish, such as a webhook; docs/integrations.md shows each")

// Choose returns the destinations that were named, or all. The error is ErrNone
// where there are none, and otherwise names one that does not exist.
func Choose(list []Destination, names []string) ([]Destination, error) {
	if len(list) == 0 {
		return nil, ErrNone
	}
	if len(names) == 0 {
		return list, nil
	}
	var known []string
	var picked []Destination
	for _, d := range list {
		known = append(known, d.Name)
		if slices.Contains(names, d.Name) {
			picked = append(picked, d)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%s: publish has no such destination; it has %s", name, strings.Join(known, ", "))
		}
	}
	return picked, nil
}

// Transport says how all channels reach their receivers.
func Transport(p *config.Publish, now func() time.Time, traffic scanner.Traffic) (publish.Transport, error) {
	t := publish.Transport{Now: now, Traffic: traffic}
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

// Compose returns the messages that Send would send. It sends no request.
func (d *Destination) Compose(t publish.Transport, r *scanner.Report, c publish.Criteria) ([]publish.Message, error) {
	channel, err := d.open(t)
	if err == nil {
		defer channel.Close()
		var messages []publish.Message
		if messages, err = channel.Compose(d.notice(r, c)); err == nil {
			return messages, nil
		}
	}
	return nil, fmt.Errorf("%s %s: %w", d.Channel, d.Name, err)
}

func (d *Destination) notice(r *scanner.Report, c publish.Criteria) *publish.Notice {
	c.Least = d.least
	return publish.Select(r, c)
}

// Published is what became of a report at one destination.
type Published struct {
	Channel string `json:"channel"`
	Name    string `json:"name"`
	publish.Outcome
}

// Send sends to the destination what the criteria select of the report; how severe
// it must be is the destination's own.
func (d *Destination) Send(ctx context.Context, t publish.Transport, r *scanner.Report, c publish.Criteria) Published {
	p := Published{Channel: d.Channel, Name: d.Name}
	notice := d.notice(r, c)
	channel, err := d.open(t)
	if err != nil {
		p.Outcome = publish.Outcome{Refused: []publish.Refusal{}, NotSent: max(1, len(notice.Findings)), Why: err.Error()}
		return p
	}
	defer channel.Close()
	p.Outcome = publish.Send(ctx, channel, notice)
	return p
}

// Summary returns the outcome in one line.
func (p *Published) Summary() string {
	if p.Accepted == 0 && p.Delivered() {
		return "nothing to tell"
	}
	text := fmt.Sprintf("%d accepted", p.Accepted)
	if len(p.Refused) > 0 {
		text += fmt.Sprintf(", %d refused", len(p.Refused))
	}
	if p.NotSent > 0 {
		text += fmt.Sprintf(", %d not delivered: %s", p.NotSent, p.Why)
	}
	return text
}
