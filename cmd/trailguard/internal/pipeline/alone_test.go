package pipeline_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/opa"
)

// A rule that is judged alone has no facts but its own. It must find, and say of each
// export, what it does among all rules.
func TestARuleAloneFindsWhatItFindsAmongAll(t *testing.T) {
	before, now := filepath.Join(t.TempDir(), "before.jsonl"), filepath.Join(t.TempDir(), "now.jsonl")
	world(t, before, func(int, *scanner.Record) {})
	world(t, now, func(i int, r *scanner.Record) {
		for j := range r.Evidence {
			e := &r.Evidence[j]
			if i%4 == 0 && e.Kind == document.KindBucketPolicy && !e.Absent {
				*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, strings.Replace(e.Text, `"Action": "s3:PutObject"`, `"Action": "s3:*"`, 1), e.CollectedAt)
			}
		}
		if i%5 == 0 {
			r.Gaps = append(r.Gaps, scanner.Gap{Kind: document.KindEncryption, Resource: "arn:aws:s3:::x", Reason: scanner.ReasonDenied, Permission: "s3:GetEncryptionConfiguration"})
		}
	})
	all := engine(t)
	whole := judged(t, all, before, now)
	failing := 0
	for _, rule := range all.Rules() {
		selected, err := all.Select(rule.ID)
		if err != nil {
			t.Fatal(err)
		}
		alone := judged(t, selected, before, now)
		if diff := cmp.Diff(findingsOf(whole, rule.ID), findingsOf(alone, rule.ID)); diff != "" {
			t.Errorf("%s (-among all +alone):\n%s", rule.ID, diff)
		}
		failing += min(len(alone.Findings), 1)
		for i := range whole.Exports {
			one, other := whole.Exports[i], alone.Exports[i]
			if one.Results[rule.ID] != other.Results[rule.ID] {
				t.Errorf("%s is %s of %s alone, want %s", rule.ID, other.Results[rule.ID], other.ID, one.Results[rule.ID])
			}
			one.Results, other.Results = nil, nil
			if diff := cmp.Diff(one, other); diff != "" {
				t.Errorf("%s (-among all +alone):\n%s", rule.ID, diff)
			}
		}
	}
	if failing < 20 {
		t.Errorf("%d rules find something: the test shows nothing", failing)
	}
}

// judged is the report of some rules about a world, against another.
func judged(t *testing.T, rules *opa.Engine, before, now string) *scanner.Report {
	t.Helper()
	source, err := pipeline.OpenSnapshot(now)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	o := pipeline.JudgeOptions{Engine: rules, Settings: source.Header().Settings, AsOf: monday}
	if o.Baseline, err = pipeline.OpenBaseline(t.Context(), before, source.Tenants(), o); err != nil {
		t.Fatal(err)
	}
	defer o.Baseline.Close()
	report, err := pipeline.NewJudge(source, o).Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	report.Conclude(scanner.Threshold{FailOn: scanner.SeverityLow})
	return report
}

// findingsOf are those of one rule.
func findingsOf(r *scanner.Report, rule string) (list []scanner.Finding) {
	for i := range r.Findings {
		if r.Findings[i].RuleID == rule {
			list = append(list, r.Findings[i])
		}
	}
	return list
}
