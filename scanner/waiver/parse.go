package waiver

import (
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/entries"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// Parse reads a waivers file. The name is the one that errors and the
// waivers' sources use. An error is [entries.Errors], with everything that is wrong; an
// expiry in the past is no error.
func Parse(name string, text []byte, known Known) (*File, error) {
	p := &parsing{Reader: entries.Reader{Name: name}, known: known}
	if top := p.Top(text); top != nil {
		p.top(top)
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return &p.file, nil
}

type parsing struct {
	entries.Reader

	known Known
	file  File
}

func (p *parsing) top(body *yamlfile.Node) {
	fields, ok := p.Mapping(body, "the file", "waivers", "acceptedGaps")
	if !ok {
		return
	}
	for _, node := range p.Sequence(fields["waivers"], "waivers") {
		p.waiver(node)
	}
	for _, node := range p.Sequence(fields["acceptedGaps"], "acceptedGaps") {
		p.gap(node)
	}
}

func (p *parsing) waiver(node *yamlfile.Node) {
	fields, ok := p.Mapping(node, "a waiver", "rules", "exports", "resources", "justification", "approvedBy", "expires", "ticket")
	if !ok {
		return
	}
	w := waiver{line: node.Line}
	w.Waiver, w.expires = p.terms(fields, w.line)
	if fields["rules"] == nil {
		p.Errorf(w.line, "rules is missing: name the rules that are waived")
	}
	if fields["exports"] == nil && fields["resources"] == nil {
		p.Errorf(w.line, "exports or resources is missing: name what the waiver is about")
	}
	w.rules = p.List(fields["rules"], "rules", p.rule)
	w.exports = p.List(fields["exports"], "exports", func(int, string) {})
	w.resources = p.List(fields["resources"], "resources", func(int, string) {})
	p.Once(w.line, "waiver", w.rules, w.exports, w.resources)
	p.file.waivers = append(p.file.waivers, w)
}

func (p *parsing) gap(node *yamlfile.Node) {
	fields, ok := p.Mapping(node, "an accepted gap", "permission", "call", "resource", "key", "rule", "export",
		"justification", "approvedBy", "expires", "ticket")
	if !ok {
		return
	}
	g := acceptedGap{line: node.Line}
	g.Waiver, g.expires = p.terms(fields, g.line)
	if fields["key"] != nil {
		p.openKey(&g, fields)
	} else {
		p.unread(&g, fields)
	}
	g.resource = p.Text(fields["resource"], "resource")
	p.Once(g.line, "gap", []string{g.permission}, []string{g.call}, []string{g.resource}, []string{strings.ToLower(g.key)}, []string{g.rule}, []string{g.export})
	p.file.gaps = append(p.file.gaps, g)
}

// unread reads an entry about what could not be read.
func (p *parsing) unread(g *acceptedGap, fields map[string]*yamlfile.Node) {
	switch {
	case fields["permission"] == nil && fields["call"] == nil:
		p.Errorf(g.line, "permission is missing: name the permission that the reader lacks, or the call that is refused")
	case fields["permission"] != nil && fields["call"] != nil:
		p.Errorf(fields["call"].Line, "permission and call are both given: keep one of them")
	}
	for _, name := range []string{"rule", "export"} {
		if fields[name] != nil {
			p.Errorf(fields[name].Line, "%s goes with a key: a permission or call is accepted for whatever rests on it", name)
		}
	}
	g.permission = p.operation(fields["permission"], "permission")
	g.call = p.operation(fields["call"], "call")
	if fields["resource"] == nil {
		p.Errorf(g.line, "resource is missing: name what could not be read")
	}
}

// openKey reads an entry about a condition key that nothing tells.
func (p *parsing) openKey(g *acceptedGap, fields map[string]*yamlfile.Node) {
	for _, name := range []string{"permission", "call"} {
		if fields[name] != nil {
			p.Errorf(fields[name].Line, "%s and key are both given: keep one of them", name)
		}
	}
	if fields["rule"] == nil {
		p.Errorf(g.line, "rule is missing: name the rule whose answer depends on the key")
	}
	if fields["export"] == nil && fields["resource"] == nil {
		p.Errorf(g.line, "export or resource is missing: name what the entry is about")
	}
	g.key = p.Text(fields["key"], "key")
	if service, name, ok := strings.Cut(g.key, ":"); g.key != "" && (!ok || service == "" || name == "" || strings.ContainsAny(g.key, "*? ")) {
		p.Errorf(fields["key"].Line, "key is %q: write one condition key, such as aws:PrincipalOrgID", g.key)
	}
	if g.rule = p.Text(fields["rule"], "rule"); g.rule != "" {
		p.rule(fields["rule"].Line, g.rule)
	}
	g.export = p.Text(fields["export"], "export")
}

// terms reads the fields that every entry has.
func (p *parsing) terms(fields map[string]*yamlfile.Node, line int) (scanner.Waiver, time.Time) {
	p.Need(fields, line, "justification", "approvedBy", "expires")
	last, expires := p.Date(fields["expires"], "expires")
	w := scanner.Waiver{
		Justification: p.Text(fields["justification"], "justification"),
		ApprovedBy:    p.Text(fields["approvedBy"], "approvedBy"),
		Expires:       last,
		Ticket:        p.Text(fields["ticket"], "ticket"),
		Source:        p.Source(line),
	}
	return w, expires
}

func (p *parsing) operation(node *yamlfile.Node, what string) string {
	text := p.Text(node, what)
	service, action, ok := strings.Cut(text, ":")
	if text != "" && (!ok || service == "" || action == "" || strings.ContainsAny(text, "*? ")) {
		p.Errorf(node.Line, "%s is %q: write one operation, such as s3:GetBucketPolicy", what, text)
	}
	return text
}

func (p *parsing) rule(line int, id string) { p.Rule(line, id, p.known.Rules) }
