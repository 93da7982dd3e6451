package opa_test

import (
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
)

// TestDriftRules derives and judges: which change makes which rule fail.
func TestDriftRules(t *testing.T) {
	const (
		configuration = "configuration_unchanged"
		widened       = "access_not_widened"
		lost          = "access_not_lost"
		protection    = "protection_not_weakened"
		bucketARN     = "arn:aws:s3:::audit"
		roleARN       = "arn:aws:iam::111111111111:role/immuta-audit"
	)
	change := func(kind document.Kind, effect scanner.Effect) scanner.Change {
		return scanner.Change{Kind: kind, Resource: bucketARN, Pointer: "/Statement/0", Effect: effect, Message: "the " + kind.Noun() + " is " + string(effect)}
	}
	seen := func(principal string) scanner.Change {
		c := change(document.KindBucketPolicy, scanner.EffectNarrowed)
		c.Witness = &scanner.Witness{Principal: principal}
		return c
	}
	tests := map[string]struct {
		changes []scanner.Change
		want    map[string]scanner.Status
	}{
		"nothing":                             {nil, nil},
		"interval":                            {[]scanner.Change{change(document.KindConfiguration, scanner.EffectChanged)}, map[string]scanner.Status{configuration: scanner.StatusFail}},
		"re-created":                          {[]scanner.Change{change(document.KindConfiguration, scanner.EffectRecreated)}, map[string]scanner.Status{configuration: scanner.StatusFail}},
		"policy reordered":                    {[]scanner.Change{change(document.KindBucketPolicy, scanner.EffectEquivalent)}, nil},
		"policy widened":                      {[]scanner.Change{change(document.KindTrustPolicy, scanner.EffectWidened)}, map[string]scanner.Status{widened: scanner.StatusFail}},
		"policy mixed":                        {[]scanner.Change{change(document.KindBucketPolicy, scanner.EffectMixed)}, map[string]scanner.Status{widened: scanner.StatusFail, lost: scanner.StatusFail}},
		"own policy narrowed":                 {[]scanner.Change{change(document.KindIdentityPolicy, scanner.EffectNarrowed)}, map[string]scanner.Status{lost: scanner.StatusFail}},
		"narrowed for the writer":             {[]scanner.Change{seen("arn:aws:sts::111111111111:assumed-role/immuta-audit/immuta")}, map[string]scanner.Status{lost: scanner.StatusFail}},
		"narrowed for somebody else":          {[]scanner.Change{seen("arn:aws:iam::999999999999:role/x")}, nil},
		"policy removed":                      {[]scanner.Change{change(document.KindBucketPolicy, scanner.EffectRemoved)}, map[string]scanner.Status{widened: scanner.StatusFail, lost: scanner.StatusFail}},
		"policy cannot be compared":           {[]scanner.Change{change(document.KindBucketPolicy, scanner.EffectIncomparable)}, map[string]scanner.Status{widened: scanner.StatusUnknown, lost: scanner.StatusUnknown}},
		"setting weaker":                      {[]scanner.Change{change(document.KindVersioning, scanner.EffectWeaker)}, map[string]scanner.Status{protection: scanner.StatusFail}},
		"setting stronger":                    {[]scanner.Change{change(document.KindVersioning, scanner.EffectStronger)}, nil},
		"setting cannot be compared":          {[]scanner.Change{change(document.KindVersioning, scanner.EffectIncomparable)}, map[string]scanner.Status{protection: scanner.StatusUnknown}},
		"one certain, one not":                {[]scanner.Change{change(document.KindVersioning, scanner.EffectIncomparable), change(document.KindEncryption, scanner.EffectWeaker)}, map[string]scanner.Status{protection: scanner.StatusFail}},
		"list cannot be compared":             {[]scanner.Change{change(document.KindConfigurations, scanner.EffectIncomparable)}, map[string]scanner.Status{configuration: scanner.StatusUnknown}},
		"setting changed, no better or worse": {[]scanner.Change{change(document.KindEncryption, scanner.EffectChanged)}, nil},
		"bucket gone":                         {[]scanner.Change{change(document.KindBucket, scanner.EffectRemoved)}, map[string]scanner.Status{protection: scanner.StatusFail}},
		"bucket has another owner":            {[]scanner.Change{change(document.KindBucketOwner, scanner.EffectChanged)}, map[string]scanner.Status{protection: scanner.StatusFail}},
		"role re-created":                     {[]scanner.Change{change(document.KindRole, scanner.EffectRecreated)}, map[string]scanner.Status{lost: scanner.StatusFail}},
		"role there again":                    {[]scanner.Change{change(document.KindRole, scanner.EffectAdded)}, nil},
		"ACL grants less":                     {[]scanner.Change{change(document.KindACL, scanner.EffectNarrowed)}, nil},
		"ACL grants more":                     {[]scanner.Change{change(document.KindACL, scanner.EffectWidened)}, map[string]scanner.Status{widened: scanner.StatusFail}},
		"an effect nobody knows":              {[]scanner.Change{change(document.KindKeyPolicy, "odd")}, map[string]scanner.Status{widened: scanner.StatusFail, lost: scanner.StatusFail}},
	}
	engine := load(t, shipped())
	tenant := scanner.Tenant{Name: "acme", URL: "https://acme.example", ConfigurationIDs: []string{"a"}, Complete: true}
	record := scanner.Record{Configuration: scanner.ExportConfiguration{Tenant: "acme", ID: "a", Endpoint: scanner.Endpoint{
		Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole, Bucket: "audit", RoleARN: roleARN,
	}}}
	record.Evidence = []scanner.Evidence{scanner.NewEvidence(document.KindConfiguration, "immuta:getAllExportConfigurations", tenant.URL+"#a", "", "{}", time.Time{})}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := facts.New(facts.Options{
				AsOf: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC), Tenants: []scanner.Tenant{tenant},
			}).Record(&record, &facts.Since{Baseline: "digest", Changes: tt.changes})
			results := evaluate(t, engine, s)
			for _, rule := range []string{configuration, widened, lost, protection} {
				want := scanner.StatusPass
				if status, ok := tt.want[rule]; ok {
					want = status
				}
				if got := results[rule].Status; got != want {
					t.Errorf("%s is %s, want %s: %+v", rule, got, want, results[rule].Findings)
				}
			}
		})
	}
	t.Run("a finding shows what its rule denies", func(t *testing.T) {
		since := &facts.Since{Baseline: "digest", Changes: []scanner.Change{
			change(document.KindBucketPolicy, scanner.EffectWidened), change(document.KindKeyPolicy, scanner.EffectMixed),
			change(document.KindTrustPolicy, scanner.EffectNarrowed),
		}}
		s := facts.New(facts.Options{Tenants: []scanner.Tenant{tenant}}).Record(&record, since)
		findings := evaluate(t, engine, s)[widened].Findings
		if len(findings) != 2 {
			t.Fatalf("%d findings, want 2", len(findings))
		}
		for _, f := range findings {
			if len(f.Reasons) != 2 || f.Reasons[0].Note != "the bucket policy is widened" || f.Reasons[1].Note != "the key policy is mixed" {
				t.Errorf("reasons are %+v", f.Reasons)
			}
		}
	})
}
