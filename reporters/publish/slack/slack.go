// Package slack posts to a channel of Slack through an incoming webhook: one
// message with counts and the most severe findings. All of it is plain text to
// Slack, so that nothing in it links, mentions or formats.
package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"unicode/utf16"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/internal/post"
	"github.com/trailguard/trailguard/scanner/redact"
)

// Options say which channel of Slack gets the messages.
type Options struct {
	Name string        // as the operator calls it
	URL  redact.Secret // of the incoming webhook: whoever knows it can write there
	publish.Transport
}

// Channel posts to one channel of Slack.
type Channel struct{ client *post.Client }

// New returns a channel. No error repeats the URL.
func New(o Options) (*Channel, error) {
	client, err := post.New(post.Receiver{Service: "slack", Name: o.Name, URL: o.URL}, o.Transport)
	if err != nil {
		return nil, err
	}
	return &Channel{client}, nil
}

// Close ends idle connections.
func (c *Channel) Close() { c.client.Close() }

// Slack's limits: https://docs.slack.dev/reference/block-kit/blocks
const (
	maxSection = 3000 // characters of a section
	maxHeader  = 150
	// shown is how many findings a message shows, of the 50 blocks it may have.
	shown = 20
)

// message is the payload of an incoming webhook.
type message struct {
	Text   string  `json:"text"` // what a notification shows
	Blocks []block `json:"blocks"`
}

type block struct {
	Type     string `json:"type"`
	Text     *text  `json:"text,omitempty"`
	Elements []text `json:"elements,omitempty"`
}

type text struct {
	Type  string `json:"type"`
	Text  string `json:"text"`
	Emoji bool   `json:"emoji"`
}

// plain is a text of at most limit characters, in Slack's count.
func plain(s string, limit int) *text { return &text{"plain_text", fit(s, limit), false} }

// Compose implements publish.Channel.
func (c *Channel) Compose(n *publish.Notice) ([]publish.Message, error) {
	if n.Empty() {
		return nil, nil
	}
	headline := "Audit trail: " + n.Headline()
	m := message{Text: fit(headline, maxSection), Blocks: []block{{Type: "header", Text: plain(headline, maxHeader)}}}
	about := []string{}
	if n.TellsRun() {
		about = append(about, publish.AboutRun)
	}
	if n.Incomplete != "" {
		m.Blocks = append(m.Blocks, block{Type: "section", Text: plain(publish.Text(n.Incomplete), maxSection)})
	}
	for i, f := range n.Findings {
		about = append(about, publish.About(f))
		if i < shown {
			lines := append([]string{publish.Title(f)}, publish.Details(f)...)
			m.Blocks = append(m.Blocks, block{Type: "section", Text: plain(strings.Join(lines, "\n"), maxSection)})
		}
	}
	last := n.JudgedAt()
	if more := len(n.Findings) - shown; more > 0 {
		last = fmt.Sprintf("%d more are in the report; %s", more, last)
	}
	m.Blocks = append(m.Blocks, block{Type: "context", Elements: []text{*plain(last, maxSection)}})
	body, err := json.Marshal(&m)
	if err != nil {
		return nil, fmt.Errorf("write message: %w", err)
	}
	return []publish.Message{{ID: publish.ID(n.Report), About: about, Body: body}}, nil
}

// Deliver implements publish.Channel. Slack has no way to drop a message that
// comes twice, so one that may have arrived is never sent again.
func (c *Channel) Deliver(ctx context.Context, m publish.Message) ([]publish.Refusal, error) {
	answer, err := c.client.Send(ctx, m.Body, func(h http.Header) {
		h.Set("Content-Type", "application/json")
		h.Set("User-Agent", "trailguard")
	})
	if err != nil {
		return nil, err
	}
	if said := strings.TrimSpace(string(answer.Body)); said != "ok" {
		return nil, publish.Refuse("answered %d, and not ok: %s", answer.Status, c.client.Quote(answer.Body))
	}
	return nil, nil
}

// escape holds the characters that Slack reads as control, not as text.
var escape = map[rune]string{'&': "&amp;", '<': "&lt;", '>': "&gt;"}

// fit escapes a text and cuts it between characters, so that the result has at
// most limit UTF-16 code units.
func fit(s string, limit int) string {
	var b strings.Builder
	length := 0
	for _, r := range s {
		piece, escaped := escape[r]
		if !escaped {
			piece = string(r)
		}
		size := len(utf16.Encode([]rune(piece)))
		if length+size > limit-1 {
			return b.String() + "…"
		}
		length += size
		b.WriteString(piece)
	}
	return b.String()
}
