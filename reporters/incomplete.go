package reporters

import "github.com/trailguard/trailguard/scanner"

// completeness is what formats call the check that nothing is missing.
const completeness = "scan_complete"

// incomplete says why exports of a tenant may be missing; empty: none are.
func incomplete(r *scanner.Report, t *scanner.TenantResult) (kind, why string) {
	switch {
	case !t.Complete:
		return "incomplete", "the list of the tenant's exports could not be read, or not all of it"
	case r.Scan.Interrupted:
		return "interrupted", "the scan was stopped before everything was collected"
	default:
		return "", ""
	}
}

// scanComplete is that as a finding, for formats in which what is not there is
// taken for mended: exports that could not be listed would be missing.
func scanComplete(t *scanner.TenantResult, why string) scanner.Finding {
	return scanner.Finding{
		RuleID: completeness, Severity: scanner.SeverityCritical, Status: scanner.StatusUnknown,
		Tenant: t.Name, Resource: t.URL, Message: "not assessed: " + why,
	}
}

// completenessOf is a tenant's scanComplete, resolved where nothing is missing; false
// where only some exports were judged, so that what is missing was left out.
func completenessOf(r *scanner.Report, t *scanner.TenantResult) (scanner.Finding, bool) {
	_, why := incomplete(r, t)
	f := scanComplete(t, why)
	if why == "" {
		f.Status, f.State, f.Message = scanner.StatusPass, scanner.StateResolved, "the list of the tenant's exports was read whole"
	}
	return f, why != "" || !r.Selected
}

// identity tells findings apart from run to run. One that no rule made has no
// fingerprint.
func identity(f *scanner.Finding) string {
	if f.Fingerprint != "" {
		return f.Fingerprint
	}
	return scanner.Digest(f.Tenant + "\n" + f.ExportID + "\n" + f.RuleID)
}
