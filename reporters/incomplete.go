package reporters

import "github.com/trailguard/trailguard/scanner"

// completeness is the name that formats give the check that no export is
// missing.
const completeness = "scan_complete"

// incomplete says why exports of a tenant may be missing. It is empty where
// none are.
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

// scanComplete makes a finding of that, for formats whose readers take what is
// left out for fixed: exports that could not be listed would be left out.
func scanComplete(t *scanner.TenantResult, why string) scanner.Finding {
	return scanner.Finding{
		RuleID: completeness, Severity: scanner.SeverityCritical, Status: scanner.StatusUnknown,
		Tenant: t.Name, Resource: t.URL, Message: "not assessed: " + why,
	}
}

// completenessOf returns a tenant's scanComplete, resolved where nothing is
// missing. It returns false where only some exports were judged, since the
// others were left out on purpose.
func completenessOf(r *scanner.Report, t *scanner.TenantResult) (scanner.Finding, bool) {
	_, why := incomplete(r, t)
	f := scanComplete(t, why)
	if why == "" {
		f.Status, f.State, f.Message = scanner.StatusPass, scanner.StateResolved, "the list of the tenant's exports was read whole"
	}
	return f, why != "" || !r.Selected
}

// identity tells findings apart from run to run. A finding that no rule made
// has no fingerprint.
func identity(f *scanner.Finding) string {
	if f.Fingerprint != "" {
		return f.Fingerprint
	}
	return scanner.Digest(f.Tenant + "\n" + f.ExportID + "\n" + f.RuleID)
}
