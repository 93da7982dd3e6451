package scanner

import (
	"cmp"
	"slices"
	"strings"
)

// Threshold says what makes a run fail.
type Threshold struct {
	// FailOn is the lowest severity of a failure that makes the run fail.
	FailOn Severity
	// FailOnNew excepts failures that are known to be unchanged.
	FailOnNew bool
	// AllowIncomplete makes an incomplete run without failures succeed.
	AllowIncomplete bool
}

// Conclude sorts the report, assesses the controls, and fills in the summary
// and the exit status. Call it last: waivers and states decide on both.
func (r *Report) Conclude(t Threshold) {
	slices.SortFunc(r.Findings, compareFindings)
	slices.SortFunc(r.Exports, func(x, y ExportResult) int {
		return cmp.Or(strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ID, y.ID))
	})
	slices.SortFunc(r.Tenants, func(x, y TenantResult) int { return strings.Compare(x.Name, y.Name) })
	slices.SortStableFunc(r.Drift, CompareChanges)

	s := &r.Summary
	s.Tenants, s.Exports = len(r.Tenants), len(r.Exports)
	total := s.results()
	s.Coverage = coverage(s.ByStatus[StatusPass]+s.ByStatus[StatusFail], total, s.ByStatus[StatusNotApplicable])
	failed := false
	complete := !r.Scan.Interrupted
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.State == StateUnchanged || f.State == "" {
			f.Who = nil // nothing has changed that somebody did
		}
		switch {
		case f.State == StateResolved:
		case f.Status == StatusFail && f.Waiver != nil:
			s.Waived++
		case f.Status == StatusFail:
			s.BySeverity[f.Severity]++
			failed = failed || (f.Severity.Rank() <= t.FailOn.Rank() && (!t.FailOnNew || f.State != StateUnchanged))
		case !f.Accepted():
			complete = false
		}
	}
	for i := range r.Tenants {
		complete = complete && r.Tenants[i].Complete
	}
	r.Scan.Complete, r.Scan.Partial = complete, r.Selected || len(r.LeftOut) > 0
	r.Controls = r.assessControls()
	switch {
	case failed:
		r.Scan.ExitStatus = ExitFail
	case !complete && !t.AllowIncomplete:
		r.Scan.ExitStatus = ExitIncomplete
	default:
		r.Scan.ExitStatus = ExitClean
	}
}

// coverage rounds down, so that 100 % means everything that applies. Where
// nothing applies, nothing is left unassessed.
func coverage(assessed, total, notApplicable int) Coverage {
	c := Coverage{Assessed: assessed, Total: total, Applicable: total - notApplicable, NotApplicable: notApplicable, Percent: 100}
	if c.Applicable > 0 {
		c.Percent = float64(assessed*1000/c.Applicable) / 10
	}
	return c
}

// Accepted reports whether an unknown finding rests only on gaps and condition
// keys that the operator has accepted in writing. It stays visible, but no
// longer makes the run incomplete.
func (f *Finding) Accepted() bool {
	if f.Status != StatusUnknown || len(f.Gaps)+len(f.Needs) == 0 {
		return false
	}
	return !slices.ContainsFunc(f.Gaps, func(g Gap) bool { return g.Accepted == nil }) &&
		!slices.ContainsFunc(f.Needs, func(key string) bool { return f.AcceptedNeeds[key] == nil })
}

// Acceptances returns the operator's acceptances of what the finding rests on,
// in the order of its gaps and keys.
func (f *Finding) Acceptances() []*Waiver {
	var list []*Waiver
	for i := range f.Gaps {
		if w := f.Gaps[i].Accepted; w != nil {
			list = append(list, w)
		}
	}
	for _, key := range f.Needs {
		if w := f.AcceptedNeeds[key]; w != nil {
			list = append(list, w)
		}
	}
	return list
}

// compareFindings orders findings by tenant and export, and within an export by
// urgency. The order is total, so that the report is the same byte for byte.
func compareFindings(x, y Finding) int {
	return cmp.Or(
		strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ExportID, y.ExportID),
		cmp.Compare(x.Severity.Rank(), y.Severity.Rank()), strings.Compare(x.RuleID, y.RuleID),
		strings.Compare(x.Resource, y.Resource), strings.Compare(x.Fingerprint, y.Fingerprint),
		strings.Compare(x.Message, y.Message),
	)
}

// CompareChanges is the order of changes in reports.
func CompareChanges(x, y Change) int {
	return cmp.Or(
		strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ExportID, y.ExportID), cmp.Compare(x.Kind, y.Kind),
		strings.Compare(x.Resource, y.Resource), strings.Compare(x.Name, y.Name), strings.Compare(x.Pointer, y.Pointer), cmp.Compare(x.Effect, y.Effect),
	)
}
