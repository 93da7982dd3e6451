package scanner

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// assessControls assesses every control that the run's rules bear on, sorted by
// framework and number. A control is met only where every rule that bears on it
// was judged, passed wherever it applies, and applies at least once, and where
// nothing can be missing from what was judged. An unknown, an error, a waived
// failure, a rule that was left out, or an incomplete list of exports prevents
// it.
func (r *Report) assessControls() []ControlResult {
	c := &controls{report: r, rules: map[string]*ControlRule{}, scopes: map[string]Scope{}, missing: r.missing()}
	c.countRules()
	type name struct{ framework, id string }
	bearing := map[name][]string{}
	for _, list := range [][]Rule{r.Rules, r.LeftOut} {
		for i := range list {
			for _, control := range list[i].Controls {
				for _, id := range control.IDs {
					n := name{control.Framework, id}
					bearing[n] = append(bearing[n], list[i].ID)
				}
			}
		}
	}
	results := make([]ControlResult, 0, len(bearing))
	for n, ids := range bearing {
		slices.Sort(ids)
		results = append(results, c.assess(n.framework, n.id, slices.Compact(ids)))
	}
	// The map's order must not reach the report.
	slices.SortFunc(results, func(x, y ControlResult) int {
		return cmp.Or(strings.Compare(x.Framework, y.Framework),
			strings.Compare(ControlNumber(x.ID), ControlNumber(y.ID)), strings.Compare(x.ID, y.ID))
	})
	return results
}

// controls holds the counts of what the rules said, for all controls.
type controls struct {
	report  *Report
	rules   map[string]*ControlRule
	scopes  map[string]Scope // of the rules
	missing []string         // why exports may be missing from the report
}

// missing says why exports may be missing from what was judged. It returns
// nothing where none are.
func (r *Report) missing() []string {
	var why []string
	for i := range r.Tenants {
		if t := &r.Tenants[i]; !t.Complete {
			why = append(why, "the list of exports of tenant "+t.Name+" is not whole")
		}
	}
	if r.Scan.Interrupted {
		why = append(why, "the run was interrupted")
	}
	if r.Selected {
		why = append(why, "only some exports were judged")
	}
	return why
}

// countRules counts the results of every rule.
func (c *controls) countRules() {
	r := c.report
	for i := range r.LeftOut {
		c.rules[r.LeftOut[i].ID] = &ControlRule{RuleID: r.LeftOut[i].ID, LeftOut: "left out of this run", Open: []ControlSubject{}}
	}
	scopes := map[Scope][]*ControlRule{}
	for i := range r.Rules {
		rule := &ControlRule{RuleID: r.Rules[i].ID, Open: []ControlSubject{}}
		if r.Scan.Baseline == nil && r.Rules[i].Compares() {
			rule.LeftOut = "no baseline was given to compare with"
		}
		c.rules[rule.RuleID], c.scopes[rule.RuleID] = rule, r.Rules[i].Scope
		scopes[r.Rules[i].Scope] = append(scopes[r.Rules[i].Scope], rule)
	}
	waived := r.waivedResults()
	for i := range r.Exports {
		e := &r.Exports[i]
		for _, rule := range scopes[ScopeExport] {
			rule.count(e.Tenant, e.ID, e.Results[rule.RuleID], waived)
		}
	}
	for i := range r.Tenants {
		t := &r.Tenants[i]
		for _, rule := range scopes[ScopeTenant] {
			rule.count(t.Name, "", t.Results[rule.RuleID], waived)
		}
	}
}

// resultID identifies one rule's result for one subject.
type resultID struct{ rule, tenant, export string }

// waivedResults are the results whose findings are all covered by waivers.
func (r *Report) waivedResults() map[resultID]bool {
	waived := map[resultID]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.State == StateResolved {
			continue
		}
		id := resultID{f.RuleID, f.Tenant, f.ExportID}
		covered := f.Status == StatusFail && f.Waiver != nil
		if before, seen := waived[id]; seen {
			covered = covered && before
		}
		waived[id] = covered
	}
	return waived
}

// count counts a result. A result that is missing counts as unknown.
func (c *ControlRule) count(tenant, export string, status Status, waived map[resultID]bool) {
	covered := false
	switch status {
	case StatusPass:
		c.Passed++
		return
	case StatusNotApplicable:
		c.NotApplicable++
		return
	case StatusError:
		c.Errors++
	case StatusFail:
		if covered = waived[resultID{c.RuleID, tenant, export}]; covered {
			c.Waived++
		} else {
			c.Failed++
		}
	default:
		c.Unknown++
		status = StatusUnknown
	}
	c.Open = append(c.Open, ControlSubject{Tenant: tenant, ExportID: export, Status: status, Waived: covered})
}

// assess determines the state of one control.
func (c *controls) assess(framework, id string, ruleIDs []string) ControlResult {
	result := ControlResult{
		Framework: framework, ID: id, Rules: make([]ControlRule, len(ruleIDs)),
		Attestations: c.report.attestedControl(framework, id, ruleIDs),
	}
	var failing, waived, open []string
	leftOut := map[string][]string{} // rules, by the reason
	passed := 0
	for i, ruleID := range ruleIDs {
		rule := c.rules[ruleID]
		result.Rules[i] = *rule
		if rule.Failed > 0 {
			failing = append(failing, c.said(ruleID, "fails", rule.Failed))
		}
		if rule.Waived > 0 {
			waived = append(waived, c.said(ruleID, "fails", rule.Waived))
		}
		if rule.Unknown > 0 {
			open = append(open, c.said(ruleID, "is unknown", rule.Unknown))
		}
		if rule.Errors > 0 {
			open = append(open, c.said(ruleID, "went wrong", rule.Errors))
		}
		if rule.LeftOut != "" {
			leftOut[rule.LeftOut] = append(leftOut[rule.LeftOut], ruleID)
		}
		if rule.Passed > 0 {
			passed++
		}
	}
	for _, why := range slices.Sorted(maps.Keys(leftOut)) {
		open = append(open, why+" ("+strings.Join(leftOut[why], ", ")+")")
	}
	open = append(open, c.missing...)
	switch {
	case len(failing) > 0:
		result.State, result.Reason = ControlNotMet, strings.Join(failing, "; ")
	case len(waived) > 0:
		result.State, result.Waived = ControlNotMet, true
		result.Reason = strings.Join(waived, "; ") + ": waived, which does not meet the control"
	case len(open) > 0:
		result.State, result.Reason = ControlNotAssessed, strings.Join(open, "; ")
	case passed == 0:
		result.State, result.Reason = ControlNotCovered, "none of its rules had anything to judge"
	default:
		result.State = ControlMet
		result.Reason = fmt.Sprintf("%d of %d rules passed wherever they apply", passed, len(ruleIDs))
		if left := len(ruleIDs) - passed; left > 0 {
			result.Reason += fmt.Sprintf(", and %d had nothing to judge", left)
		}
	}
	return result
}

// said says what a rule found for a number of exports or tenants.
func (c *controls) said(ruleID, what string, n int) string {
	noun := string(c.scopes[ruleID])
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%s %s for %d %s", ruleID, what, n, noun)
}
