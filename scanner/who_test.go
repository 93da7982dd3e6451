package scanner_test

import (
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

const (
	whoBucket = "arn:aws:s3:::audit"
	whoRole   = "arn:aws:iam::111111111111:role/immuta"
	whoPolicy = "arn:aws:iam::111111111111:policy/write"
	oldPolicy = `{"Version":"2012-10-17","Statement":[]}`
	newPolicy = `{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}],"Version":"2012-10-17"}`
)

var whoRead = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// called is an event so many hours before the documents were read.
func called(name string, hours int, more ...string) document.Event {
	e := document.Event{ID: name, Name: name, Source: "s3.amazonaws.com", Time: whoRead.Add(-time.Duration(hours) * time.Hour), Principal: "arn:aws:iam::111111111111:user/" + name}
	for _, m := range more {
		if strings.HasPrefix(m, "{") {
			e.Carries = document.PolicyDigest(m)
		} else {
			e.Policy = m
		}
	}
	return e
}

func historyOf(resource string, left bool, events ...document.Event) scanner.Evidence {
	h := document.EventHistory{Since: whoRead.Add(-90 * 24 * time.Hour), Events: append([]document.Event{}, events...), Left: left}
	return scanner.NewEvidence(document.KindEventHistory, "cloudtrail:LookupEvents", resource, "", document.Encode(h), whoRead)
}

// told judges one change, a day after the export was last seen, and returns who is
// said to have made it.
func told(t *testing.T, change scanner.Change, evidence []scanner.Evidence, gaps ...scanner.Gap) *scanner.Who {
	t.Helper()
	b := scanner.NewBuilder(scanner.Header{CollectedAt: whoRead}, nil, scanner.ReportOptions{
		Since: func(*scanner.ExportConfiguration) time.Time { return whoRead.Add(-24 * time.Hour) },
	})
	b.Add(&scanner.Judged{
		Record: &scanner.Record{Evidence: evidence, Gaps: gaps}, Subject: &scanner.Subject{}, Changes: []scanner.Change{change},
		Results: []scanner.Result{{RuleID: "r", Status: scanner.StatusPass}},
	})
	r, err := b.Report()
	if err != nil {
		t.Fatal(err)
	}
	return r.Drift[0].Who
}

func TestWho(t *testing.T) {
	policy := scanner.NewEvidence(document.KindBucketPolicy, "s3:GetBucketPolicy", whoBucket, "", newPolicy, whoRead)
	noPolicy := scanner.NewAbsence(document.KindBucketPolicy, "s3:GetBucketPolicy", whoBucket, "", whoRead)
	versioning := scanner.NewEvidence(document.KindVersioning, "s3:GetBucketVersioning", whoBucket, "", `{"Status":"Suspended"}`, whoRead)
	attached := scanner.NewEvidence(document.KindIdentityPolicy, "iam:GetPolicyVersion", whoRole, whoPolicy, newPolicy, whoRead)
	list := scanner.NewEvidence(document.KindIdentityPolicies, "iam:ListRolePolicies", whoRole, "", `{"Policies":["`+whoPolicy+`"]}`, whoRead)
	denied := scanner.Gap{Kind: document.KindEventHistory, Call: "cloudtrail:LookupEvents", Resource: whoBucket, Reason: scanner.ReasonDenied, Permission: "cloudtrail:LookupEvents"}
	ofPolicy := scanner.Change{Kind: document.KindBucketPolicy, Resource: whoBucket, Effect: scanner.EffectWidened}
	for name, tt := range map[string]struct {
		change   scanner.Change
		evidence []scanner.Evidence
		gaps     []scanner.Gap
		event    string
		match    scanner.WhoMatch
		says     string
	}{
		"the document is carried": {
			change: ofPolicy, evidence: []scanner.Evidence{policy, historyOf(whoBucket, false, called("DeleteBucketPolicy", 2), called("PutBucketPolicy", 3, newPolicy))},
			event: "PutBucketPolicy", match: scanner.WhoDocument, says: "this very document",
		},
		"another document is carried": {
			change: ofPolicy, evidence: []scanner.Evidence{policy, historyOf(whoBucket, false, called("PutBucketPolicy", 3, oldPolicy))},
			event: "PutBucketPolicy", match: scanner.WhoTime, says: "written differently",
		},
		"taken away": {
			change: ofPolicy, evidence: []scanner.Evidence{noPolicy, historyOf(whoBucket, false, called("PutBucketTagging", 1), called("DeleteBucketPolicy", 3))},
			event: "DeleteBucketPolicy", match: scanner.WhoTime, says: "by time alone",
		},
		"a setting": {
			change:   scanner.Change{Kind: document.KindVersioning, Resource: whoBucket, Effect: scanner.EffectWeaker},
			evidence: []scanner.Evidence{versioning, historyOf(whoBucket, false, called("PutBucketPolicy", 1), called("PutBucketVersioning", 3), called("PutBucketVersioning", 4))},
			event:    "PutBucketVersioning", match: scanner.WhoTime, says: "by time alone",
		},
		"a managed policy, by its own history": {
			change:   scanner.Change{Kind: document.KindIdentityPolicy, Resource: whoRole, Effect: scanner.EffectNarrowed},
			evidence: []scanner.Evidence{list, attached, historyOf(whoRole, false, called("AttachRolePolicy", 20, whoPolicy)), historyOf(whoPolicy, false, called("CreatePolicyVersion", 3, newPolicy, whoPolicy))},
			event:    "CreatePolicyVersion", match: scanner.WhoDocument, says: "this very document",
		},
		"an inline policy, and another was put since": {
			change:   scanner.Change{Kind: document.KindIdentityPolicy, Resource: whoRole, Name: "inline/put", Effect: scanner.EffectRemoved},
			evidence: []scanner.Evidence{historyOf(whoRole, false, called("PutRolePolicy", 1, "other"), called("DeleteRolePolicy", 3, "put"))},
			event:    "DeleteRolePolicy", match: scanner.WhoTime, says: "by time alone",
		},
		"before the export was last seen": {
			change: ofPolicy, evidence: []scanner.Evidence{policy, historyOf(whoBucket, false, called("PutBucketPolicy", 25, newPolicy))},
			match: scanner.WhoNobody, says: "CloudTrail shows no call that changed it since 2026-03-01 12:00 UTC; it shows calls up to 15 minutes late",
		},
		"after the document was read": {
			change: ofPolicy, evidence: []scanner.Evidence{policy, historyOf(whoBucket, false, called("PutBucketPolicy", -1, oldPolicy))},
			match: scanner.WhoNobody, says: "CloudTrail shows no call",
		},
		"pages ran out": {
			change: ofPolicy, evidence: []scanner.Evidence{policy, historyOf(whoBucket, true, called("PutBucketTagging", 2))},
			match: scanner.WhoNobody, says: "older ones since 2025-12-02 12:00 UTC were not read",
		},
		"refused": {
			change: ofPolicy, evidence: []scanner.Evidence{policy}, gaps: []scanner.Gap{denied},
			match: scanner.WhoNobody, says: "its event history could not be read: the reader lacks cloudtrail:LookupEvents",
		},
		"not asked":     {change: ofPolicy, evidence: []scanner.Evidence{policy, historyOf(whoRole, false)}},
		"no comparison": {change: scanner.Change{Kind: document.KindBucketPolicy, Resource: whoBucket, Effect: scanner.EffectIncomparable}, evidence: []scanner.Evidence{policy, historyOf(whoBucket, false)}},
		"a kind without a history": {
			change:   scanner.Change{Kind: document.KindConfiguration, Resource: "https://acme.example#1", Effect: scanner.EffectChanged},
			evidence: []scanner.Evidence{historyOf(whoBucket, false, called("PutBucketPolicy", 3))},
		},
	} {
		t.Run(name, func(t *testing.T) {
			who := told(t, tt.change, tt.evidence, tt.gaps...)
			switch {
			case tt.match == "":
				if who != nil {
					t.Errorf("got %+v, want nothing", who)
				}
			case who == nil:
				t.Error("nothing is said")
			case who.Match != tt.match || who.EventID != tt.event || !strings.Contains(who.String(), tt.says):
				t.Errorf("got %+v: %s", who, who)
			}
		})
	}
}

// TestWhoIsSaidOfWhatIsNew, and not of what failed before, which nobody need have
// touched.
func TestWhoIsSaidOfWhatIsNew(t *testing.T) {
	fails := func(rule string) scanner.Result {
		return scanner.Result{RuleID: rule, Status: scanner.StatusFail, Findings: []scanner.Finding{{
			RuleID: rule, Status: scanner.StatusFail, Severity: scanner.SeverityHigh, Tenant: "t", ExportID: "e", Resource: whoBucket, Fingerprint: rule,
			Evidence: []scanner.Location{{Kind: document.KindDelivery, Resource: whoBucket + "/x"}, {Kind: document.KindBucketPolicy, Resource: whoBucket}},
		}}}
	}
	policy := scanner.NewEvidence(document.KindBucketPolicy, "s3:GetBucketPolicy", whoBucket, "", newPolicy, whoRead)
	b := scanner.NewBuilder(scanner.Header{CollectedAt: whoRead}, nil, scanner.ReportOptions{
		Since: func(*scanner.ExportConfiguration) time.Time { return time.Time{} },
	})
	b.Add(&scanner.Judged{
		Record:  &scanner.Record{Evidence: []scanner.Evidence{policy, historyOf(whoBucket, false, called("PutBucketPolicy", 3, newPolicy))}},
		Subject: &scanner.Subject{}, Results: []scanner.Result{fails("old"), fails("new")},
	})
	r, err := b.Report()
	if err != nil {
		t.Fatal(err)
	}
	scanner.Compare(r, []scanner.Earlier{{Tenant: "t", Exports: []string{"e"}, Complete: true, Findings: []scanner.Prior{{Fingerprint: "old", ExportID: "e", RuleID: "old", Status: scanner.StatusFail}}}})
	r.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
	for i := range r.Findings {
		f := &r.Findings[i]
		if (f.Who != nil) != (f.RuleID == "new") || f.Who != nil && f.Who.EventID != "PutBucketPolicy" {
			t.Errorf("%s: %+v", f.RuleID, f.Who)
		}
	}
}
