package publish

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// Headline sums a notice up in a line: "2 failing, 1 resolved". It never says
// that nothing fails, since a notice may be a part of the report.
func (n *Notice) Headline() string {
	var parts []string
	for _, c := range []Condition{Failing, NotAssessed, Waived, Resolved} {
		if count := n.Count(c); count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, c))
		}
	}
	if n.Report.Scan.Error != "" {
		parts = append([]string{"the run could not run"}, parts...)
	} else if n.Incomplete != "" {
		parts = append(parts, "incomplete run")
	}
	return cmp.Or(strings.Join(parts, ", "), "no finding to tell")
}

// JudgedAt says as of when the report was judged.
func (n *Notice) JudgedAt() string {
	return "judged as of " + n.Report.Scan.EvaluatedAt.UTC().Format(time.DateTime) + " UTC"
}

// mostText bounds a text from outside, in characters.
const mostText = 500

// Title names a finding with its severity and condition: "CRITICAL, failing:
// external_id_equals_configuration_id".
func Title(f *scanner.Finding) string {
	return strings.ToUpper(string(f.Severity)) + ", " + string(ConditionOf(f)) + ": " + Text(f.RuleID)
}

// Details returns lines of plain text that say what a finding is about. Nothing
// in them can control a viewer.
func Details(f *scanner.Finding) []string {
	var lines []string
	if message := Text(f.Message); message != "" && ConditionOf(f) == Resolved {
		lines = append(lines, "no longer: "+message)
	} else if message != "" {
		lines = append(lines, message)
	}
	if f.Resource != "" {
		lines = append(lines, Text(f.Resource))
	}
	where := "tenant " + Text(f.Tenant)
	if f.ExportID != "" {
		where += ", export " + Text(f.ExportID)
	}
	lines = append(lines, where+", finding "+Text(f.Fingerprint))
	if f.Who != nil {
		lines = append(lines, Text(f.Who.String()))
	}
	if f.Waiver != nil && ConditionOf(f) == Waived {
		lines = append(lines, "waived until "+Text(f.Waiver.Expires)+" by "+Text(f.Waiver.ApprovedBy))
	}
	return lines
}

// Text makes a text from outside safe to show on a line: it escapes what a
// viewer would obey or hide, and cuts what is too long.
func Text(s string) string {
	runes := []rune(reporters.Visible(s))
	if len(runes) <= mostText {
		return string(runes)
	}
	return string(runes[:mostText]) + "…"
}
