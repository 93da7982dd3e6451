package html

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/reporters/internal/visible"
	"github.com/trailguard/trailguard/scanner"
)

// framework is the controls of one framework.
type framework struct {
	Name, Anchor string
	Counts       []tile
	Controls     []control
}

type control struct {
	ID     string
	Kind   string // of the state, as the style names it
	State  string
	Reason string
	Rules  []controlRule
	// Attested stands beside the state, which does not depend on it.
	Attested []attested
}

// controlRule is a rule that bears on a control, with what it said in numbers.
type controlRule struct {
	ID, Anchor string // an empty anchor: nothing is said of it below
	Kind       string
	Counts     string
}

// controls groups the report's controls by framework. Rules that the page says more of
// are links.
func (b *builder) controls(open map[string]bool) {
	all := b.report.Controls
	b.page.ControlCounts = stateTiles(all)
	for len(all) > 0 {
		n := 1
		for n < len(all) && all[n].Framework == all[0].Framework {
			n++
		}
		f := framework{
			Name: visible.Text(all[0].Framework), Anchor: anchor("framework", all[0].Framework), Counts: stateTiles(all[:n]),
		}
		for i := range all[:n] {
			f.Controls = append(f.Controls, b.newControl(&all[i], open))
		}
		b.page.Frameworks = append(b.page.Frameworks, f)
		all = all[n:]
	}
}

func stateTiles(list []scanner.ControlResult) []tile {
	counts := map[scanner.ControlState]int{}
	for i := range list {
		counts[list[i].State]++
	}
	var tiles []tile
	for _, s := range scanner.ControlStates() {
		tiles = append(tiles, tile{Kind: string(s), Name: s.Words(), Count: counts[s]})
	}
	return tiles
}

func (b *builder) newControl(c *scanner.ControlResult, open map[string]bool) control {
	shown := control{
		ID: visible.Text(c.ID), Kind: string(c.State), State: c.State.Words(), Reason: visible.Text(c.Reason),
		Attested: b.attestedAll(c.Attestations),
	}
	if c.Waived {
		shown.State += " (waived)"
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		rule := controlRule{ID: visible.Text(r.RuleID), Kind: ruleKind(r), Counts: ruleCounts(r)}
		if open[r.RuleID] {
			rule.Anchor = anchor("r", r.RuleID)
		}
		shown.Rules = append(shown.Rules, rule)
	}
	return shown
}

// ruleKind is the status that outweighs a rule's others.
func ruleKind(r *scanner.ControlRule) string {
	switch {
	case r.Failed > 0:
		return "fail"
	case r.Waived > 0:
		return "waived"
	case r.Errors > 0:
		return "error"
	case r.Unknown > 0, r.LeftOut != "":
		return "unknown"
	case r.Passed > 0:
		return "pass"
	default:
		return "not_applicable"
	}
}

// ruleCounts are the numbers that are not zero.
func ruleCounts(r *scanner.ControlRule) string {
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{r.Failed, "failed"},
		{r.Waived, "waived"},
		{r.Errors, "went wrong"},
		{r.Unknown, "unknown"},
		{r.Passed, "passed"},
		{r.NotApplicable, "not applicable"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.what))
		}
	}
	if r.LeftOut != "" {
		parts = append(parts, r.LeftOut)
	}
	return strings.Join(parts, ", ")
}
