package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// plight is a world with faults and how to mend them.
type plight struct {
	name  string
	world []edit
	remedy
	// left says why nobody can follow what is said of a rule here.
	left map[string]string
}

// unfollowed says why no machine can follow what these rules advise.
func unfollowed() map[string]string {
	const undone = "undoing a change brings back what was approved"
	return map[string]string{
		"access_key_fresh":        "a rotation takes days, in which objects have to arrive",
		"access_not_lost":         undone,
		"access_not_widened":      undone,
		"configuration_unchanged": undone,
		"exports_kept":            undone,
		"protection_not_weakened": undone,
		"bucket_exists":           "whether the name is wrong or the bucket is gone a person has to find out",
		"bucket_owner_expected":   "whose account it is a person has to find out",
		"destination_unique":      "which of the exports keeps the path people agree on",
		"enabled_export_exists":   "each export's own rules say how, and configuration_enabled is followed",
		"organization_matches":    "whether the declaration is wrong or the account left a person has to find out",
		"owner_named":             "who answers for an export people agree on",
		"sas_token_fresh":         "the token is made in Azure",
		"writer_known":            "only who set up the export knows its user",
	}
}

// Every rule's advice is followed somewhere, or it is said why not.
func TestEveryRemedyIsFollowed(t *testing.T) {
	followed := unfollowed()
	add := func(rules map[string]string) {
		for rule := range rules {
			if why := unfollowed()[rule]; why != "" {
				t.Errorf("%s is followed, and said not to be: %s", rule, why)
			}
			followed[rule] = rule
		}
	}
	for _, r := range demoRemedies() {
		add(r.says)
	}
	for _, p := range slices.Concat(trustPlights(), bucketPlights(), keyPlights()) {
		add(p.says)
		add(p.left)
	}
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range engine.Loaded() {
		if followed[id] == "" {
			t.Errorf("nobody follows what %s advises", id)
		}
	}
}

// Whatever the causes, what is said mends the finding or says what a person has
// to find out, and nobody gains by it.
func TestRemediesMendEveryCause(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	healthy := see(t, healthyWorld())
	for i := range healthy.report.Findings {
		t.Errorf("the world without faults: %s %s: %s", healthy.report.Findings[i].Status, healthy.report.Findings[i].RuleID, healthy.report.Findings[i].Message)
	}
	for _, p := range slices.Concat(trustPlights(), bucketPlights(), keyPlights()) {
		t.Run(p.name, func(t *testing.T) {
			p.team = "audit"
			world := mended(t, healthyWorld(), nil, p.world)
			before := see(t, world)
			for i := range before.report.Findings {
				f := &before.report.Findings[i]
				says, followed := p.says[f.RuleID]
				if _, left := p.left[f.RuleID]; followed && !strings.Contains(f.Remediation, says) || !followed && !left {
					t.Errorf("nobody follows what is said of %s %s (%s): %s", f.RuleID, f.Status, f.Message, f.Remediation)
				}
			}
			after := before
			if len(p.edits) > 0 {
				after = see(t, mended(t, world, nil, p.edits))
			}
			p.check(t, before, after)
		})
	}
}

// check holds what a plight is after its remedies against what it was.
func (p *plight) check(t *testing.T, before, after *seen) {
	t.Helper()
	faulty := []scanner.Status{scanner.StatusFail, scanner.StatusUnknown}
	for rule := range p.left {
		if was := before.results["audit "+rule]; !slices.Contains(faulty, was) {
			t.Errorf("%s is %s: nothing is left to do", rule, was)
		}
	}
	for rule := range p.says {
		if was, is := before.results["audit "+rule], after.results["audit "+rule]; !slices.Contains(faulty, was) || is != scanner.StatusPass {
			t.Errorf("%s was %s and is %s", rule, was, is)
		}
	}
	if before == after {
		return
	}
	for _, harm := range harms(t, &p.remedy, before, after) {
		t.Error(harm)
	}
}
