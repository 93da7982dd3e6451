package email

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/trailguard/trailguard/reporters/publish"
)

// shown is how many findings a letter shows.
const shown = 100

// content is the content of a letter. All of it is plain text without control
// characters.
type content struct {
	Subject, Incomplete, Last string
	Findings                  []shownFinding
	At                        time.Time
}

type shownFinding struct {
	Title   string
	Details []string
}

// page is the letter as HTML. Everything in it is escaped, and it loads nothing.
func (c *content) page() string {
	var b strings.Builder
	said := []g.Node{
		g.Attr("style", "font-family: sans-serif"), g.Raw("\n"),
		h.H1(g.Attr("style", "font-size: 1.2em"), g.Text(c.Subject)), g.Raw("\n"),
	}
	if c.Incomplete != "" {
		said = append(said, h.P(h.Strong(g.Text(c.Incomplete))), g.Raw("\n"))
	}
	for _, f := range c.Findings {
		details := g.Map(f.Details, func(detail string) g.Node { return g.Group{h.Br(), g.Text(detail)} })
		said = append(said, h.P(h.Strong(g.Text(f.Title)), details), g.Raw("\n"))
	}
	said = append(said, h.P(g.Text(c.Last)), g.Raw("\n"))
	_ = h.Doctype(h.HTML(h.Lang("en"), g.Raw("\n"),
		h.Head(h.Meta(h.Charset("utf-8")), h.TitleEl(g.Text(c.Subject))), g.Raw("\n"),
		h.Body(said...))).Render(&b) // a builder takes everything
	return b.String()
}

// text is the letter as text.
func (c *content) text() string {
	parts := []string{c.Subject}
	if c.Incomplete != "" {
		parts = append(parts, c.Incomplete)
	}
	for _, f := range c.Findings {
		parts = append(parts, strings.Join(append([]string{f.Title}, f.Details...), "\n  "))
	}
	return strings.Join(append(parts, c.Last), "\n\n") + "\n"
}

// Compose implements publish.Channel.
func (c *Channel) Compose(n *publish.Notice) ([]publish.Message, error) {
	if n.Empty() {
		return nil, nil
	}
	letter := &content{Subject: "Audit trail: " + n.Headline(), Last: n.JudgedAt(), At: n.Report.Scan.EvaluatedAt}
	about := []string{}
	if n.TellsRun() {
		about = append(about, publish.AboutRun)
	}
	if n.Incomplete != "" {
		letter.Incomplete = publish.Text(n.Incomplete)
	}
	for i, f := range n.Findings {
		about = append(about, publish.About(f))
		if i < shown {
			letter.Findings = append(letter.Findings, shownFinding{publish.Title(f), publish.Details(f)})
		}
	}
	if more := len(n.Findings) - shown; more > 0 {
		letter.Last = fmt.Sprintf("%d more are in the report; %s", more, letter.Last)
	}
	return []publish.Message{{ID: publish.ID(n.Report, c.o.Name), About: about, Body: []byte(letter.text()), Payload: letter}}, nil
}

// letter builds the mail. Its Message-ID is derived from the message's ID, so
// that a mailbox can recognise a report that is sent again.
func (c *Channel) letter(m publish.Message) (*gomail.Msg, error) {
	said, ok := m.Payload.(*content)
	if !ok {
		return nil, errors.New("this is no message of the channel")
	}
	letter := gomail.NewMsg()
	letter.FromMailAddress(c.from)
	letter.ToMailAddress(c.to...)
	letter.Subject(said.Subject)
	_, domain, _ := strings.Cut(c.from.Address, "@")
	letter.SetMessageIDWithValue(m.ID + "@" + domain)
	letter.SetDateWithValue(c.o.Now())
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetBodyString(gomail.TypeTextPlain, said.text())
	letter.AddAlternativeString(gomail.TypeTextHTML, said.page())
	return letter, nil
}

// isCutOff reports whether a connection ended before its answer did.
func isCutOff(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }
