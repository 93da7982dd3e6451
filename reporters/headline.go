package reporters

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// rulesByID holds the rules of a report. A rule that is missing from it did not
// run.
func rulesByID(r *scanner.Report) map[string]*scanner.Rule {
	rules := make(map[string]*scanner.Rule, len(r.Rules))
	for i := range r.Rules {
		rules[r.Rules[i].ID] = &r.Rules[i]
	}
	return rules
}

// headline returns the title of a finding, which is what its rule states, and
// its message. Both begin by saying so where the finding was not assessed.
func headline(f *scanner.Finding, rule *scanner.Rule) (title, message string) {
	title = firstOf(Visible(f.RuleID), "unknown")
	switch {
	case rule != nil:
		title = firstOf(Visible(rule.Title), title)
	case f.RuleID == completeness:
		title = "The tenant's list of exports was read whole"
	}
	if f.Status == scanner.StatusFail || f.State == scanner.StateResolved {
		return title, firstOf(Visible(f.Message), title)
	}
	return "not assessed: " + title, notAssessed(f)
}

// waivedBy says who accepted a finding, and until when. It is empty where
// nobody did.
func waivedBy(f *scanner.Finding) string {
	var waivers []*scanner.Waiver
	switch {
	case f.State == scanner.StateResolved:
	case f.Waiver != nil:
		waivers = []*scanner.Waiver{f.Waiver}
	case f.Accepted():
		waivers = f.Acceptances()
	}
	var said []string
	for _, w := range waivers {
		said = append(said, fmt.Sprintf("%s (approved by %s, until %s)", Visible(w.Justification), Visible(w.ApprovedBy), Visible(w.Expires)))
	}
	return strings.Join(said, "; ")
}
