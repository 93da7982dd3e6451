package reporters

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/layout"
	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// unreadTenants names the tenants whose list of exports may not be whole.
func (t *table) unreadTenants() error {
	var rows []layout.Row
	for i := range t.report.Tenants {
		if tenant := &t.report.Tenants[i]; !tenant.Complete {
			rows = append(rows, layout.Row{
				{t.labels.of(tenant.Name, "")},
				{
					"the list of its exports could not be read, or not all of it: exports may be missing from this report",
					visible.Clip(Visible(tenant.URL), longest),
				},
			})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	t.Section("INCOMPLETE", scanner.Count(len(rows), "tenant", "tenants"), layout.Yellow)
	return t.Rows(rows)
}

// gaps says what to grant, or which call failed, where something could not be
// read.
func (t *table) gaps() error {
	pending := pendingGaps(t.report.Gaps)
	accepted := len(t.report.Gaps) - len(pending)
	if len(t.report.Gaps) == 0 {
		return nil
	}
	rest := scanner.Count(len(pending), "gap", "gaps") + " in what could be read"
	if accepted > 0 {
		rest += fmt.Sprintf(", and %d accepted", accepted)
	}
	t.Section("GAPS", rest, layout.Yellow)
	var rows []layout.Row
	for _, g := range byPermission(pending) {
		what := []string{"on " + some(g.resources, fewEach, "resource", "resources")}
		if len(g.details) > 0 {
			what = append(what, visible.Clip(some(g.details, 1, "answer", "answers"), longest))
		}
		rows = append(rows, layout.Row{{g.step()}, what})
	}
	return t.Rows(rows)
}

// drift lists what has changed since the baseline.
func (t *table) drift() error {
	changes := t.report.Drift
	if len(changes) == 0 {
		return nil
	}
	t.Section("DRIFT", scanner.Count(len(changes), "change", "changes")+" since the baseline", layout.Yellow)
	shown := changes[:min(len(changes), showAll)]
	var rows []layout.Row
	for i := range shown {
		c := &shown[i]
		what := []string{string(c.Effect) + ": " + visible.Clip(Visible(c.Message), longest)}
		if c.Witness != nil {
			what = append(what, fmt.Sprintf("for example %s by %s on %s", Visible(c.Witness.Action),
				Visible(c.Witness.Principal), Visible(c.Witness.Resource)))
		}
		if by := changedBy(c.ChangedBy); by != "" {
			what = append(what, visible.Clip("changed by "+by, longest))
		}
		if c.Who != nil {
			what = append(what, who(c.Who))
		}
		rows = append(rows, layout.Row{t.labels.parts(c.Tenant, c.ExportID), what})
	}
	if err := t.Rows(rows); err != nil {
		return err
	}
	if left := len(changes) - len(shown); left > 0 {
		t.Line(2, "... and "+scanner.Count(left, "more change", "more changes")+", not shown here: the json report lists them all")
	}
	return nil
}

// waivers sums up what is waived, and which waivers want attention.
func (t *table) waivers() error {
	w := &t.report.Waivers
	if len(t.parts.waived)+len(t.parts.accepted)+len(w.Applied)+len(w.Expired)+len(w.Unused) == 0 {
		return nil
	}
	rest := scanner.Count(len(t.parts.waived), "failure", "failures")
	if n := len(t.parts.accepted); n > 0 {
		rest += ", and " + scanner.Count(n, "accepted unknown", "accepted unknowns")
	}
	t.Section("WAIVED", rest, layout.Cyan)
	var rows []layout.Row
	for _, list := range []struct {
		state string
		uses  []scanner.WaiverUse
	}{{"until", w.Applied}, {"expired", w.Expired}, {"unused, until", w.Unused}} {
		for i := range list.uses {
			rows = append(rows, waiverRow(list.state, &list.uses[i]))
		}
	}
	if err := t.Rows(rows); err != nil {
		return err
	}
	for i := range w.Expiring {
		t.Line(2, fmt.Sprintf("soon to expire: the waiver of %s, on %s", some(w.Expiring[i].Rules, fewEach, "rule", "rules"),
			Visible(w.Expiring[i].Expires)))
	}
	return nil
}

func waiverRow(state string, use *scanner.WaiverUse) layout.Row {
	what := []string{visible.Clip(Visible(use.Justification), longest)}
	if use.Key != "" {
		what = append(what, "unknown for "+Visible(use.Key))
	}
	by := "approved by " + Visible(use.ApprovedBy)
	if use.Ticket != "" {
		by += ", " + Visible(use.Ticket)
	}
	if use.Source != "" {
		by += ", " + Visible(use.Source)
	}
	what = append(what, by)
	rules := some(use.Rules, fewEach, "rule", "rules")
	return layout.Row{
		{rules, state + " " + Visible(use.Expires), scanner.Count(use.Findings, "finding", "findings")},
		what,
	}
}

// nothing says plainly that there is nothing to do, and what was checked.
func (t *table) nothing() {
	r := t.report
	if len(t.parts.fails)+len(t.parts.unassessed) > 0 || !r.Scan.Complete || r.Summary.Coverage.Total == 0 {
		return
	}
	title, text := "NOTHING TO REPORT", "every rule could be assessed, and none fails"
	if len(t.parts.waived)+len(t.parts.accepted)+len(r.Gaps)+len(r.Drift) > 0 {
		title, text = "NO FAILURES", "nothing fails or is unknown but what is waived or accepted"
	}
	t.Section(title, text, layout.Green)
	for i := range r.Tenants {
		t.Line(2, fmt.Sprintf("checked: tenant %s, %s", visible.Clip(Visible(r.Tenants[i].Name), longest), visible.Clip(Visible(r.Tenants[i].URL), longest)))
	}
	ids := make([]string, 0, len(r.Rules))
	for i := range r.Rules {
		ids = append(ids, Visible(r.Rules[i].ID))
	}
	if len(ids) > 0 {
		t.Line(2, "rules: "+strings.Join(ids, ", "))
	}
}

func (t *table) assumptions() {
	if list := t.report.Scan.Assumptions; len(list) > 0 {
		t.Blank()
		t.Line(0, "Taken for granted: "+Visible(strings.Join(list, "; ")))
	}
}

// summary is the last line: counts, coverage and the exit status.
func (t *table) summary() {
	r := t.report
	s := &r.Summary
	var severities []string
	for _, severity := range scanner.Severities() {
		if n := s.BySeverity[severity]; n > 0 {
			severities = append(severities, fmt.Sprintf("%d %s", n, severity))
		}
	}
	counts := []string{scanner.Count(len(t.parts.fails), "failure", "failures")}
	if len(severities) > 0 {
		counts[0] += " (" + strings.Join(severities, ", ") + ")"
	}
	counts = append(counts, fmt.Sprintf("%d not assessed", len(t.parts.unassessed)+len(t.parts.accepted)))
	if n := s.Coverage.NotApplicable; n > 0 {
		counts = append(counts, fmt.Sprintf("%d not applicable", n))
	}
	if n := len(t.parts.waived); n > 0 {
		counts = append(counts, fmt.Sprintf("%d waived", n))
	}
	if n := len(t.parts.resolved); n > 0 {
		counts = append(counts, fmt.Sprintf("%d resolved", n))
	}
	t.Line(0, fmt.Sprintf("%s, %s, %s: %s; coverage %.1f%% of what applies; exit status %d (%s)",
		scanner.Count(s.Tenants, "tenant", "tenants"), scanner.Count(s.Exports, "export", "exports"), scanner.Count(s.Rules, "rule", "rules"),
		strings.Join(counts, ", "), s.Coverage.Percent, r.Scan.ExitStatus, t.exitMeaning()))
}

// exitMeaning says in words what the exit status means.
func (t *table) exitMeaning() string {
	r := t.report
	switch r.Scan.ExitStatus {
	case scanner.ExitClean:
		switch {
		case !r.Scan.Complete:
			return "incomplete, which was allowed"
		case len(t.parts.fails) > 0:
			return "no failure that was to fail the run"
		default:
			return "clean"
		}
	case scanner.ExitFail:
		if !r.Scan.Complete {
			return "failed, and incomplete"
		}
		return "failed"
	case scanner.ExitIncomplete:
		return "incomplete"
	case scanner.ExitCannotRun:
		return "could not run"
	default:
		return "interrupted"
	}
}
