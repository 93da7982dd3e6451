// Package pagerduty opens and resolves alerts through PagerDuty's Events API
// v2: one for each failure, and one for runs in which something could not be
// assessed. An alert is resolved only when its failure is gone. It stays open
// where the failure could not be checked, or is waived.
package pagerduty

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/internal/post"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// DefaultURL is where events of accounts in the United States go.
const DefaultURL = "https://events.pagerduty.com"

// Options say which service of PagerDuty gets the alerts.
type Options struct {
	// Name is the operator's name for this destination. It also tells the runs
	// of one job from those of another.
	Name       string
	URL        string        // DefaultURL unless set
	RoutingKey redact.Secret // of an integration of type Events API v2
	publish.Transport
}

// Channel sends alerts to one service.
type Channel struct {
	client *post.Client
	key    redact.Secret
	name   string
}

// New returns a channel. No error repeats the routing key.
func New(o Options) (*Channel, error) {
	url := redact.NewSecret(cmp.Or(o.URL, DefaultURL) + "/v2/enqueue")
	client, err := post.New(post.Receiver{Service: "pagerduty", Name: o.Name, URL: url, DropsTwice: true}, o.Transport)
	if err != nil {
		return nil, err
	}
	client.Hide(o.RoutingKey)
	return &Channel{client, o.RoutingKey, o.Name}, nil
}

// Close ends idle connections.
func (c *Channel) Close() { c.client.Close() }

// maxSummary is how long a summary may be, in characters.
const maxSummary = 1024

// event is an event without its routing key:
// https://developer.pagerduty.com/docs/send-alert-event
type event struct {
	Action   string   `json:"event_action"`
	DedupKey string   `json:"dedup_key"`
	Client   string   `json:"client"`
	Payload  *payload `json:"payload,omitempty"`
}

type payload struct {
	Summary   string    `json:"summary"`
	Source    string    `json:"source"`
	Severity  string    `json:"severity"`
	Timestamp time.Time `json:"timestamp"`
	Component string    `json:"component,omitempty"` // the resource
	Group     string    `json:"group,omitempty"`     // the tenant
	Class     string    `json:"class"`               // the rule
	Details   any       `json:"custom_details,omitempty"`
}

// details are what the person on call needs to know.
type details struct {
	Export      string `json:"export,omitempty"`
	Fingerprint string `json:"fingerprint"`
	Remediation string `json:"remediation,omitempty"`
}

// severity is PagerDuty's word for ours.
func severity(s scanner.Severity) string {
	switch s {
	case scanner.SeverityCritical:
		return "critical"
	case scanner.SeverityHigh:
		return "error"
	case scanner.SeverityMedium:
		return "warning"
	default:
		return "info"
	}
}

// Compose implements publish.Channel. A complete run resolves the alert of an
// incomplete one, whether or not there is one. A run of some exports or rules
// only does not, since what is missing may be among the others.
func (c *Channel) Compose(n *publish.Notice) ([]publish.Message, error) {
	var messages []publish.Message
	add := func(about string, e event) error {
		e.Client = "trailguard"
		body, err := json.Marshal(&e)
		if err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		messages = append(messages, publish.Message{ID: e.DedupKey + " " + e.Action, About: []string{about}, Body: body})
		return nil
	}
	if n.Incomplete != "" || !n.Report.Scan.Partial {
		if err := add(publish.AboutRun, c.run(n)); err != nil {
			return nil, err
		}
	}
	for _, f := range n.Findings {
		e := event{DedupKey: f.Fingerprint}
		switch publish.ConditionOf(f) {
		case publish.Failing:
			e.Action, e.Payload = "trigger", failure(n, f)
		case publish.Resolved:
			e.Action = "resolve"
		case publish.Waived, publish.NotAssessed:
			continue
		}
		if err := add(publish.About(f), e); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// run is the event of the run as a whole. Where each tenant has runs of its own, it
// has an alert of its own: one tenant's complete run says nothing of another's.
func (c *Channel) run(n *publish.Notice) event {
	e := event{Action: "resolve", DedupKey: "trailguard-run-" + c.name}
	if n.Tenant != "" {
		e.DedupKey += "/" + n.Tenant
	}
	if n.Incomplete == "" {
		return e
	}
	e.Action = "trigger"
	e.Payload = &payload{
		Summary: "Audit trail: " + publish.Text(n.Incomplete), Source: c.name, Severity: "warning",
		Timestamp: n.Report.Scan.EvaluatedAt.UTC(), Class: "scan_complete",
	}
	if n.Report.Scan.Error != "" {
		e.Payload.Severity = "error"
	}
	return e
}

func failure(n *publish.Notice, f *scanner.Finding) *payload {
	summary := []rune(publish.Text(f.RuleID) + ": " + publish.Text(f.Message))
	return &payload{
		Summary: string(summary[:min(len(summary), maxSummary)]), Source: cmp.Or(publish.Text(f.Resource), "trailguard"),
		Severity: severity(f.Severity), Timestamp: n.Report.Scan.EvaluatedAt.UTC(),
		Component: publish.Text(f.Resource), Group: publish.Text(f.Tenant), Class: publish.Text(f.RuleID),
		Details: details{publish.Text(f.ExportID), f.Fingerprint, publish.Text(f.Remediation)},
	}
}

// Deliver implements publish.Channel.
func (c *Channel) Deliver(ctx context.Context, m publish.Message) ([]publish.Refusal, error) {
	key, err := json.Marshal(c.key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	// The body holds the key. It is added here, after the last place that shows
	// the body.
	body := append(append([]byte(`{"routing_key":`), key...), ',')
	answer, err := c.client.Send(ctx, append(body, m.Body[1:]...), func(h http.Header) {
		h.Set("Content-Type", "application/json")
		h.Set("User-Agent", "trailguard")
	})
	if err != nil {
		return nil, err
	}
	var said struct {
		Status string `json:"status"`
	}
	if json.Unmarshal(answer.Body, &said) != nil || said.Status != "success" {
		return nil, publish.Refuse("answered %d without success: %s", answer.Status, c.client.Quote(answer.Body))
	}
	return nil, nil
}
