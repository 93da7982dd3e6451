package opa_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// policy is the reference of the subject's bucket policy.
var policy = scanner.Ref(document.KindBucketPolicy, bucket, "")

func access(principal, pointer, key string) value {
	return value{
		"principal": principal, "kind": "account", "action": "s3:PutObject", "how": "by the bucket policy",
		"at": scanner.At(policy, pointer), "key": key,
	}
}

func TestFindingPointsAtTheStatement(t *testing.T) {
	s := subject(t, map[string]any{"foreign_writers": value{
		"bucket": "audit", "accesses": []any{access("333333333333", "/Statement/1", "k1"), access("222222222222", "/Statement/0", "k0")},
	}})
	status := s.Facts["foreign_writers"]
	status.Evidence = []string{policy}
	status.Reasons = []scanner.Reason{
		{At: scanner.At(policy, "/Statement/0"), Policy: "bucket policy", Sid: "A", Effect: "Allow", Note: "allows one"},
		{At: scanner.At(policy, "/Statement/1"), Policy: "bucket policy", Sid: "B", Index: 1, Effect: "Allow", Note: "allows other"},
	}
	s.Facts["foreign_writers"] = status
	result := evaluate(t, load(t, shipped()), s)["no_foreign_writers"]
	if result.Status != scanner.StatusFail || len(result.Findings) != 2 {
		t.Fatalf("result is %+v", result)
	}
	for _, f := range result.Findings {
		index, key, sid, line := "0", "k0", "A", 3
		if strings.HasPrefix(f.Message, "333333333333") {
			index, key, sid, line = "1", "k1", "B", 6
		}
		want := scanner.Location{
			Kind: document.KindBucketPolicy, Resource: bucket, Digest: "d1", Path: "acme/s3/audit/policy.json",
			Pointer: "/Statement/" + index, Line: line, Column: 5,
		}
		if diff := cmp.Diff(want, f.Evidence[0]); diff != "" {
			t.Errorf("the first evidence is another: %s", diff)
		}
		if f.Reasons[0].Sid != sid || f.Reasons[0].Location == nil || f.Reasons[0].Location.Line != line || len(f.Reasons) != 2 {
			t.Errorf("reasons are %+v", f.Reasons)
		}
		if f.Fingerprint != scanner.Fingerprint("no_foreign_writers", "acme", exportID, bucket, key) {
			t.Errorf("fingerprint is not that of rule, tenant, export, resource and key %s", key)
		}
		if f.Resource != bucket || f.Severity != scanner.SeverityHigh || f.Remediation == "" || len(f.Controls) == 0 {
			t.Errorf("finding is %+v", f)
		}
	}
	if s.Facts["foreign_writers"].Reasons[0].Location != nil {
		t.Error("the subject was changed")
	}
}

func TestFindingsOfOneKeyAreMerged(t *testing.T) {
	s := subject(t, map[string]any{"foreign_writers": value{
		"bucket": "audit", "accesses": []any{access("b", "/Statement/1", "k"), access("a", "/Statement/0", "k")},
	}})
	findings := evaluate(t, load(t, shipped()), s)["no_foreign_writers"].Findings
	if len(findings) != 1 {
		t.Fatalf("there are %d findings, want one", len(findings))
	}
	f := findings[0]
	a, b := strings.Index(f.Message, "a may"), strings.Index(f.Message, "; b may")
	if a != 0 || b < 0 || len(f.Evidence) != 2 {
		t.Errorf("finding is %+v", f)
	}
}

// TestAFindingShowsSomeOfManyReasons: those that decide come first, and the rest
// is counted.
func TestAFindingShowsSomeOfManyReasons(t *testing.T) {
	s := subject(t, map[string]any{"foreign_writers": value{
		"bucket": "audit", "accesses": []any{access("333333333333", "/Statement/1", "k1")},
	}})
	status := s.Facts["foreign_writers"]
	status.Evidence = []string{policy}
	for i := range 120 {
		status.Reasons = append(status.Reasons, scanner.Reason{At: scanner.At(policy, "/Statement/0"), Policy: "bucket policy", Note: fmt.Sprintf("considered %d", i)})
	}
	status.Reasons = append(status.Reasons, scanner.Reason{At: scanner.At(policy, "/Statement/1"), Policy: "bucket policy", Sid: "B", Index: 1, Note: "decides"})
	s.Facts["foreign_writers"] = status
	reasons := evaluate(t, load(t, shipped()), s)["no_foreign_writers"].Findings[0].Reasons
	if len(reasons) != 51 || reasons[0].Note != "decides" || reasons[1].Note != "considered 0" || reasons[50].Note != "and 71 more that are not shown" {
		t.Errorf("%d reasons: first %+v, last %+v", len(reasons), reasons[0], reasons[len(reasons)-1])
	}
}

func TestFindingWithoutADocumentPointsAtTheConfiguration(t *testing.T) {
	s := subject(t, map[string]any{"enabled": value{"enabled": false}})
	f := evaluate(t, load(t, only()), s)["configuration_enabled"].Findings[0]
	want := []scanner.Location{{
		Kind: document.KindConfiguration, Resource: "https://acme.example#" + exportID, Digest: "d2",
		Path: "acme/immuta/" + exportID + ".json", Line: 1, Column: 1,
	}}
	if diff := cmp.Diff(want, f.Evidence); diff != "" {
		t.Error(diff)
	}
	s.Documents = nil
	want[0].Digest, want[0].Resource = "", "acme#"+exportID
	f = evaluate(t, load(t, only()), s)["configuration_enabled"].Findings[0]
	if diff := cmp.Diff(want, f.Evidence); diff != "" {
		t.Error(diff)
	}
}

func TestFindingTakesTheReasonsPlace(t *testing.T) {
	s := subject(t, map[string]any{"enabled": value{"enabled": false}})
	status := s.Facts["enabled"]
	status.Reasons = []scanner.Reason{{At: scanner.At(s.Documents[1].Ref(), "/interval"), Index: -1, Note: "n"}}
	s.Facts["enabled"] = status
	f := evaluate(t, load(t, only()), s)["configuration_enabled"].Findings[0]
	if len(f.Evidence) != 1 || f.Evidence[0].Line != 3 || f.Evidence[0].Pointer != "/interval" {
		t.Errorf("evidence is %+v", f.Evidence)
	}
}

// TestFindingShowsNoBystander: a Deny that was considered and did not decide
// must not be shown as what a missing grant is about.
func TestFindingShowsNoBystander(t *testing.T) {
	s := subject(t, map[string]any{"put_object": value{
		"writer": "w", "target": "t", "granted": false, "denied": false, "missing": []any{}, "at": "",
	}})
	status := s.Facts["put_object"]
	status.Evidence = []string{s.Documents[1].Ref(), policy}
	status.Reasons = []scanner.Reason{{At: scanner.At(policy, "/Statement/0"), Policy: "bucket policy", Effect: "Deny", Note: "does not apply"}}
	s.Facts["put_object"] = status
	f := evaluate(t, load(t, shipped()), s)["put_object_granted"].Findings[0]
	if len(f.Evidence) != 3 || f.Evidence[0].Kind != document.KindConfiguration || f.Evidence[2].Pointer != "/Statement/0" {
		t.Errorf("evidence is %+v", f.Evidence)
	}
}

func TestUnknownSaysWhatToDo(t *testing.T) {
	denied := scanner.Gap{
		Kind: document.KindBucketPolicy, Call: "s3:GetBucketPolicy", Resource: bucket,
		Reason: scanner.ReasonDenied, Permission: "s3:GetBucketPolicy",
	}
	tests := map[string]struct {
		status                   scanner.FactStatus
		message, remediation     string
		wantGaps, wantNeedsCount int
	}{
		"denied": {
			scanner.FactStatus{Gaps: []scanner.Gap{denied, denied}},
			"not assessed: bucket policy of arn:aws:s3:::audit could not be read: the reader lacks s3:GetBucketPolicy",
			"Grant s3:GetBucketPolicy on arn:aws:s3:::audit", 1, 0,
		},
		"denied, in the fact's words": {
			scanner.FactStatus{Because: "the bucket policy could not be read", Gaps: []scanner.Gap{denied}},
			"not assessed: the bucket policy could not be read", "Grant s3:GetBucketPolicy", 1, 0,
		},
		"throttled": {
			scanner.FactStatus{Gaps: []scanner.Gap{{Kind: document.KindKey, Resource: "k", Reason: scanner.ReasonThrottled, Detail: "503"}}},
			"not assessed: key of k could not be read: throttled", "Run the scan again", 1, 0,
		},
		"nobody said": {
			scanner.FactStatus{Gaps: []scanner.Gap{{Kind: document.KindUser, Name: "n", Resource: "r", Reason: scanner.ReasonSubjectMissing, Detail: "nobody names it; set userArn."}}},
			"not assessed: user n of r is not known: nobody names it", "Set userArn.", 1, 0,
		},
		"depends": {
			scanner.FactStatus{Because: "it is conditional", Needs: []string{"aws:SourceIp", "aws:PrincipalOrgID"}},
			"not assessed: it is conditional; it depends on aws:PrincipalOrgID, aws:SourceIp",
			"Check by hand who meets the condition on aws:PrincipalOrgID, aws:SourceIp; where it is right as it is, accept that in writing", 0, 2,
		},
		"depends on what the operator may declare": {
			scanner.FactStatus{Because: "it depends on aws:SourceVpce", Needs: []string{"aws:SourceVpce"}, DeclaredIn: "expect.requests"},
			"not assessed: it depends on aws:SourceVpce",
			"Declare what Immuta's requests hold under aws:SourceVpce in expect.requests", 0, 1,
		},
		"without a word": {scanner.FactStatus{}, "not assessed: the evidence does not decide it", "run the scan again", 0, 0},
	}
	engine := load(t, shipped())
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.status.State, tt.status.Resource = scanner.FactUnknown, bucket
			result := evaluate(t, engine, subject(t, map[string]any{"put_object": tt.status}))["put_object_granted"]
			if result.Status != scanner.StatusUnknown || len(result.Findings) != 1 {
				t.Fatalf("result is %+v", result)
			}
			f := result.Findings[0]
			if f.Message != tt.message || !strings.Contains(f.Remediation, tt.remediation) {
				t.Errorf("message %q\nremediation %q", f.Message, f.Remediation)
			}
			if len(f.Gaps) != tt.wantGaps || len(f.Needs) != tt.wantNeedsCount || len(f.Evidence) == 0 {
				t.Errorf("finding is %+v", f)
			}
			failed := subject(t, map[string]any{"put_object": value{
				"writer": "w", "target": "t", "granted": false, "denied": false, "missing": []any{}, "at": "",
			}})
			fail := evaluate(t, engine, failed)["put_object_granted"].Findings[0]
			if f.Fingerprint != fail.Fingerprint {
				t.Error("the unknown has another fingerprint than the fail")
			}
		})
	}
}

func TestRuleNamesItsOwnResource(t *testing.T) {
	dir := folder(t, map[string]string{"r.rego": own("r", `
deny contains {"message": "two", "resource": "b"} if input.facts.interval.value.hours > 1

deny contains {"message": "one"} if input.facts.interval.value.hours > 1

deny contains {"message": "the same", "resource": "`+bucket+`"} if input.facts.interval.value.hours > 1
`)})
	findings := evaluate(t, load(t, only(dir)), subject(t, map[string]any{"interval": interval(24)}))["acme.r"].Findings
	var got []string
	seen := map[string]bool{}
	for _, f := range findings {
		got = append(got, f.Resource+" "+f.Message)
		if seen[f.Fingerprint] {
			t.Errorf("%s has the fingerprint of another", f.Message)
		}
		seen[f.Fingerprint] = true
	}
	want := []string{bucket + " one; the same", "b two"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
