// Package webhook sends events to a receiver of Standard Webhooks
// (https://www.standardwebhooks.com), as CloudEvents 1.0 in structured mode,
// one a request: an event for each finding, and one for a run in which
// something could not be assessed.
package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/internal/post"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/redact"
)

// The types of events. A change of an event's form is a new type, with the next
// number.
const (
	FindingEvent = "io.trailguard.finding.v1"
	RunEvent     = "io.trailguard.run.v1"
)

// Options say where events go.
type Options struct {
	Name   string        // as the operator calls it
	URL    redact.Secret // of the receiver
	Secret redact.Secret // "whsec_" and the base64 of 24 bytes or more
	publish.Transport
}

// Channel sends to one receiver.
type Channel struct {
	client *post.Client
	key    []byte
	now    func() time.Time
}

// minKey is the shortest key, in bytes, that Standard Webhooks allows.
const minKey = 24

// New returns a channel. No error repeats a secret.
func New(o Options) (*Channel, error) {
	encoded := strings.TrimPrefix(o.Secret.Reveal(), "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(key) < minKey {
		return nil, fmt.Errorf("the secret is none of Standard Webhooks: it is whsec_ and the base64 of %d random bytes or more", minKey)
	}
	client, err := post.New(post.Receiver{Service: "webhook", Name: o.Name, URL: o.URL, DropsTwice: true}, o.Transport)
	if err != nil {
		return nil, err
	}
	client.Hide(redact.NewSecret(encoded))
	return &Channel{client, key, o.Now}, nil
}

// Close ends idle connections.
func (c *Channel) Close() { c.client.Close() }

// event is a CloudEvent: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
type event struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`
	Source      string    `json:"source"` // /trailguard, and the tenant of a finding
	Type        string    `json:"type"`
	Subject     string    `json:"subject,omitzero"` // the fingerprint
	Time        time.Time `json:"time"`             // as of when it was judged
	ContentType string    `json:"datacontenttype"`
	Data        any       `json:"data"`
}

// findingData is the data of a FindingEvent.
type findingData struct {
	Condition publish.Condition `json:"condition"`
	Finding   *scanner.Finding  `json:"finding"`
	Scan      *scanner.ScanInfo `json:"scan"`
}

// runData is the data of a RunEvent.
type runData struct {
	Incomplete string            `json:"incomplete,omitzero"` // why something is not known
	Tool       scanner.Tool      `json:"tool"`
	Scan       *scanner.ScanInfo `json:"scan"`
}

// Compose implements publish.Channel.
func (c *Channel) Compose(n *publish.Notice) ([]publish.Message, error) {
	var messages []publish.Message
	add := func(about string, e event) error {
		e.SpecVersion, e.ContentType, e.Time = "1.0", "application/json", n.Report.Scan.EvaluatedAt.UTC()
		body, err := json.Marshal(&e, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
		if err != nil {
			return fmt.Errorf("write event: %w", err)
		}
		messages = append(messages, publish.Message{ID: e.ID, About: []string{about}, Body: body})
		return nil
	}
	if n.TellsRun() {
		data := runData{n.Incomplete, n.Report.Tool, &n.Report.Scan}
		if err := add(publish.AboutRun, event{ID: "run_" + publish.ID(n.Report), Source: "/trailguard", Type: RunEvent, Data: data}); err != nil {
			return nil, err
		}
	}
	for _, f := range n.Findings {
		e := event{
			ID: "finding_" + publish.FindingID(n.Report, f), Source: "/trailguard/" + url.PathEscape(f.Tenant), Type: FindingEvent,
			Subject: f.Fingerprint, Data: findingData{publish.ConditionOf(f), f, &n.Report.Scan},
		}
		if err := add(publish.About(f), e); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// Deliver implements publish.Channel.
func (c *Channel) Deliver(ctx context.Context, m publish.Message) ([]publish.Refusal, error) {
	answer, err := c.client.Send(ctx, m.Body, func(h http.Header) {
		stamp := strconv.FormatInt(c.now().Unix(), 10)
		h.Set("Content-Type", "application/cloudevents+json")
		h.Set("User-Agent", "trailguard")
		h.Set("webhook-id", m.ID)
		h.Set("webhook-timestamp", stamp)
		h.Set("webhook-signature", "v1,"+c.sign(m.ID, stamp, m.Body))
	})
	if err != nil {
		return nil, err
	}
	if inside := c.client.ErrorInside(answer); inside != "" {
		return nil, publish.Refuse("answered %d with an error inside: %s", answer.Status, inside)
	}
	return nil, nil
}

// sign returns the signature over id, time and body.
func (c *Channel) sign(id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, c.key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
