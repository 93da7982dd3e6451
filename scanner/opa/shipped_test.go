package opa_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/opa"
)

// TestShippedRulesAreComplete holds every rule's METADATA to what reports and
// the documentation need.
func TestShippedRulesAreComplete(t *testing.T) {
	rules := load(t, shipped()).Rules()
	used := map[string]bool{}
	for _, r := range rules {
		if r.Title == "" || r.Description == "" || r.Remediation == "" || r.Severity.Rank() < 0 {
			t.Errorf("%s lacks METADATA: %+v", r.ID, r)
		}
		if strings.Contains(r.ID, ".") || r.Group == "" || r.Scope == "" || len(r.Requires) == 0 {
			t.Errorf("%s is not a shipped rule's METADATA: %+v", r.ID, r)
		}
		if len(r.Controls) == 0 {
			t.Errorf("%s bears on no control", r.ID)
		}
		for _, c := range r.Controls {
			if !slices.Contains([]string{"NIST 800-53r5", "ISO 27001:2022", "SOC 2", "PCI DSS 4.0", "HIPAA", "CIS AWS"}, c.Framework) {
				t.Errorf("%s: framework %q is spelt like no other", r.ID, c.Framework)
			}
		}
		for _, url := range r.References {
			if !strings.HasPrefix(url, "https://") {
				t.Errorf("%s refers to %s", r.ID, url)
			}
		}
		for _, name := range r.Requires {
			used[name] = true
		}
	}
	export, tenant := fact.Names()
	for _, name := range append(export, tenant...) {
		if !used[name] {
			t.Errorf("no rule judges fact %s", name)
		}
	}
}

func TestShippedRegoTestsUseInputsThatCanBe(t *testing.T) {
	cases, err := opa.Test(t.Context(), shipped(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if !c.Passed {
			t.Errorf("%s:%d: %s: %s", c.File, c.Line, c.Name, c.Message)
		}
	}
	if rules := load(t, shipped()).Rules(); len(cases) < 2*len(rules) {
		t.Errorf("%d cases for %d rules", len(cases), len(rules))
	}
}

// TestNoShippedRulePassesOnWhatIsNotKnown holds for every rule and every fact
// that it requires.
func TestNoShippedRulePassesOnWhatIsNotKnown(t *testing.T) {
	engine := load(t, shipped())
	export, _ := fact.Names()
	unknown := scanner.FactStatus{State: scanner.FactUnknown, Because: "nobody could read it", Resource: bucket}
	for _, name := range export {
		results := evaluate(t, engine, subject(t, map[string]any{name: unknown}))
		for _, r := range engine.Rules() {
			if r.Scope != scanner.ScopeExport {
				continue
			}
			want := scanner.StatusNotApplicable
			if slices.Contains(r.Requires, name) {
				want = scanner.StatusUnknown
			}
			if got := results[r.ID].Status; got != want {
				t.Errorf("%s with %s unknown is %s, want %s", r.ID, name, got, want)
			}
		}
	}
}
