package facts_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
)

func TestDrift(t *testing.T) {
	const (
		configuration = "configuration_drift"
		widened       = "access_widened"
		lost          = "access_lost"
		protection    = "protection_drift"
	)
	change := func(kind document.Kind, effect scanner.Effect) scanner.Change {
		return scanner.Change{Kind: kind, Resource: bucketARN, Pointer: "/Statement/0", Effect: effect, Message: "it changed"}
	}
	tests := map[string]struct {
		changes []scanner.Change
		want    expectation // what is not listed lists nothing
	}{
		"nothing":                    {nil, nil},
		"interval":                   {[]scanner.Change{change(document.KindConfiguration, scanner.EffectChanged)}, expectation{configuration: bad}},
		"policy widened":             {[]scanner.Change{change(document.KindTrustPolicy, scanner.EffectWidened)}, expectation{widened: bad, lost: bad}},
		"ACL grants less":            {[]scanner.Change{change(document.KindACL, scanner.EffectNarrowed)}, expectation{widened: bad, lost: bad}},
		"role re-created":            {[]scanner.Change{change(document.KindRole, scanner.EffectRecreated)}, expectation{lost: bad}},
		"setting stronger":           {[]scanner.Change{change(document.KindVersioning, scanner.EffectStronger)}, expectation{protection: bad}},
		"policy cannot be compared":  {[]scanner.Change{change(document.KindBucketPolicy, scanner.EffectIncomparable)}, expectation{widened: unknown, lost: unknown}},
		"setting cannot be compared": {[]scanner.Change{change(document.KindVersioning, scanner.EffectIncomparable)}, expectation{protection: unknown}},
		"one certain, one not":       {[]scanner.Change{change(document.KindVersioning, scanner.EffectIncomparable), change(document.KindEncryption, scanner.EffectWeaker)}, expectation{protection: unknown}},
		"list cannot be compared":    {[]scanner.Change{change(document.KindConfigurations, scanner.EffectIncomparable)}, expectation{configuration: unknown}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := healthy()
			w.since = &facts.Since{Baseline: "digest", Changes: tt.changes}
			s, in := w.subject(t)
			got := verdicts(t, s)
			want := expectation{configuration: sound, widened: sound, lost: sound, protection: sound}
			for fact, v := range tt.want {
				want[fact] = v
			}
			for fact, v := range want {
				if got[fact] != v {
					t.Errorf("%s is %s, want %s: %+v", fact, got[fact], v, s.Facts[fact])
				}
				if v == unknown && len(s.Facts[fact].Gaps) == 0 {
					t.Errorf("%s is unknown without a gap", fact)
				}
			}
			if in.Facts.ConfigurationDrift.Value.Baseline != "digest" {
				t.Error("the baseline's digest is lost")
			}
			if name == "one certain, one not" && len(in.Facts.ProtectionDrift.Value.Changes) != 1 {
				t.Errorf("what is certain is not listed: %+v", in.Facts.ProtectionDrift.Value)
			}
		})
	}
	t.Run("who is hit", func(t *testing.T) {
		seen := func(kind document.Kind, principal string) scanner.Change {
			c := change(kind, scanner.EffectNarrowed)
			if principal != "" {
				c.Witness = &scanner.Witness{Principal: principal}
			}
			return c
		}
		const writer, other = "arn:aws:sts::111111111111:assumed-role/immuta-audit/immuta", "arn:aws:iam::999999999999:role/x"
		for i, tt := range []struct {
			change scanner.Change
			want   bool
		}{
			{seen(document.KindBucketPolicy, writer), true},
			{seen(document.KindBucketPolicy, other), false},
			{seen(document.KindKeyPolicy, ""), true}, // nothing shows that it is only others
			{seen(document.KindACL, ""), false},      // its grants name no role or user
			{seen(document.KindIdentityPolicy, other), true},
			{seen(document.KindTrustPolicy, other), true},
			{seen(document.KindRole, ""), true},
		} {
			w := healthy()
			w.since = &facts.Since{Baseline: "digest", Changes: []scanner.Change{tt.change}}
			_, in := w.subject(t)
			if got := in.Facts.AccessLost.Value.Changes; len(got) != 1 || got[0].HitsWriter != tt.want {
				t.Errorf("%d: %s hits the writer: want %t, got %+v", i, tt.change.Kind, tt.want, got)
			}
		}
	})
	t.Run("no baseline", func(t *testing.T) {
		w := healthy()
		s, _ := w.subject(t)
		if got := verdicts(t, s)[widened]; got != none {
			t.Errorf("access_widened is %s without a baseline", got)
		}
	})
	t.Run("the gap behind it is shown", func(t *testing.T) {
		w := healthy()
		w.deny(document.KindBucketPolicy)
		w.since = &facts.Since{Baseline: "digest", Changes: []scanner.Change{change(document.KindBucketPolicy, scanner.EffectIncomparable)}}
		s, _ := w.subject(t)
		if gaps := s.Facts[widened].Gaps; len(gaps) != 1 || gaps[0].Permission != "test:Read" {
			t.Errorf("gaps are %+v", gaps)
		}
	})
}

func TestRemovedExports(t *testing.T) {
	tenant := scanner.Tenant{Name: "acme", URL: "https://acme.example", Complete: true}
	gone := scanner.Change{Tenant: "acme", ExportID: "old", Kind: document.KindConfiguration, Resource: "https://acme.example#old", Effect: scanner.EffectRemoved, Message: "gone"}
	doubtful := gone
	doubtful.Effect = scanner.EffectIncomparable
	tests := []struct {
		name   string
		since  *facts.Since
		want   scanner.FactState
		listed int
	}{
		{"without a baseline", nil, scanner.FactNotApplicable, 0},
		{"none", &facts.Since{}, scanner.FactKnown, 0},
		{"one", &facts.Since{Changes: []scanner.Change{gone}}, scanner.FactKnown, 1},
		{"one in doubt", &facts.Since{Changes: []scanner.Change{doubtful}}, scanner.FactUnknown, 0},
		{"one, and one in doubt", &facts.Since{Changes: []scanner.Change{gone, doubtful}}, scanner.FactKnown, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := facts.New(facts.Options{Tenants: []scanner.Tenant{tenant}}).Tenant(&tenant, tt.since)
			if err != nil {
				t.Fatal(err)
			}
			input := input(t, s)
			listed := 0
			if v := input.Facts.RemovedExports.Value; v != nil {
				listed = len(v.Changes)
			}
			status := s.Facts["removed_exports"]
			if status.State != tt.want || listed != tt.listed {
				t.Errorf("state %s with %d exports, want %s with %d", status.State, listed, tt.want, tt.listed)
			}
			if status.State == scanner.FactUnknown && len(status.Gaps) == 0 {
				t.Error("unknown without a gap")
			}
		})
	}
}
