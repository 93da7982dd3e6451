package html

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// ruleGroup is what one rule found.
type ruleGroup struct {
	ID, Anchor  string
	Title       string
	Severity    string
	Description string
	Controls    []string
	References  []string
	// Remediation is that of all findings, where they have it in common.
	MendLabel, Remediation string
	General                bool // it names nobody, but has anyID and anyResource instead
	Findings               []finding

	rank int
}

// finding is one finding as it is shown.
type finding struct {
	Anchor      string
	Who         who
	Kind        string // fail, waived, unknown, accepted, error
	Status      string
	State       string
	Resource    string
	Message     string
	Excerpt     *excerpt
	Reasons     []reason
	Needs       []string
	Gaps        []gap
	MendLabel   string
	Remediation string
	Waivers     []waiverNote
	Attested    []attested
	ChangedBy   []changedBy
	Fingerprint string
	Changed     string
	Brief       bool // nothing is shown that is told elsewhere on the page
}

// reason is a statement, or a setting, and what it did.
type reason struct {
	Policy, Statement, Effect, Note string
	Document                        *place
}

// changedBy is a resource of a plan and where it stands.
type changedBy struct{ Address, Place string }

func changers(list []scanner.ChangedBy) []changedBy {
	var shown []changedBy
	for i := range list {
		shown = append(shown, changedBy{visible.Text(list[i].Address), visible.Text(list[i].Place())})
	}
	return shown
}

// waiverNote is somebody's written decision to live with a finding or a gap.
type waiverNote struct{ By, Until, Justification, Ticket string }

// findingAnchors are the ids of findings, by their place in the report: the same in
// any run, and short, since a large page has thousands, each twice. Where two of a page
// have their digits in common, the second has more.
func findingAnchors(findings []scanner.Finding) []string {
	list, given := make([]string, len(findings)), map[string]bool{}
	for i := range findings {
		f := &findings[i]
		digest := scanner.Digest(f.Fingerprint + "\x00" + string(f.Status) + "\x00" + f.Message)
		if list[i] = "f" + digest[:shortest]; given[list[i]] {
			list[i] = "f" + digest[:12]
		}
		given[list[i]] = true
	}
	return list
}

// shortest is how many digits of a digest tell findings apart, as a rule.
const shortest = 7

// findings sorts findings by what becomes of them, then by rule.
func (b *builder) findings() {
	groups := map[string]map[string]*ruleGroup{}
	for i := range b.report.Findings {
		f := &b.report.Findings[i]
		kind := findingKind(f)
		part := kind
		if kind == string(scanner.StatusError) {
			part = string(scanner.StatusUnknown)
		}
		if groups[part] == nil {
			groups[part] = map[string]*ruleGroup{}
		}
		if groups[part][f.RuleID] == nil {
			groups[part][f.RuleID] = b.ruleGroup(f)
		}
		g := groups[part][f.RuleID]
		g.Findings = append(g.Findings, b.finding(f, b.anchors[i], kind))
	}
	given := map[string]bool{}
	take := func(part string) []ruleGroup { return sortGroups(groups[part], given) }
	b.page.Failures, b.page.Unassessed = take("fail"), take("unknown")
	b.page.Waivers.Waived, b.page.Waivers.Accepted, b.page.Resolved = take("waived"), take("accepted"), take("resolved")
}

// findingKind is what becomes of a finding.
func findingKind(f *scanner.Finding) string {
	switch {
	case f.State == scanner.StateResolved:
		return "resolved"
	case f.Status == scanner.StatusFail && f.Waiver != nil:
		return "waived"
	case f.Accepted():
		return "accepted"
	default:
		return string(f.Status)
	}
}

// sortGroups orders groups by severity and rule. The first group of a rule on the
// page has the rule's anchor.
func sortGroups(groups map[string]*ruleGroup, given map[string]bool) []ruleGroup {
	list := make([]ruleGroup, 0, len(groups))
	for _, g := range groups {
		list = append(list, *g)
	}
	// The map's order must not reach the report.
	slices.SortFunc(list, func(x, y ruleGroup) int {
		return cmp.Or(cmp.Compare(x.rank, y.rank), strings.Compare(x.ID, y.ID))
	})
	for i := range list {
		list[i].share()
		if given[list[i].Anchor] {
			list[i].Anchor = ""
		}
		given[list[i].Anchor] = true
	}
	return list
}

// share says once what to do about all findings, where that is the same, or differs on
// a brief page by nothing but whom it is about.
func (g *ruleGroup) share() {
	if len(g.Findings) == 1 {
		return
	}
	literal := func(f *finding) string { return f.Remediation }
	if !g.shareAs(literal) && g.Findings[0].Brief {
		g.General = g.shareAs((*finding).general)
	}
}

// shareAs moves the remedy from the findings to the group, if all have one in common.
func (g *ruleGroup) shareAs(text func(*finding) string) bool {
	first := &g.Findings[0]
	common := text(first)
	for i := range g.Findings {
		if f := &g.Findings[i]; text(f) != common || f.MendLabel != first.MendLabel {
			return false
		}
	}
	g.MendLabel, g.Remediation = first.MendLabel, common
	for i := range g.Findings {
		g.Findings[i].Remediation = ""
	}
	return true
}

// What stands in a remedy for the words that differ from finding to finding.
const (
	anyID       = "\u2039id\u203a"
	anyResource = "\u2039resource\u203a"
)

// general is the remedy for whomever it is about.
func (f *finding) general() string {
	words := []string{f.Resource, anyResource}
	if f.Who.ID != "" {
		words = append(words, f.Who.ID, anyID)
	}
	return strings.NewReplacer(words...).Replace(f.Remediation)
}

func (b *builder) ruleGroup(f *scanner.Finding) *ruleGroup {
	g := &ruleGroup{
		ID: visible.Text(f.RuleID), Anchor: anchor("r", f.RuleID), Title: visible.Text(f.RuleID), Severity: string(f.Severity),
		rank: f.Severity.Rank(),
	}
	if r := b.rules[f.RuleID]; r != nil {
		g.Title, g.Description = visible.Text(r.Title), visible.Text(r.Description)
		for _, url := range r.References {
			g.References = append(g.References, visible.Text(url))
		}
	}
	for _, c := range f.Controls {
		g.Controls = append(g.Controls, visible.Text(c.Framework+" "+strings.Join(c.IDs, ", ")))
	}
	return g
}

func (b *builder) finding(f *scanner.Finding, anchor, kind string) finding {
	shown := finding{
		Anchor: anchor, Who: b.who(f.Tenant, f.ExportID), Kind: kind, Status: strings.ReplaceAll(string(f.Status), "_", " "),
		State: string(f.State), Resource: visible.Text(f.Resource), Message: visible.Text(f.Message),
		Fingerprint: visible.Text(f.Fingerprint), MendLabel: "To mend it", Attested: b.attestedAll(b.report.Attested(f)),
		ChangedBy: changers(f.ChangedBy),
	}
	if f.Status == scanner.StatusUnknown {
		shown.MendLabel = "To settle it"
	}
	if f.Status != scanner.StatusError {
		shown.Remediation = visible.Text(f.Remediation)
	}
	if len(f.Evidence) > 0 {
		shown.Excerpt = b.excerpt(&f.Evidence[0])
	}
	for i := range f.Reasons {
		if r := b.reason(&f.Reasons[i]); !shown.says(&r) {
			shown.Reasons = append(shown.Reasons, r)
		}
	}
	for _, key := range f.Needs {
		shown.Needs = append(shown.Needs, visible.Text(key))
	}
	for i := range f.Gaps {
		if o := newGap(&f.Gaps[i]); !b.brief() || !shown.tells(&o) {
			shown.Gaps = append(shown.Gaps, o)
		}
	}
	if b.brief() {
		shown.shorten()
	}
	if f.Who != nil {
		shown.Changed = visible.Text(f.Who.String())
	}
	if f.Waiver != nil {
		shown.Waivers = append(shown.Waivers, newWaiverNote(f.Waiver))
	}
	for _, w := range f.Acceptances() {
		shown.Waivers = append(shown.Waivers, newWaiverNote(w))
	}
	return shown
}

// says tells whether message and excerpt say a reason already.
func (f *finding) says(r *reason) bool {
	return r.Policy == "" && r.Effect == "" && strings.Contains(f.Message, r.Note) &&
		(r.Document == nil || f.Excerpt != nil && f.Excerpt.Place == *r.Document)
}

// tells says whether message and remedy say of a gap what is not in the table of gaps
// alone.
func (f *finding) tells(o *gap) bool {
	return strings.Contains(f.Message, o.Reason) && strings.Contains(f.Remediation, o.Permission)
}

// shorten leaves out where a statement stands if one of the reasons says it.
func (f *finding) shorten() {
	f.Brief = true
	for i := range f.Reasons {
		if at := f.Reasons[i].Document; at != nil && f.Excerpt != nil && *at == f.Excerpt.Place {
			f.Excerpt = nil
		}
	}
}

func newWaiverNote(w *scanner.Waiver) waiverNote {
	return waiverNote{
		By: visible.Text(w.ApprovedBy), Until: visible.Text(w.Expires), Justification: visible.Text(w.Justification), Ticket: visible.Text(w.Ticket),
	}
}

func (b *builder) reason(r *scanner.Reason) reason {
	shown := reason{Policy: visible.Text(r.Policy), Effect: visible.Text(r.Effect), Note: visible.Text(r.Note)}
	switch {
	case r.Sid != "":
		shown.Statement = visible.Text(r.Sid)
	case r.Index >= 0 && r.Policy != "":
		shown.Statement = "no. " + strconv.Itoa(r.Index+1)
	}
	if r.Location != nil {
		shown.Document = b.place(r.Location)
	}
	return shown
}
