package main

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/short"
	recorded "github.com/trailguard/trailguard/fixtures/terraform"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	layer "github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// TestWhatAPlanLeavesOutIsAsItWas judges the whole company before and after each
// recorded plan, and after a change of a document of every kind: what is new,
// resolved or incomparable, and what drifted, is what the plan says, which judges only
// the exports that it touches.
func TestWhatAPlanLeavesOutIsAsItWas(t *testing.T) {
	short.Skip(t)
	base := see(t, mended(t, acme.Files(), nil, []edit{readable}))
	names, err := recorded.Names()
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string][]layer.Change{}
	for _, name := range slices.DeleteFunc(names, func(name string) bool { return name == "failed" }) {
		cases["plan "+name] = terraformPlan(t, recorded.Plan, name)
	}
	kinds := map[document.Kind]bool{document.KindConfiguration: true} // which is Immuta's
	for _, r := range base.records {
		for i := range r.Evidence {
			if e := &r.Evidence[i]; !kinds[e.Kind] {
				kinds[e.Kind] = true
				cases["without "+e.Ref()] = []layer.Change{changeOf(e, layer.Remove)}
				cases["unknown "+e.Ref()] = []layer.Change{changeOf(e, layer.Unknown)}
			}
		}
	}
	touched := 0
	for name, changes := range cases {
		after, o := planOver(t, base, changes)
		is, want := compared(t, after, o), whole(t, base, changes)
		if diff := cmp.Diff(news(want), news(is)); diff != "" {
			t.Errorf("%s: the whole company (-) and the plan (+) differ:\n%s", name, diff)
		}
		if diff := cmp.Diff(want.Drift, is.Drift, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: drift of the whole company (-) and of the plan (+) differ:\n%s", name, diff)
		}
		if n := len(is.Exports); is.Scan.Plan.Touched != n || n+is.Scan.Plan.NotJudged != len(base.records) {
			t.Errorf("%s: %d exports are judged, and the report says %+v", name, n, is.Scan.Plan)
		}
		touched += len(is.Exports)
	}
	if touched < len(cases) || touched > len(cases)*len(base.records)/2 {
		t.Errorf("%d cases touch %d exports: the test shows nothing", len(cases), touched)
	}
}

func changeOf(e *scanner.Evidence, effect layer.Effect) layer.Change {
	return layer.Change{
		Origin: "the change", Kind: e.Kind, Resource: e.Resource, Name: e.Name, Part: true, Effect: effect, Why: "somebody changes it",
		Is: func(resource string) bool { return resource == e.Resource },
	}
}

// whole judges all that is there before a change, and all after it.
func whole(t *testing.T, base *seen, changes []layer.Change) *scanner.Report {
	t.Helper()
	over, err := layer.New(changes, base.report.Scan.CollectedAt)
	if err != nil {
		t.Fatal(err)
	}
	under := base.open(t)
	path := filepath.Join(t.TempDir(), "after.jsonl")
	out, err := snapshot.Create(path, under.Header(), under.Tenants())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range base.records {
		changed, err := over.Apply(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := out.Record(*changed); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := out.Close(false); err != nil {
		t.Fatal(err)
	}
	after, err := pipeline.OpenSnapshot(path)
	if err != nil {
		t.Fatal(err)
	}
	defer after.Close()
	o := judgeOptions(t, after)
	if o.Baseline, err = pipeline.OpenBaseline(t.Context(), base.path, after.Tenants(), o); err != nil {
		t.Fatal(err)
	}
	defer o.Baseline.Close()
	return compared(t, after, o)
}

// news are the findings that the state before did not have, or that are gone.
func news(r *scanner.Report) []string {
	var list []string
	for i := range r.Findings {
		if f := &r.Findings[i]; f.State != scanner.StateUnchanged {
			list = append(list, strings.Join([]string{string(f.State), string(f.Status), f.Fingerprint, f.RuleID, f.Message}, " "))
		}
	}
	return list
}
