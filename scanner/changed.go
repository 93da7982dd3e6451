package scanner

import "slices"

// KeepChanges removes from a compared report what an earlier one said already:
// it keeps findings that are new or incomparable, and the results that they are
// about. Findings that are unchanged or resolved are removed with their
// results, so that no result stands for them. Call it before Conclude.
func (r *Report) KeepChanges() {
	r.Findings = slices.DeleteFunc(r.Findings, func(f Finding) bool {
		return f.State != StateNew && f.State != StateIncomparable
	})
	type result struct{ tenant, export, rule string }
	kept := map[result]bool{}
	for i := range r.Findings {
		f := &r.Findings[i]
		kept[result{f.Tenant, f.ExportID, f.RuleID}] = true
	}
	filter := func(results map[string]Status, tenant, export string) map[string]Status {
		left := map[string]Status{}
		for rule, status := range results {
			if kept[result{tenant, export, rule}] {
				left[rule] = status
			}
		}
		return left
	}
	for i := range r.Tenants {
		r.Tenants[i].Results = filter(r.Tenants[i].Results, r.Tenants[i].Name, "")
	}
	for i := range r.Exports {
		e := &r.Exports[i]
		e.Results = filter(e.Results, e.Tenant, e.ID)
	}
	r.Exports = slices.DeleteFunc(r.Exports, func(e ExportResult) bool { return len(e.Results) == 0 })
	r.Selected = true
}
