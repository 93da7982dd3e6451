package publish

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// Headline says in a line what is told: "2 failing, 1 resolved". It never says that
// nothing fails: what is told may be a part of what there is.
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

// JudgedAt says as of when everything was judged.
func (n *Notice) JudgedAt() string {
	return "judged as of " + n.Report.Scan.EvaluatedAt.UTC().Format(time.DateTime) + " UTC"
}

// mostText bounds what a text from outside takes of a message, in characters.
const mostText = 500

// Title names a finding with its severity and how things stand: "CRITICAL,
// failing: external_id_equals_configuration_id".
func Title(f *scanner.Finding) string {
	return strings.ToUpper(string(f.Severity)) + ", " + string(ConditionOf(f)) + ": " + Text(f.RuleID)
}

// Details are the lines that say what a finding is about, each of them plain text
// that nothing obeys.
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
	if f.Waiver != nil && ConditionOf(f) == Waived {
		lines = append(lines, "waived until "+Text(f.Waiver.Expires)+" by "+Text(f.Waiver.ApprovedBy))
	}
	return lines
}

// Text makes a text from outside fit for a line: what would be obeyed or hidden
// is shown, and what is too long is cut.
func Text(s string) string {
	runes := []rune(reporters.Visible(s))
	if len(runes) <= mostText {
		return string(runes)
	}
	return string(runes[:mostText]) + "…"
}
