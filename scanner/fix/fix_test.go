package fix_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/fix"
)

const (
	bucket = "arn:aws:s3:::trail"
	role   = "arn:aws:iam::111111111111:role/writer"
)

var collected = time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)

// with is a record of documents: kind, resource, name and text in turn; an empty text
// is the certainty that there is none.
func with(documents ...[4]string) *scanner.Record {
	r := &scanner.Record{Configuration: scanner.ExportConfiguration{ID: "id-1", Tenant: "acme"}}
	r.Configuration.Endpoint.Path = "audit"
	add := func(d [4]string) {
		kind := document.Kind(d[0])
		e := scanner.NewEvidence(kind, "call", d[1], d[2], d[3], collected)
		if d[3] == "" {
			e = scanner.NewAbsence(kind, "call", d[1], d[2], collected)
		}
		r.Evidence = append(r.Evidence, e)
	}
	add([4]string{"bucket", bucket, "", `{"Exists":true}`})
	add([4]string{"role", role, "", `{"Role":{}}`})
	for _, d := range documents {
		add(d)
	}
	return r
}

func propose(rule string, r *scanner.Record, pointers ...string) []fix.Change {
	return proposeTo(rule, r, scanner.Expect{ImmutaAccounts: []string{"222222222222"}}, pointers...)
}

// proposeTo returns the proposals that are one document.
func proposeTo(rule string, r *scanner.Record, expect scanner.Expect, pointers ...string) []fix.Change {
	var single []fix.Change
	for _, p := range proposals(rule, r, expect, pointers...) {
		if len(p.Changes) == 1 {
			single = append(single, p.Changes[0])
		}
	}
	return single
}

func proposals(rule string, r *scanner.Record, expect scanner.Expect, pointers ...string) []fix.Proposal {
	f := &scanner.Finding{RuleID: rule, Tenant: "acme", ExportID: "id-1", Status: scanner.StatusFail}
	for _, p := range pointers {
		for i := range r.Evidence {
			if e := &r.Evidence[i]; e.Kind.OfIdentity() || e.Kind == document.KindBucketPolicy || e.Kind == document.KindTrustPolicy || e.Kind == document.KindKeyPolicy || e.Kind == document.KindLifecycle {
				f.Evidence = append(f.Evidence, scanner.Location{Kind: e.Kind, Resource: e.Resource, Name: e.Name, Pointer: p})
			}
		}
	}
	return fix.Proposals(&fix.Case{
		Finding: f, Record: r, Neighbours: []*scanner.Record{r},
		Settings: &scanner.Settings{Expect: map[string]scanner.Expect{"acme": expect}},
	})
}

func short(text string) string { return strings.Join(strings.Fields(text), "") }

func policy(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

const (
	allow = `{"Sid":"A","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::333333333333:root","arn:aws:iam::444444444444:root"]},"Action":"s3:GetObject","Resource":"arn:aws:s3:::trail/*"}`
	other = `{"Sid":"DenyPlainHTTP","Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::trail/*"}`
)

func TestNewPolicyWhereThereWasNone(t *testing.T) {
	p := propose("tls_required", with([4]string{"bucket_policy", bucket, "", ""}))
	if len(p) != 1 || p[0].Before != "" || !strings.Contains(short(p[0].Document), `"aws:SecureTransport":"false"`) || p[0].Patch[0].Op != "add" {
		t.Errorf("proposals are %+v", p)
	}
}

func TestStatementIsAddedBehindTheOthers(t *testing.T) {
	p := propose("tls_required", with([4]string{"bucket_policy", bucket, "", policy(allow, other)}))
	if len(p) != 1 || !strings.HasPrefix(short(p[0].Document), strings.TrimSuffix(policy(allow, other), "]}")) {
		t.Fatalf("proposals are %+v", p)
	}
	if !strings.Contains(short(p[0].Document), `"Sid":"DenyPlainHTTP2"`) {
		t.Errorf("a Sid is there twice: %s", p[0].Document)
	}
	if p[0].Patch[0].Op != "test" || p[0].Patch[1].Path != "/Statement/-" {
		t.Errorf("the patch is %+v", p[0].Patch)
	}
}

func TestOneStatementBecomesAList(t *testing.T) {
	p := propose("tls_required", with([4]string{"bucket_policy", bucket, "", `{"Version":"2012-10-17","Statement":` + other + `}`}))
	if len(p) != 1 || !strings.Contains(short(p[0].Document), `"Statement":[`+other+`,{`) {
		t.Errorf("proposals are %+v", p)
	}
}

func TestWhatNobodyCouldReadIsNotChanged(t *testing.T) {
	for _, rule := range []string{"tls_required", "versioned", "not_public", "owner_readable", "external_id_required", "key_usable", "writers_confined", "no_silent_denial"} {
		if p := propose(rule, with()); len(p) != 0 {
			t.Errorf("%s: proposals are %+v", rule, p)
		}
	}
}

// AWS refuses a policy without a statement.
func TestTheLastStatementStays(t *testing.T) {
	if p := propose("principal_expected", with([4]string{"bucket_policy", bucket, "", policy(other)}), "/Statement/0"); len(p) != 0 {
		t.Errorf("proposals are %+v", p)
	}
}

// Evidence of a lifecycle holds less than S3 has: put back, it would lose the rest.
func TestPartsOfASettingAreNotPutBack(t *testing.T) {
	if p := propose("retention_sufficient", with([4]string{"lifecycle", bucket, "", `{"Rules":[{"Status":"Enabled","Expiration":{"Days":1}}]}`}), "/Rules/0"); len(p) != 0 {
		t.Errorf("proposals are %+v", p)
	}
}

func TestOnePrincipalOfSeveralComesBeforeTheStatement(t *testing.T) {
	p := propose("no_foreign_readers", with([4]string{"bucket_policy", bucket, "", policy(allow, other)}), "", "/Statement/0")
	if len(p) != 3 {
		t.Fatalf("proposals are %+v", p)
	}
	for i, left := range []string{"444444444444", "333333333333"} {
		if !strings.Contains(p[i].Document, left) || strings.Count(p[i].Document, ":root") != 1 {
			t.Errorf("proposal %d is %s", i, p[i].Document)
		}
	}
	if short(p[2].Document) != policy(other) {
		t.Errorf("the last proposal is %s", p[2].Document)
	}
}

func TestExternalIDReplacesEveryOther(t *testing.T) {
	trust := policy(`{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole","Condition":{"StringLike":{"STS:ExternalID":"*","aws:PrincipalTag/x":"y"}}}`)
	p := propose("external_id_required", with([4]string{"trust_policy", role, "", trust}))
	if len(p) == 0 {
		t.Fatal("no proposal")
	}
	var doc struct {
		Statement []struct{ Condition map[string]map[string]string }
	}
	if err := json.Unmarshal([]byte(p[0].Document), &doc); err != nil {
		t.Fatal(err)
	}
	c := doc.Statement[0].Condition
	if c["StringEquals"]["sts:ExternalId"] != "id-1" || len(c["StringLike"]) != 1 || c["StringLike"]["aws:PrincipalTag/x"] != "y" {
		t.Errorf("the condition is %v", c)
	}
	// Another id lets Immuta in that was not, and that is meant.
	if before, after := p[0].Masked(); !strings.Contains(before, "222222222222") || !strings.Contains(short(after), `"sts:ExternalId":["id-1"]`) {
		t.Errorf("what is meant is not masked: %s", after)
	}
}

// What is declared to be of something else in Immuta stays: that would stop without it.
func TestExternalIDOfSomethingElseStays(t *testing.T) {
	trust := policy(`{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":["stale","summary"]}}}`)
	expect := scanner.Expect{OtherExternalIDs: []scanner.OtherExternalID{{ID: "summary", Reason: "finance's"}, {ID: "elsewhere", Reason: "x"}}}
	p := proposeTo("external_id_required", with([4]string{"trust_policy", role, "", trust}), expect)
	if len(p) == 0 || !strings.Contains(short(p[0].Document), `"sts:ExternalId":["id-1","summary"]`) {
		t.Errorf("proposals are %+v", p)
	}
}

// A neighbour whose writer is not known would be locked out.
func TestNobodyIsLockedOut(t *testing.T) {
	r := with([4]string{"bucket_policy", bucket, "", policy(other)})
	r.Evidence = append(r.Evidence[:1:1], r.Evidence[2:]...) // without its role
	if p := propose("writers_confined", r); len(p) != 0 {
		t.Errorf("proposals are %+v", p)
	}
}

func TestVersioningKeepsMFADelete(t *testing.T) {
	p := propose("versioned", with([4]string{"versioning", bucket, "", `{"Status":"Suspended","MFADelete":"Enabled"}`}))
	if len(p) != 1 || short(p[0].Document) != `{"Status":"Enabled","MFADelete":"Enabled"}` {
		t.Errorf("proposals are %+v", p)
	}
}
