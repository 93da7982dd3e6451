package opa_test

import (
	"slices"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

// TestDocumentsAreAskedForByThoseWhoReadThem: nobody else pays for them, and a rule
// of documents that could not be read is unknown like one of any fact.
func TestDocumentsAreAskedForByThoseWhoReadThem(t *testing.T) {
	engine := load(t, shipped(folder(t, map[string]string{
		"r.rego": own("r", "\nimport data.acme.lib.policies\n\ndeny contains {\"message\": \"m\"} if some p in policies.all\n"),
		"lib/p.rego": "package acme.lib.policies\n\nall contains p if {\n\tsome document in input.documents.bucket_policy\n\tp := document.value.Id\n}\n" +
			"\nall contains a.value.Id if some a in input.documents.acl\n",
	})))
	selected, err := engine.Select("acme.r")
	if err != nil {
		t.Fatal(err)
	}
	if names := selected.Requires(); !slices.Equal(names, []string{"documents.acl", "documents.bucket_policy", "interval"}) {
		t.Errorf("%q are asked for", names)
	}
	for _, name := range load(t, shipped()).Requires() {
		if kind, ok := scanner.DocumentKind(name); ok {
			t.Errorf("the shipped rules ask for documents of %q", kind)
		}
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
