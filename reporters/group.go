package reporters

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// partition sorts findings by what a reader has to do about them.
type partition struct {
	fails      []*scanner.Finding // unwaived
	unassessed []*scanner.Finding // unknown, or the rule itself failed
	waived     []*scanner.Finding
	accepted   []*scanner.Finding // unknown, with every gap accepted
	resolved   []*scanner.Finding
}

func newPartition(findings []scanner.Finding) partition {
	var p partition
	for i := range findings {
		f := &findings[i]
		switch {
		case f.State == scanner.StateResolved:
			p.resolved = append(p.resolved, f)
		case f.Status == scanner.StatusFail && f.Waiver != nil:
			p.waived = append(p.waived, f)
		case f.Status == scanner.StatusFail:
			p.fails = append(p.fails, f)
		case f.Accepted():
			p.accepted = append(p.accepted, f)
		default:
			p.unassessed = append(p.unassessed, f)
		}
	}
	return p
}

// ruleGroup holds the findings of one rule that have one status.
type ruleGroup struct {
	status   scanner.Status
	severity scanner.Severity
	ruleID   string
	findings []*scanner.Finding
}

// byRule groups findings by rule, the most severe first. Rules that ended in an
// error come before those that are merely unknown.
func byRule(findings []*scanner.Finding) []ruleGroup {
	type key struct {
		status   scanner.Status
		severity scanner.Severity
		ruleID   string
	}
	groups := map[key]*ruleGroup{}
	for _, f := range findings {
		k := key{f.Status, f.Severity, f.RuleID}
		if groups[k] == nil {
			groups[k] = &ruleGroup{status: f.Status, severity: f.Severity, ruleID: f.RuleID}
		}
		groups[k].findings = append(groups[k].findings, f)
	}
	sorted := make([]ruleGroup, 0, len(groups))
	for _, g := range groups {
		sorted = append(sorted, *g)
	}
	// The map's order must not reach the report.
	slices.SortFunc(sorted, func(x, y ruleGroup) int {
		return cmp.Or(
			cmp.Compare(slices.Index(scanner.Statuses(), x.status), slices.Index(scanner.Statuses(), y.status)),
			cmp.Compare(x.severity.Rank(), y.severity.Rank()), strings.Compare(x.ruleID, y.ruleID),
		)
	})
	return sorted
}

// gapGroup holds gaps that one step closes.
type gapGroup struct {
	first     *scanner.Gap
	resources []string // sorted, distinct
	details   []string // sorted, distinct
}

// gapStep is the key of a group: the permission to grant, else the call and the
// reason, or the kind of evidence where no call was made.
type gapStep struct {
	permission, call string
	kind             document.Kind
	reason           scanner.GapReason
}

func stepOf(g *scanner.Gap) gapStep {
	switch {
	case g.LackedPermission() != "":
		return gapStep{permission: g.Permission, reason: g.Reason}
	case g.Call == "":
		return gapStep{kind: g.Kind, reason: g.Reason}
	default:
		return gapStep{call: g.Call, reason: g.Reason}
	}
}

// byPermission groups gaps by the step that closes them; permissions come
// first.
func byPermission(gaps []scanner.Gap) []gapGroup {
	groups := map[gapStep]*gapGroup{}
	for i := range gaps {
		g := &gaps[i]
		k := stepOf(g)
		if groups[k] == nil {
			groups[k] = &gapGroup{first: g}
		}
		groups[k].resources = append(groups[k].resources, g.Resource)
		if g.Detail != "" {
			groups[k].details = append(groups[k].details, g.Detail)
		}
	}
	sorted := make([]gapGroup, 0, len(groups))
	// The map's order must not reach the report.
	for _, k := range slices.SortedFunc(maps.Keys(groups), compareSteps) {
		g := groups[k]
		g.resources, g.details = distinctSorted(g.resources), distinctSorted(g.details)
		sorted = append(sorted, *g)
	}
	return sorted
}

func compareSteps(x, y gapStep) int {
	if (x.permission == "") != (y.permission == "") {
		return strings.Compare(y.permission, x.permission)
	}
	return cmp.Or(strings.Compare(x.permission, y.permission), strings.Compare(x.call, y.call), cmp.Compare(x.kind, y.kind),
		cmp.Compare(x.reason, y.reason))
}

func distinctSorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

// step names what closes the gaps of a group: the permission to grant, or which
// call failed and how. The details say the rest.
func (g *gapGroup) step() string {
	if g.first.LackedPermission() != "" {
		return Visible(g.first.Remedy())
	}
	return Visible(cmp.Or(g.first.Call, g.first.Kind.Noun(), "evidence") + ": " + g.first.Reason.Words())
}

// some joins the first few of a list, and says how many more there are.
func some(list []string, limit int, one, many string) string {
	shown := make([]string, 0, limit)
	for _, s := range list[:min(limit, len(list))] {
		shown = append(shown, visible.Clip(Visible(s), 400))
	}
	text := strings.Join(shown, ", ")
	if rest := len(list) - len(shown); rest > 0 {
		text += " and " + scanner.Count(rest, "more "+one, "more "+many)
	}
	return text
}

// pendingGaps returns the gaps that nobody has accepted.
func pendingGaps(gaps []scanner.Gap) []scanner.Gap {
	var pending []scanner.Gap
	for i := range gaps {
		if gaps[i].Accepted == nil {
			pending = append(pending, gaps[i])
		}
	}
	return pending
}
