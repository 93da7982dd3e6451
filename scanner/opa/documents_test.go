package opa_test

import (
	"slices"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// TestDocumentsAreAskedForByThoseWhoReadThem: nobody else pays for them, and a rule
// of documents that could not be read is unknown like one of any fact.
func TestDocumentsAreAskedForByThoseWhoReadThem(t *testing.T) {
	engine := load(t, shipped(folder(t, map[string]string{
		"r.rego": own("r", "\nimport data.acme.lib.policies\n\ndeny contains {\"message\": \"m\"} if some p in policies.all\n"),
		"lib/p.rego": "package acme.lib.policies\n\nall contains p if {\n\tsome document in input.documents.bucket_policy\n\tp := document.value.Id\n}\n" +
			"\nall contains a.value.Id if some a in input.documents.acl\n",
	})))
	if kinds := engine.Documents(); !slices.Equal(kinds, []document.Kind{document.KindACL, document.KindBucketPolicy}) {
		t.Errorf("documents of %q are asked for", kinds)
	}
	if kinds := load(t, shipped()).Documents(); len(kinds) > 0 {
		t.Errorf("the shipped rules ask for documents of %q", kinds)
	}
	s := subject(t, map[string]any{"interval": interval(12)})
	s.Facts["documents.acl"] = scanner.FactStatus{State: scanner.FactKnown}
	for state, want := range map[scanner.FactState]scanner.Status{
		scanner.FactKnown: scanner.StatusPass, scanner.FactUnknown: scanner.StatusUnknown, scanner.FactNotApplicable: scanner.StatusNotApplicable,
		"": scanner.StatusError, // nobody handed them over
	} {
		if s.Facts["documents.bucket_policy"] = (scanner.FactStatus{State: state}); state == "" {
			delete(s.Facts, "documents.bucket_policy")
		}
		if got := evaluate(t, engine, s)["acme.r"].Status; got != want {
			t.Errorf("of documents that are %q the rule is %s, want %s", state, got, want)
		}
	}
}
