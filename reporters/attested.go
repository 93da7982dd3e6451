package reporters

import (
	"github.com/trailguard/trailguard/reporters/internal/layout"
	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// attestedAbout names what somebody attested: a rule or a control, and the export.
func attestedAbout(a *scanner.Attestation) []string {
	about := []string{firstOf(Visible(a.RuleID), Visible(a.Framework+" "+a.Control))}
	if a.ExportID == "" {
		return append(about, "all exports")
	}
	return append(about, Visible(a.ExportID))
}

// attestedBy says who found what by hand, when, and until when that counts.
func attestedBy(a *scanner.Attestation) string {
	return a.Result.Words() + ", by " + Visible(a.By) + " on " + Visible(a.At) + ", until " + Visible(a.Expires)
}

// AttestedLine is an attestation in one line: what about, the result, and whose word.
func AttestedLine(a *scanner.Attestation) string {
	about := attestedAbout(a)
	return about[0] + " for " + about[1] + ": " + attestedBy(a)
}

// besideFindings are the attestations of findings that are shown as one, a line each.
func besideFindings(r *scanner.Report, findings []*scanner.Finding) []string {
	var lines []string
	seen := map[scanner.Attestation]bool{}
	for _, f := range findings {
		for _, a := range r.Attested(f) {
			if seen[a] {
				continue
			}
			seen[a] = true
			line := "attested"
			if len(findings) > 1 {
				line += " for " + attestedAbout(&a)[1]
			}
			lines = append(lines, line+": "+attestedBy(&a))
		}
	}
	return lines
}

// attestations lists what was looked at by hand. It changes no result.
func (t *table) attestations() error {
	list := t.report.Attestations
	if len(list) == 0 {
		return nil
	}
	t.Section("ATTESTED BY HAND", scanner.Count(len(list), "attestation", "attestations")+"; no result changes by it", layout.Cyan)
	var rows []layout.Row
	for i := range list {
		a := &list[i]
		about := attestedAbout(a)
		if a.State != scanner.AttestationApplies {
			about = append(about, a.State.Words())
		}
		rows = append(rows, layout.Row{about, {
			attestedBy(a) + ": " + visible.Clip(Visible(a.Note), longest), "evidence " + visible.Clip(Visible(a.Evidence), longest),
		}})
	}
	return t.Rows(rows)
}

// attestations lists what was looked at by hand.
func (m *markdown) attestations() {
	list := m.report.Attestations
	m.section("Attested by hand, which changes no result", []string{"About", "Export", "Result", "State", "Note", "Evidence"}, len(list), func(i int) []string {
		a := &list[i]
		about := attestedAbout(a)
		return []string{
			mdCode(about[0]), mdCode(about[1]), mdText(attestedBy(a)), a.State.Words(),
			mdText(visible.Clip(a.Note, maxMarkdownText)), mdCode(visible.Clip(a.Evidence, maxMarkdownText)),
		}
	})
}
