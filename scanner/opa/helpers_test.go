package opa_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"go.uber.org/goleak"

	"github.com/trailguard/trailguard/policies"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/opa"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// shipped are the options of the rules that come with the program.
func shipped(dirs ...string) opa.Options {
	export, tenant := fact.Names()
	ofExports, ofTenants := fact.DocumentNames()
	return opa.Options{
		Shipped: policies.FS, Dirs: dirs, Schema: fact.Schema(),
		Facts:     map[scanner.Scope][]string{scanner.ScopeExport: export, scanner.ScopeTenant: tenant},
		Documents: map[scanner.Scope][]string{scanner.ScopeExport: ofExports, scanner.ScopeTenant: ofTenants},
	}
}

// only are options without the shipped rules but one, so that a test sees its
// own rules' results.
func only(dirs ...string) opa.Options {
	o := shipped(dirs...)
	const file = "export/configuration_enabled/configuration_enabled.rego"
	text, err := policies.FS.ReadFile(file)
	if err != nil {
		panic(err)
	}
	o.Shipped = fstest.MapFS{file: {Data: text}}
	return o
}

func load(t testing.TB, o opa.Options) *opa.Engine {
	t.Helper()
	engine, err := opa.Load(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return engine
}

// folder writes files into a new folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// own is a user's rule acme.<name> with the METADATA that it needs.
func own(name, body string) string {
	return `# METADATA
# title: a title
# description: a description
# scope: package
# custom:
#   id: acme.` + name + `
#   severity: low
#   requires: [interval]
#   remediation: mend it
package acme.` + name + "\n" + body
}

// value is a fact in a test's input.
type value map[string]any

const (
	exportID = "259fc41c"
	bucket   = "arn:aws:s3:::audit"
)

// subject is an export of which the given facts are known with a value, or, by
// their state alone, are not. All others are not applicable.
func subject(t testing.TB, given map[string]any) *scanner.Subject {
	t.Helper()
	names, _ := fact.Names()
	s := &scanner.Subject{Tenant: "acme", ExportID: exportID, Facts: map[string]scanner.FactStatus{}}
	s.Documents = []scanner.Evidence{
		{Kind: document.KindBucketPolicy, Resource: bucket, Digest: "d1", Text: `{"Statement":[{"Sid":"A"},{"Sid":"B"}]}`},
		{Kind: document.KindConfiguration, Resource: "https://acme.example#" + exportID, Digest: "d2", Text: `{"id":"` + exportID + `","interval":"EVERY_24_HOURS"}`},
	}
	input := map[string]any{}
	for _, name := range names {
		status := scanner.FactStatus{State: scanner.FactNotApplicable, Because: "it does not apply", Resource: bucket}
		fact := map[string]any{}
		switch v := given[name].(type) {
		case value:
			status.State, fact["value"] = scanner.FactKnown, v
		case scanner.FactStatus:
			status = v
		}
		fact["state"] = status.State
		input[name] = fact
		s.Facts[name] = status
	}
	text, err := json.Marshal(map[string]any{
		"tenant": map[string]any{"name": "acme", "url": "https://acme.example"},
		"export": map[string]any{"id": exportID, "owner": ""},
		"facts":  input,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Input = json.RawMessage(text)
	return s
}

func interval(hours int) value {
	return value{"literal": "EVERY_24_HOURS", "recognised": true, "hours": hours, "max_literal": "", "max_hours": 0}
}

// evaluate returns the results by rule.
func evaluate(t testing.TB, engine *opa.Engine, s *scanner.Subject) map[string]scanner.Result {
	t.Helper()
	results, err := engine.Evaluate(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	byRule := map[string]scanner.Result{}
	for _, r := range results {
		byRule[r.RuleID] = r
	}
	return byRule
}
