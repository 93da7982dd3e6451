package reporters_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

const (
	firstExport  = "259fc41c-5d0a-4c2e-9d8f-0b6f6f1f2a01"
	secondExport = "7be01d22-93aa-4f6e-8a55-3f0cb21f9e02"
	thirdExport  = "c0ffee00-1111-4222-8333-944445555503"
	trailBucket  = "arn:aws:s3:::acme-audit-trail"
	trailRole    = "arn:aws:iam::111111111111:role/immuta-audit"
)

// trustPolicy is the document that the failing trust finding points into.
const trustPolicy = `{"Version":"2012-10-17","Statement":[
{"Sid":"Ops","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"},
{"Sid":"Immuta","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole",
"Condition":{"StringEquals":{"sts:ExternalId":"an-old-id"}}}]}`

// at is a place in the trust policy as it is displayed.
func at(pointer string) scanner.Location {
	line, column := scanner.NewDisplay(trustPolicy).Position(pointer)
	return scanner.Location{
		Kind: document.KindTrustPolicy, Resource: trailRole, Digest: scanner.Digest(trustPolicy),
		Path: "acme/iam/111111111111/role/immuta-audit/trust.json", Pointer: pointer, Line: line, Column: column,
	}
}

// in is the first line of another document.
func in(kind document.Kind, resource, path string) scanner.Location {
	return scanner.Location{Kind: kind, Resource: resource, Digest: scanner.Digest(path), Path: path, Line: 1, Column: 1}
}

func rules() []scanner.Rule {
	rule := func(group, id, title string, severity scanner.Severity, fix string, controls ...scanner.Control) scanner.Rule {
		return scanner.Rule{
			ID: id, Group: group, Scope: scanner.ScopeExport, Title: title, Severity: severity,
			Description: title + ". Otherwise audit records are lost or exposed.", Requires: []string{"bucket"},
			Controls: controls, Remediation: fix, References: []string{"https://docs.aws.amazon.com/IAM/latest/UserGuide/"},
		}
	}
	tenant := rule("tenant", "enabled_export_exists", "The tenant has an enabled export", scanner.SeverityCritical,
		"Enable an export in Immuta's audit settings", scanner.Control{Framework: "NIST 800-53r5", IDs: []string{"AU-12"}})
	tenant.Scope = scanner.ScopeTenant
	return []scanner.Rule{
		rule("trust", "external_id_equals_configuration_id", "The trust policy accepts the configuration's id as ExternalId",
			scanner.SeverityCritical, "Set sts:ExternalId in the role's trust policy to the export configuration's id",
			scanner.Control{Framework: "NIST 800-53r5", IDs: []string{"AC-3", "AC-20", "IA-9"}},
			scanner.Control{Framework: "SOC 2", IDs: []string{"CC6.1"}}),
		rule("s3", "tls_required", "A Deny on aws:SecureTransport false covers the bucket", scanner.SeverityHigh,
			"Add a Deny on aws:SecureTransport false for s3:* on the bucket and its objects",
			scanner.Control{Framework: "NIST 800-53r5", IDs: []string{"SC-8"}}),
		rule("export", "uses_role", "The export authenticates with a role", scanner.SeverityMedium,
			"Let Immuta assume a role instead of using a static access key"),
		rule("kms", "key_usable", "The writer may use the bucket's key", scanner.SeverityCritical,
			"Grant kms:GenerateDataKey on the key to the writing role"),
		rule("custom", "custom.named", "The bucket has a name of ours", scanner.SeverityInfo, "Rename the bucket"),
		tenant,
	}
}

// emptyReport is a clean run.
func emptyReport() *scanner.Report {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	enabled := true
	return &scanner.Report{
		FormatVersion: scanner.ReportFormatVersion,
		Tool:          scanner.Tool{Name: "trailguard", Version: "1.2.3", RulesDigest: scanner.Digest("rules")},
		Scan: scanner.ScanInfo{
			CollectedAt: at, EvaluatedAt: at.Add(5 * time.Minute), SnapshotDigest: scanner.Digest("snapshot"),
			Complete: true, Assumptions: scanner.Assumptions(),
		},
		Summary: scanner.Summary{
			Tenants: 1, Exports: 1, Rules: 6, ByStatus: byStatus(0, 0, 0, 1, 5), BySeverity: bySeverity(0, 0, 0),
			Coverage: scanner.Coverage{Assessed: 6, Applicable: 6, Total: 6, Percent: 100},
		},
		Tenants: []scanner.TenantResult{{
			Name: "acme", URL: "https://acme.immutacloud.com", Complete: true,
			Results: map[string]scanner.Status{"enabled_export_exists": scanner.StatusPass},
		}},
		Exports: []scanner.ExportResult{{
			Tenant: "acme", ID: firstExport, Enabled: &enabled, Interval: "EVERY_12_HOURS", ConnectionStatus: "SUCCESS",
			Endpoint: scanner.Endpoint{
				TypeName: "S3AssumedRoleEndpointConfiguration", Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole,
				Bucket: "acme-audit-trail", Path: "immuta/", Region: "us-east-1", RoleARN: trailRole, RoleARNSource: "immuta",
			},
			Results: map[string]scanner.Status{
				"custom.named": scanner.StatusNotApplicable, "external_id_equals_configuration_id": scanner.StatusPass,
				"key_usable": scanner.StatusPass, "tls_required": scanner.StatusPass, "uses_role": scanner.StatusPass,
			},
		}},
		Rules: rules(),
	}
}

func byStatus(broken, fail, unknown, notApplicable, pass int) map[scanner.Status]int {
	return map[scanner.Status]int{
		scanner.StatusError: broken, scanner.StatusFail: fail, scanner.StatusUnknown: unknown,
		scanner.StatusNotApplicable: notApplicable, scanner.StatusPass: pass,
	}
}

func bySeverity(critical, high, medium int) map[scanner.Severity]int {
	return map[scanner.Severity]int{
		scanner.SeverityCritical: critical, scanner.SeverityHigh: high, scanner.SeverityMedium: medium,
		scanner.SeverityLow: 0, scanner.SeverityInfo: 0,
	}
}

// fullReport has one of everything that a report can hold.
func fullReport() *scanner.Report {
	r := emptyReport()
	r.Scan.History = &scanner.RecordedRun{Run: 12, Head: scanner.Digest("ledger")}
	first := r.Exports[0]
	second, third := first, first
	second.ID, third.ID, third.Tenant = secondExport, thirdExport, "globex"
	third.Enabled, third.Endpoint.Bucket, third.Owner = nil, "globex-trail", "data-governance"
	r.Exports = []scanner.ExportResult{first, second, third}
	r.Exports[0].Results = map[string]scanner.Status{
		"custom.named": scanner.StatusError, "external_id_equals_configuration_id": scanner.StatusFail,
		"key_usable": scanner.StatusUnknown, "tls_required": scanner.StatusFail, "uses_role": scanner.StatusPass,
	}
	for i := range r.Exports[1:] {
		r.Exports[i+1].Results = map[string]scanner.Status{
			"custom.named": scanner.StatusNotApplicable, "external_id_equals_configuration_id": scanner.StatusPass,
			"key_usable": scanner.StatusPass, "tls_required": scanner.StatusFail, "uses_role": scanner.StatusPass,
		}
	}
	r.Tenants = append(r.Tenants, scanner.TenantResult{
		Name: "globex", URL: "https://globex.immutacloud.com",
		Results: map[string]scanner.Status{"enabled_export_exists": scanner.StatusUnknown},
	})
	r.Scan.Complete, r.Scan.ExitStatus = false, scanner.ExitFail
	r.Scan.Baseline = &scanner.BaselineInfo{Digest: scanner.Digest("baseline"), Approved: &scanner.Approval{
		Digest: scanner.Digest("baseline"), At: r.Scan.CollectedAt.AddDate(0, -1, 0), By: "dana@acme.example", Reason: "quarterly review",
	}}
	r.Findings = fullFindings()
	r.Summary = scanner.Summary{
		Tenants: 2, Exports: 3, Rules: 6, ByStatus: byStatus(1, 4, 2, 2, 8), BySeverity: bySeverity(1, 2, 0), Waived: 1,
		Coverage: scanner.Coverage{Assessed: 13, Applicable: 16, NotApplicable: 1, Total: 17, Percent: 81.2},
	}
	r.Gaps = []scanner.Gap{keyGap(), {
		Kind: document.KindDelivery, Call: "s3:ListObjectsV2", Resource: trailBucket + "/immuta/", Reason: scanner.ReasonThrottled,
		Code: "SlowDown", RequestID: "4442587FB7D0A2F9", Detail: "refused 8 times, the last time after 20 s",
	}}
	r.Drift = []scanner.Change{{
		Tenant: "acme", ExportID: firstExport, Kind: document.KindBucketPolicy, Resource: trailBucket, Pointer: "/Statement/1",
		Before: "", After: `{"Effect":"Allow","Principal":"*"}`, Effect: scanner.EffectWidened,
		Message: "anyone may read the trail who could not before",
		Witness: &scanner.Witness{Principal: "*", Action: "s3:GetObject", Resource: trailBucket + "/immuta/x"},
		Who: &scanner.Who{
			Match: scanner.WhoNobody, Resource: trailBucket,
			Note: "CloudTrail shows no call that changed it since 2026-02-01 08:00 UTC; it shows calls up to 15 minutes late",
		},
		Diff: []string{" {", `+  "Principal": "*"`, " }"},
	}}
	waived := scanner.WaiverUse{Waiver: *waiver(), Rules: []string{"tls_required"}, Exports: []string{"7be0*"}, Findings: 1}
	expired := waived
	expired.Expires, expired.Findings, expired.Ticket = "2026-01-31", 0, ""
	r.Attestations = []scanner.Attestation{
		attestation(scanner.AttestationApplies, "key_usable", firstExport), attestation(scanner.AttestationExpired, "", ""),
	}
	r.Annex = annex()
	r.Waivers = scanner.WaiverReport{
		Applied: []scanner.WaiverUse{waived}, Expired: []scanner.WaiverUse{expired},
		Unused: []scanner.WaiverUse{}, Expiring: []scanner.WaiverUse{waived},
	}
	return r
}

// annex is what a reader is shown of the evidence.
func annex() *scanner.Annex {
	day := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	delivery := scanner.ExportDelivery{Tenant: "acme", ExportID: firstExport, At: day.AddDate(0, 0, 28)}
	delivery.Since, delivery.Complete = day, true
	for i := range 28 {
		if i == 9 || i == 10 {
			continue // the hole
		}
		at := day.AddDate(0, 0, i)
		delivery.Days = append(delivery.Days, document.DeliveryDay{
			Day: at.Format(time.DateOnly), Objects: 2, Bytes: 1 << 20, First: at.Add(time.Hour), Last: at.Add(13 * time.Hour),
		})
	}
	return &scanner.Annex{
		Documents: map[string]string{scanner.Digest(trustPolicy): trustPolicy},
		Calls: []scanner.Call{
			{Kind: document.KindTrustPolicy, Call: "iam:GetRole", Resource: trailRole, At: day.AddDate(0, 0, 28), RequestID: "f1a0c2d4-8e7b-4c55-9d3e-000000000001", Digest: scanner.Digest(trustPolicy)},
			{Kind: document.KindBucketPolicy, Call: "s3:GetBucketPolicy", Resource: trailBucket, At: day.AddDate(0, 0, 28).Add(3 * time.Second), RequestID: "4442587FB7D0A2F9"},
		},
		Deliveries: []scanner.ExportDelivery{delivery},
	}
}

func waiver() *scanner.Waiver {
	return &scanner.Waiver{
		Justification: "TLS is enforced by the endpoint until the policy is migrated", ApprovedBy: "ciso@acme.example",
		Expires: "2026-03-12", Ticket: "SEC-42", Source: "waivers.yaml:3",
	}
}

// attestation is of a rule, or of a control that a rule bears on.
func attestation(state scanner.AttestationState, rule, export string) scanner.Attestation {
	a := scanner.Attestation{
		RuleID: rule, ExportID: export, Result: scanner.PassedByHand, By: "dana@acme.example", At: "2026-02-20", Expires: "2026-05-20",
		Evidence: "proof/key review.pdf", EvidenceDigest: scanner.Digest("key review"), Note: "the key's policy was read in the console",
		Source: "attestations.yaml:2", State: state,
	}
	if rule == "" {
		a.Framework, a.Control, a.Result, a.Expires = "SOC 2", "CC6.1", scanner.FailedByHand, "2026-02-28"
	}
	return a
}

func keyGap() scanner.Gap {
	return scanner.Gap{
		Kind: document.KindKeyPolicy, Call: "kms:GetKeyPolicy", Resource: "arn:aws:kms:us-east-1:111111111111:key/0d1f-22",
		Reason: scanner.ReasonDenied, Permission: "kms:GetKeyPolicy", Code: "AccessDeniedException",
		Detail: "the reader may not read the key's policy",
	}
}

func fullFindings() []scanner.Finding {
	all := rules()
	find := func(rule int, tenant, export, resource string, status scanner.Status, message string) scanner.Finding {
		return scanner.Finding{
			RuleID: all[rule].ID, Severity: all[rule].Severity, Status: status, Tenant: tenant, ExportID: export, Resource: resource,
			Message: message, Remediation: all[rule].Remediation, Controls: all[rule].Controls,
			Fingerprint: scanner.Fingerprint(all[rule].ID, tenant, export, resource, ""),
		}
	}
	trust := find(0, "acme", firstExport, trailRole, scanner.StatusFail,
		`the trust policy accepts the ExternalId "an-old-id" and not the id of this configuration, so that Immuta can no longer write`)
	deciding, other := at("/Statement/1"), at("/Statement/0")
	trust.State, trust.Who = scanner.StateNew, &scanner.Who{
		Match: scanner.WhoDocument, Note: "the event carries this very document", Resource: trust.Resource, EventID: "6f0c1e2d-0000-4000-8000-5a1b2c3d4e5f",
		Call: "iam:UpdateAssumeRolePolicy", At: time.Date(2026, 2, 27, 16, 4, 5, 0, time.UTC), Principal: "arn:aws:sts::111111111111:assumed-role/admins/dana",
		Issuer: "arn:aws:iam::111111111111:role/admins", AccessKey: "…MPLE", SourceIP: "198.51.100.7", UserAgent: "aws-cli/2.31.0",
	}
	trust.Evidence = []scanner.Location{deciding}
	trust.Reasons = []scanner.Reason{
		{Policy: "trust policy", Sid: "Immuta", Index: 1, Effect: "Allow", Location: &deciding, Note: "allows sts:AssumeRole with another ExternalId"},
		{Policy: "trust policy", Sid: "Ops", Index: 0, Effect: "Allow", Location: &other, Note: "trusts another account"},
	}

	noTLS := "no statement denies requests without TLS"
	policy := in(document.KindBucketPolicy, trailBucket, "acme/s3/acme-audit-trail/policy.json")
	tls := find(1, "acme", firstExport, trailBucket, scanner.StatusFail, noTLS)
	tls.Evidence, tls.State = []scanner.Location{policy}, scanner.StateUnchanged
	tlsWaived := find(1, "acme", secondExport, trailBucket, scanner.StatusFail, noTLS)
	tlsWaived.Evidence, tlsWaived.State, tlsWaived.Waiver = []scanner.Location{policy}, scanner.StateUnchanged, waiver()
	tlsOther := find(1, "globex", thirdExport, "arn:aws:s3:::globex-trail", scanner.StatusFail, noTLS)
	tlsOther.Evidence = []scanner.Location{in(document.KindBucketPolicy, "arn:aws:s3:::globex-trail", "globex/s3/globex-trail/policy.json")}
	tlsOther.State = scanner.StateIncomparable

	unknown := find(3, "acme", firstExport, keyGap().Resource, scanner.StatusUnknown, "whether the writer may use the key is not known: its policy could not be read")
	unknown.Gaps, unknown.State = []scanner.Gap{keyGap()}, scanner.StateUnchanged
	unknown.Evidence = []scanner.Location{in(document.KindConfiguration, "https://acme.immutacloud.com#"+firstExport, "acme/exports/"+firstExport+".json")}
	tenant := find(5, "globex", "", "https://globex.immutacloud.com", scanner.StatusUnknown, "not assessed: it depends on aws:SourceIp, which no document tells")
	tenant.Evidence = []scanner.Location{in(document.KindTenant, "https://globex.immutacloud.com", "globex/tenant.json")}
	tenant.Needs = []string{"aws:SourceIp"}
	tenant.Remediation = "Declare what Immuta's requests hold under aws:SourceIp in expect.requests; what nobody can tell, accept in writing (acceptedGaps of the waivers file)."
	broken := find(4, "acme", firstExport, trailBucket, scanner.StatusError, "the rule failed: custom.rego:7: divide by zero")
	broken.Evidence = unknown.Evidence

	resolved := find(2, "acme", firstExport, trailBucket, scanner.StatusFail, "the export authenticates with a static access key")
	resolved.State, resolved.Evidence = scanner.StateResolved, unknown.Evidence
	return []scanner.Finding{trust, unknown, tls, resolved, broken, tlsWaived, tenant, tlsOther}
}

// withControls assesses a report's controls, and leaves all else as it is.
func withControls(r *scanner.Report) *scanner.Report {
	c := *r
	c.Findings, c.Exports, c.Tenants, c.Drift = slices.Clone(r.Findings), slices.Clone(r.Exports), slices.Clone(r.Tenants), slices.Clone(r.Drift)
	c.Summary.BySeverity = map[scanner.Severity]int{}
	c.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
	r.Controls = c.Controls
	return r
}

// hostileNames are what an attacker, or an accident, may name things.
func hostileNames() []string {
	return []string{
		"\x1b[31mred\x1b[0m\x1b]0;title\x07", "two\nlines\r\nand\ttabs", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)",
		"\u202egnp.exe\u2066", "zero\u200bwidth\ufeff", "[click](https://evil.example)", "![x](https://evil.example/x.png)",
		"| pipe | `code` | *bold* | _it_ | # head | ~~no~~", "c1\u009b31m", "broken\xff\xfebytes", "日本語のバケット名と絵文字🪣👩‍💻", "../../etc/passwd", "a:b?c#d%2e",
		"\uff1dcmd", " =cmd()", "]]>&amp;'\"", "{0} ${aws:username} {{x}}", "\x00nul", strings.Repeat("very-long-name-", 500), strings.Repeat("x", 3000),
	}
}

// hostileReport carries each hostile name in every place that a name can take.
func hostileReport() *scanner.Report {
	r := fullReport()
	r.Exports, r.Findings, r.Gaps, r.Drift, r.Tenants, r.Attestations = nil, nil, nil, nil, nil, nil
	for i, name := range hostileNames() {
		tenant := name
		r.Tenants = append(r.Tenants, scanner.TenantResult{
			Name: tenant, URL: "https://x.example/" + name, Complete: true,
			Results: map[string]scanner.Status{"enabled_export_exists": scanner.StatusPass},
		})
		r.Exports = append(r.Exports, scanner.ExportResult{
			Tenant: tenant, ID: name, Interval: name, ConnectionStatus: name, Owner: name,
			Endpoint: scanner.Endpoint{TypeName: name, Bucket: name, Path: name, RoleARN: name},
			Results:  map[string]scanner.Status{"tls_required": scanner.StatusFail, "key_usable": scanner.StatusUnknown, "uses_role": scanner.StatusFail},
		})
		f := fullFindings()[2]
		f.Tenant, f.ExportID, f.Resource, f.Message, f.Remediation = tenant, name, "arn:aws:s3:::"+name, name, name
		f.Fingerprint = scanner.Fingerprint(f.RuleID, tenant, name, f.Resource, "")
		place := in(document.KindBucketPolicy, f.Resource, fmt.Sprintf("tenant-%d/%s/policy.json", i, strings.ReplaceAll(name, "/", "_")))
		f.Evidence = []scanner.Location{place}
		r.Annex.Documents[place.Digest] = name
		r.Annex.Calls = append(r.Annex.Calls, scanner.Call{Kind: document.KindBucketPolicy, Call: name, Resource: name, Name: name, Digest: name})
		r.Annex.Deliveries[0].Tenant, r.Annex.Deliveries[0].ExportID = tenant, name
		f.Reasons = []scanner.Reason{{Policy: "bucket policy", Sid: name, Location: &place, Note: name}}
		by := attestation(scanner.AttestationApplies, "tls_required", name)
		by.By, by.Note, by.Evidence, by.Source = name, name, name, name
		r.Attestations = append(r.Attestations, by)
		f.Who = &scanner.Who{
			Match: scanner.WhoTime, Note: name, Resource: name, EventID: name, Call: name, At: r.Scan.CollectedAt,
			Principal: name, Issuer: name, AccessKey: name, SourceIP: name, UserAgent: name + "/1",
		}
		u := fullFindings()[1]
		u.Tenant, u.ExportID, u.Message, u.Needs = tenant, name, name, []string{name}
		u.Fingerprint = scanner.Fingerprint(u.RuleID, tenant, name, u.Resource, "")
		w := f
		w.RuleID, w.Waiver = "uses_role", &scanner.Waiver{Justification: name, ApprovedBy: name, Expires: "2026-12-31", Source: name}
		w.Fingerprint = scanner.Fingerprint(w.RuleID, tenant, name, w.Resource, "")
		r.Findings = append(r.Findings, f, u, w)
		r.Gaps = append(r.Gaps, scanner.Gap{
			Kind: document.KindBucketPolicy, Call: "s3:GetBucketPolicy", Resource: "arn:aws:s3:::" + name,
			Name: name, Reason: scanner.ReasonMalformed, Detail: name,
		})
		r.Drift = append(r.Drift, scanner.Change{
			Tenant: tenant, ExportID: name, Resource: name, Name: name, Before: name, After: name,
			Effect: scanner.EffectChanged, Message: name, Diff: []string{name}, Who: f.Who,
		})
	}
	r.Waivers.Applied[0].Justification, r.Waivers.Applied[0].Rules = hostileNames()[0], hostileNames()
	r.Summary.Tenants, r.Summary.Exports = len(r.Tenants), len(r.Exports)
	return r
}

// bigReport has exports of which each fails twice and lacks something.
func bigReport(exports int) *scanner.Report {
	r := fullReport()
	template, results := r.Exports[0], r.Exports[0].Results
	base := fullFindings()
	base[0].Who = nil // so that rows are short, and little is left where one does not fit
	r.Exports, r.Findings, r.Drift = nil, nil, nil
	for i := range exports {
		e := template
		e.ID, e.Endpoint.Bucket = fmt.Sprintf("%08x-0000-4000-8000-%012x", i*7919, i), fmt.Sprintf("trail-%d", i/2)
		e.Results = results
		r.Exports = append(r.Exports, e)
		for _, f := range []scanner.Finding{base[0], base[2], base[1]} {
			f.ExportID = e.ID
			if f.RuleID == "tls_required" {
				f.Resource = "arn:aws:s3:::" + e.Endpoint.Bucket
				f.Evidence = []scanner.Location{in(document.KindBucketPolicy, f.Resource, "acme/s3/"+e.Endpoint.Bucket+"/policy.json")}
			}
			f.Fingerprint = scanner.Fingerprint(f.RuleID, f.Tenant, f.ExportID, f.Resource, "")
			r.Findings = append(r.Findings, f)
		}
	}
	r.Summary.Exports = exports
	r.Summary.ByStatus = byStatus(0, 2*exports, exports, 0, exports)
	r.Summary.BySeverity = bySeverity(exports, exports, 0)
	r.Summary.Waived = 0
	return r
}

// cases are the reports that every format is run over.
func cases() map[string]func() *scanner.Report {
	return map[string]func() *scanner.Report{
		"empty": func() *scanner.Report { return withControls(emptyReport()) }, "full": func() *scanner.Report { return withControls(fullReport()) },
		"hostile": func() *scanner.Report { return withControls(hostileReport()) }, "big": func() *scanner.Report { return withControls(bigReport(400)) },
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
