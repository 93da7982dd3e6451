package waiver

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Init renders a waivers file for what fails in a report and is not waived yet: an
// entry for each rule, export and resource, with the day on which it ends, and with the
// justification and the name left to be filled in. As it stands, Parse refuses it.
//
// What is critical is left out unless its rule is named, and so is what is unknown:
// what nobody looked at cannot be waived. Both are counted in a comment.
func Init(report *scanner.Report, expires string, critical []string) (text string, entries int) {
	var list []*initial
	by := map[[3]string]*initial{} // by rule, export and resource
	left, unknown := map[string]int{}, 0
	for i := range report.Findings {
		f := &report.Findings[i]
		switch {
		case f.State == scanner.StateResolved, f.Waiver != nil, f.Accepted():
		case f.Status != scanner.StatusFail:
			unknown++
		case f.Severity == scanner.SeverityCritical && !slices.Contains(critical, f.RuleID):
			left[f.RuleID]++
		default:
			about := [3]string{f.RuleID, f.ExportID, f.Resource}
			entry := by[about]
			if entry == nil {
				entry = &initial{rule: f.RuleID, export: f.ExportID, resource: f.Resource, severity: f.Severity}
				by[about], list = entry, append(list, entry)
			}
			entry.messages = append(entry.messages, f.Message)
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# What failed in the snapshot of %s.\n# Fill in why each may stay as it is and who answers for it, or take the entry out\n# and mend it: the file is refused while a justification or a name is missing.\n",
		report.Scan.CollectedAt.UTC().Format("2006-01-02 15:04 UTC"))
	for _, rule := range slices.Sorted(maps.Keys(left)) {
		fmt.Fprintf(&b, "# Left out, because it is critical: %s (%d); --include-critical %s writes it, too.\n", rule, left[rule], rule)
	}
	if unknown > 0 {
		fmt.Fprintf(&b, "# Left out, because nobody knows: %d results that are not assessed; waivers new accepts\n# what one of them rests on.\n", unknown)
	}
	b.WriteString("waivers:")
	if len(list) == 0 {
		b.WriteString(" []")
	}
	b.WriteString("\n")
	for _, entry := range list {
		b.WriteString(entry.render(expires))
	}
	return b.String(), len(list)
}

// initial is one entry: what a rule found about one resource of an export.
type initial struct {
	rule, export, resource string
	severity               scanner.Severity
	messages               []string
}

func (e *initial) render(expires string) string {
	var b strings.Builder
	for _, message := range e.messages {
		fmt.Fprintf(&b, "  # %s: %s\n", e.severity, quote(message))
	}
	fmt.Fprintf(&b, "  - rules: [%s]\n", quote(e.rule))
	if e.export != "" {
		fmt.Fprintf(&b, "    exports: [%s]\n", quote(e.export))
	}
	if e.resource != "" {
		fmt.Fprintf(&b, "    resources: [%s]\n", quote(e.resource))
	}
	fmt.Fprintf(&b, "    justification: # why this may stay as it is\n    approvedBy: # who answers for it\n    expires: %s\n", expires)
	return b.String()
}
