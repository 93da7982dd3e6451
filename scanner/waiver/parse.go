package waiver

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/nearest"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

const dateLayout = "2006-01-02"

// Parse reads a waivers file. The name is the one that errors and the
// waivers' sources use. An error is Errors, with everything that is wrong; an
// expiry in the past is no error.
func Parse(name string, text []byte, known Known) (*File, error) {
	p := &parsing{name: name, known: known, seen: map[string]int{}}
	p.parse(text)
	if len(p.errs) > 0 {
		slices.SortStableFunc(p.errs, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
		return nil, p.errs
	}
	return &p.file, nil
}

type parsing struct {
	name  string
	known Known
	file  File
	seen  map[string]int // entries by what they cover, to their line
	errs  Errors
}

func (p *parsing) errorf(line int, format string, args ...any) {
	p.errs = append(p.errs, &Error{Name: p.name, Line: max(line, 1), Problem: fmt.Sprintf(format, args...)})
}

func (p *parsing) parse(text []byte) {
	top, problems := yamlfile.Parse(text)
	for _, problem := range problems {
		p.errorf(problem.Line, "%s", problem.Text)
	}
	if top != nil && len(problems) == 0 {
		p.top(top)
	}
}

func (p *parsing) top(body *yamlfile.Node) {
	fields, ok := p.mapping(body, "the file", "waivers", "acceptedGaps")
	if !ok {
		return
	}
	for _, node := range p.sequence(fields["waivers"], "waivers") {
		p.waiver(node)
	}
	for _, node := range p.sequence(fields["acceptedGaps"], "acceptedGaps") {
		p.gap(node)
	}
}

func (p *parsing) waiver(node *yamlfile.Node) {
	fields, ok := p.mapping(node, "a waiver", "rules", "exports", "resources", "justification", "approvedBy", "expires", "ticket")
	if !ok {
		return
	}
	w := waiver{line: node.Line}
	w.Waiver, w.expires = p.terms(fields, w.line)
	if fields["rules"] == nil {
		p.errorf(w.line, "rules is missing: name the rules that are waived")
	}
	if fields["exports"] == nil && fields["resources"] == nil {
		p.errorf(w.line, "exports or resources is missing: name what the waiver is about")
	}
	w.rules = p.list(fields["rules"], "rules", p.rule)
	w.exports = p.list(fields["exports"], "exports", func(int, string) {})
	w.resources = p.list(fields["resources"], "resources", func(int, string) {})
	p.once(w.line, "waiver", w.rules, w.exports, w.resources)
	p.file.waivers = append(p.file.waivers, w)
}

func (p *parsing) gap(node *yamlfile.Node) {
	fields, ok := p.mapping(node, "an accepted gap", "permission", "call", "resource", "key", "rule", "export",
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
	g.resource = p.text(fields["resource"], "resource")
	p.once(g.line, "gap", []string{g.permission}, []string{g.call}, []string{g.resource}, []string{strings.ToLower(g.key)}, []string{g.rule}, []string{g.export})
	p.file.gaps = append(p.file.gaps, g)
}

// unread reads an entry about what could not be read.
func (p *parsing) unread(g *acceptedGap, fields map[string]*yamlfile.Node) {
	switch {
	case fields["permission"] == nil && fields["call"] == nil:
		p.errorf(g.line, "permission is missing: name the permission that the reader lacks, or the call that is refused")
	case fields["permission"] != nil && fields["call"] != nil:
		p.errorf(fields["call"].Line, "permission and call are both given: keep one of them")
	}
	for _, name := range []string{"rule", "export"} {
		if fields[name] != nil {
			p.errorf(fields[name].Line, "%s goes with a key: a permission or call is accepted for whatever rests on it", name)
		}
	}
	g.permission = p.operation(fields["permission"], "permission")
	g.call = p.operation(fields["call"], "call")
	if fields["resource"] == nil {
		p.errorf(g.line, "resource is missing: name what could not be read")
	}
}

// openKey reads an entry about a condition key that nothing tells.
func (p *parsing) openKey(g *acceptedGap, fields map[string]*yamlfile.Node) {
	for _, name := range []string{"permission", "call"} {
		if fields[name] != nil {
			p.errorf(fields[name].Line, "%s and key are both given: keep one of them", name)
		}
	}
	if fields["rule"] == nil {
		p.errorf(g.line, "rule is missing: name the rule whose answer depends on the key")
	}
	if fields["export"] == nil && fields["resource"] == nil {
		p.errorf(g.line, "export or resource is missing: name what the entry is about")
	}
	g.key = p.text(fields["key"], "key")
	if service, name, ok := strings.Cut(g.key, ":"); g.key != "" && (!ok || service == "" || name == "" || strings.ContainsAny(g.key, "*? ")) {
		p.errorf(fields["key"].Line, "key is %q: write one condition key, such as aws:PrincipalOrgID", g.key)
	}
	if g.rule = p.text(fields["rule"], "rule"); g.rule != "" {
		p.rule(fields["rule"].Line, g.rule)
	}
	g.export = p.text(fields["export"], "export")
}

// terms reads the fields that every entry has.
func (p *parsing) terms(fields map[string]*yamlfile.Node, line int) (scanner.Waiver, time.Time) {
	for _, name := range []string{"justification", "approvedBy", "expires"} {
		if fields[name] == nil {
			p.errorf(line, "%s is missing", name)
		}
	}
	w := scanner.Waiver{
		Justification: p.text(fields["justification"], "justification"),
		ApprovedBy:    p.text(fields["approvedBy"], "approvedBy"),
		Expires:       p.text(fields["expires"], "expires"),
		Ticket:        p.text(fields["ticket"], "ticket"),
		Source:        fmt.Sprintf("%s:%d", p.name, line),
	}
	expires, err := time.Parse(dateLayout, w.Expires)
	if err != nil && w.Expires != "" {
		p.errorf(fields["expires"].Line, "expires is %q: write a date as YYYY-MM-DD, such as 2027-01-31", w.Expires)
	}
	return w, expires
}

func (p *parsing) operation(node *yamlfile.Node, what string) string {
	text := p.text(node, what)
	service, action, ok := strings.Cut(text, ":")
	if text != "" && (!ok || service == "" || action == "" || strings.ContainsAny(text, "*? ")) {
		p.errorf(node.Line, "%s is %q: write one operation, such as s3:GetBucketPolicy", what, text)
	}
	return text
}

func (p *parsing) rule(line int, id string) {
	if slices.Contains(p.known.Rules, id) {
		return
	}
	if near := nearest.Name(id, p.known.Rules); near != "" {
		p.errorf(line, "there is no rule %q: did you mean %s?", id, near)
		return
	}
	p.errorf(line, "there is no rule %q: trailguard rules list names them all", id)
}

// once refuses a second entry about the same.
func (p *parsing) once(line int, what string, lists ...[]string) {
	parts := []string{what}
	for _, list := range lists {
		parts = append(parts, strings.Join(slices.Sorted(slices.Values(list)), "\x00"))
	}
	key := strings.Join(parts, "\x01")
	if first, seen := p.seen[key]; seen {
		p.errorf(line, "covers the same as the entry in line %d: keep one of them", first)
		return
	}
	p.seen[key] = line
}
