package reporters

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters/internal/layout"
	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

const (
	// showAll is the number of findings up to which all are shown. Where there
	// are more, each rule shows its first fewEach rows and how many are left
	// out.
	showAll = 60
	fewEach = 5
	// longest is how many characters of one text are shown.
	longest = 600
)

// Table writes the report for a person. What needs action comes first, by
// severity and rule. Then come what could not be assessed, what to grant for it,
// drift and waivers. The last line sums up. The only control codes are the
// colours that Options allow.
func Table(w io.Writer, r *scanner.Report, o Options) error {
	if o.Width == 0 {
		o.Width = DefaultWidth
	}
	t := &table{
		Page:   layout.NewPage(o.Width, o.Color),
		report: r, options: o, labels: newLabels(r), parts: newPartition(r.Findings),
	}
	if err := t.write(); err != nil {
		return err
	}
	if _, err := io.WriteString(w, t.String()); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

type table struct {
	*layout.Page
	report  *scanner.Report
	options Options
	labels  labels
	parts   partition
}

func (t *table) write() error {
	t.identity()
	for _, section := range []func() error{
		func() error {
			return t.groups("NEEDS ACTION", scanner.Count(len(t.parts.fails), "failure", "failures"), layout.Red, t.parts.fails)
		},
		func() error {
			return t.groups("NOT ASSESSED", scanner.Count(len(t.parts.unassessed), "result", "results"), layout.Yellow, t.parts.unassessed)
		},
		t.unreadTenants, t.gaps, t.drift, t.waivers, t.attestations,
	} {
		if err := section(); err != nil {
			return err
		}
	}
	t.nothing()
	t.assumptions()
	t.Blank()
	t.summary()
	return nil
}

// identity says what was judged, when, and compared with what.
func (t *table) identity() {
	r := t.report
	t.Line(0, fmt.Sprintf("%s %s: collected %s, judged as of %s", Visible(r.Tool.Name), Visible(r.Tool.Version),
		minute(r.Scan.CollectedAt), minute(r.Scan.EvaluatedAt)))
	if b := r.Scan.Baseline; b != nil {
		approved := "which nobody has approved"
		if a := b.Approved; a != nil {
			approved = fmt.Sprintf("approved by %s on %s", Visible(a.By), minute(a.At))
		}
		t.Line(0, fmt.Sprintf("compared with baseline %s, %s", Visible(prefix(b.Digest, 12)), approved))
	}
	if p := r.Scan.Plan; p != nil {
		t.Line(0, "planned: "+p.Sentence())
	}
	if r.Scan.Interrupted {
		t.Heading("INTERRUPTED", "the run was stopped: this is what had been collected until then", layout.Yellow)
	}
}

func minute(at time.Time) string { return at.UTC().Format("2006-01-02 15:04 UTC") }

// groups writes a section of findings, grouped by rule.
func (t *table) groups(title, count string, paint layout.Color, findings []*scanner.Finding) error {
	if len(findings) == 0 {
		return nil
	}
	t.Section(title, count, paint)
	limit := len(findings)
	if limit > showAll {
		limit = fewEach
	}
	for i, g := range byRule(findings) {
		if i > 0 {
			t.Blank()
		}
		if err := t.group(&g, limit); err != nil {
			return err
		}
	}
	return nil
}

// group writes the findings of one rule. A remedy that all of them share is
// written once.
func (t *table) group(g *ruleGroup, limit int) error {
	word, paint := strings.ToUpper(string(g.severity)), severityColor(g.severity)
	if g.status != scanner.StatusFail {
		word, paint = strings.ToUpper(string(g.status)), layout.Yellow
	}
	rest := g.ruleID
	if g.status != scanner.StatusFail {
		rest += ", " + string(g.severity)
	}
	if len(g.findings) > 1 {
		rest += fmt.Sprintf(" (%d)", len(g.findings))
	}
	t.Heading(word, Visible(rest), paint)

	merged := mergeFindings(g.findings, &t.labels)
	fix, shared := sharedRemedy(merged)
	var rows []layout.Row
	for _, m := range merged[:min(limit, len(merged))] {
		rows = append(rows, layout.Row{t.subjects(&m), t.describe(&m, !shared)})
	}
	if err := t.Rows(rows); err != nil {
		return err
	}
	if left := countLeft(merged, limit); left > 0 {
		t.Line(2, "... and "+scanner.Count(left, "more finding", "more findings")+
			" of this rule, not shown here: every other format lists them all")
	}
	if shared && fix != "" {
		t.Line(2, fix)
	}
	return nil
}

// subjects names the exports that a row is about. One export takes a line for
// each part of its name, so that the first column stays narrow. In a single
// column it takes one line.
func (t *table) subjects(m *merged) []string {
	switch {
	case len(m.subjects) == 1 && t.Stacked():
		return m.subjects
	case len(m.subjects) == 1:
		parts := t.labels.parts(m.finding.Tenant, m.finding.ExportID)
		if id := t.labels.finding(m.all); id != "" && len(m.all) == 1 {
			parts = append(parts, id)
		}
		return parts
	}
	shown := slices.Clone(m.subjects[:min(fewEach, len(m.subjects))])
	if left := len(m.subjects) - len(shown); left > 0 {
		shown = append(shown, "and "+scanner.Count(left, "more export", "more exports"))
	}
	return shown
}

// describe says what a finding is about, a paragraph each.
func (t *table) describe(m *merged, remedy bool) []string {
	f := m.finding
	message := visible.Clip(Visible(f.Message), longest)
	if f.State == scanner.StateNew {
		message = "new: " + message
	}
	lines := []string{message}
	if s := statement(f); s != "" {
		lines = append(lines, s)
	}
	if at := place(f, t.options); at != "" {
		lines = append(lines, visible.Clip(at, longest))
	}
	if by := changedBy(f.ChangedBy); by != "" {
		lines = append(lines, visible.Clip("changed by "+by, longest))
	}
	if f.Who != nil {
		lines = append(lines, who(f.Who))
	}
	// The first column has no room for the fingerprints of several.
	if id := t.labels.finding(m.all); id != "" && (len(m.all) > 1 || t.Stacked()) {
		lines = append(lines, id)
	}
	lines = append(lines, besideFindings(t.report, m.all)...)
	if fix := remedyOf(f); remedy && fix != "" {
		lines = append(lines, fix)
	}
	return lines
}

func severityColor(s scanner.Severity) layout.Color {
	switch s {
	case scanner.SeverityCritical, scanner.SeverityHigh:
		return layout.Red
	case scanner.SeverityMedium:
		return layout.Yellow
	case scanner.SeverityLow, scanner.SeverityInfo:
		return layout.Cyan
	default:
		return layout.Red
	}
}
