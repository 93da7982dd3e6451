package opa_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa"
)

// TestStatuses has one rule over two facts.
func TestStatuses(t *testing.T) {
	dir := folder(t, map[string]string{"r.rego": own("r", `
deny contains {"message": "too long"} if input.facts.interval.value.hours > 12

deny contains {"message": "gone"} if input.facts.bucket.value.exists == false
`)})
	engine := load(t, only(dir))
	unknown := scanner.FactStatus{State: scanner.FactUnknown, Resource: bucket}
	here := value{"name": "audit", "exists": true}
	tests := map[string]struct {
		interval, bucket any
		want             scanner.Status
	}{
		"both known and good":           {interval(12), here, scanner.StatusPass},
		"one bad":                       {interval(24), here, scanner.StatusFail},
		"one bad and one unknown":       {interval(24), unknown, scanner.StatusFail},
		"one good and one unknown":      {interval(12), unknown, scanner.StatusUnknown},
		"unknown and not applicable":    {nil, unknown, scanner.StatusUnknown},
		"good and not applicable":       {interval(12), nil, scanner.StatusNotApplicable},
		"bad and not applicable":        {interval(24), nil, scanner.StatusFail},
		"neither applies":               {nil, nil, scanner.StatusNotApplicable},
		"unknown both":                  {unknown, unknown, scanner.StatusUnknown},
		"the second bad, first unknown": {unknown, value{"name": "audit", "exists": false}, scanner.StatusFail},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			result := evaluate(t, engine, subject(t, map[string]any{"interval": tt.interval, "bucket": tt.bucket}))["acme.r"]
			if result.Status != tt.want {
				t.Errorf("status is %s, want %s", result.Status, tt.want)
			}
			quiet := tt.want == scanner.StatusPass || tt.want == scanner.StatusNotApplicable
			if quiet != (len(result.Findings) == 0) {
				t.Errorf("%s has %d findings", tt.want, len(result.Findings))
			}
		})
	}
}

// TestRemediationOfADenial: a denial mends its own cause, and two that are one
// finding mend both.
func TestRemediationOfADenial(t *testing.T) {
	read := "input.facts.interval.value.hours > 1"
	engine := load(t, only(folder(t, map[string]string{
		"own.rego":   own("own", "\ndeny contains {\"message\": \"m\", \"remediation\": \"shorten it\\n\"} if "+read+"\n"),
		"two.rego":   own("two", "\ndeny contains {\"message\": m, \"remediation\": r} if {\n\t"+read+"\n\tsome m, r in {\"a\": \"One.\", \"b\": \"Two.\"}\n}\n"),
		"other.rego": own("other", "\ndeny contains {\"message\": \"m\"} if "+read+"\n"),
	})))
	results := evaluate(t, engine, subject(t, map[string]any{"interval": interval(24)}))
	for id, want := range map[string]string{"acme.own": "shorten it", "acme.two": "One. Two.", "acme.other": "mend it"} {
		if got := results[id].Findings[0].Remediation; got != want {
			t.Errorf("%s is mended by %q, want %q", id, got, want)
		}
	}
}

// TestOneBadRuleIsAnErrorForItselfAlone puts rules that break in different
// ways beside one that works.
func TestOneBadRuleIsAnErrorForItselfAlone(t *testing.T) {
	read := "input.facts.interval.value.hours > 1"
	said := func(entry string) string { // what no type tells
		return "\ndeny contains json.unmarshal(`" + entry + "`) if " + read + "\n"
	}
	dir := folder(t, map[string]string{
		"good.rego":     own("good", "\ndeny contains {\"message\": \"m\"} if "+read+"\n"),
		"builtin.rego":  own("builtin", "\ndeny contains {\"message\": \"m\"} if {\n\t"+read+"\n\tto_number(input.facts.interval.value.literal) > 1\n}\n"),
		"conflict.rego": own("conflict", "\ndeny contains {\"message\": text} if "+read+"\n\ntext := \"a\" if "+read+"\n\ntext := \"b\" if "+read+"\n"),
		"slow.rego": own("slow", "\ndeny contains {\"message\": \"m\"} if {\n\t"+read+
			"\n\tsome a in numbers.range(1, 10000)\n\tsome b in numbers.range(1, 10000)\n\ta + b < input.facts.interval.value.max_hours\n}\n"),
		"shape.rego":   own("shape", said(`"text"`)),
		"silent.rego":  own("silent", "\ndeny contains {\"message\": \" \"} if "+read+"\n"),
		"typed.rego":   own("typed", said(`{"message": 24}`)),
		"extra.rego":   own("extra", said(`{"message": "m", "severity": "low"}`)),
		"pointer.rego": own("pointer", said(`{"message": "m", "pointer": null}`)),
		"many.rego":    own("many", "\ndeny contains {\"message\": \"m\", \"key\": sprintf(\"%d\", [n])} if {\n\t"+read+"\n\tsome n in numbers.range(1, 1001)\n}\n"),
		"long.rego":    own("long", "\ndeny contains {\"message\": concat(\"\", [\"m\" | some n in numbers.range(1, 5000)])} if "+read+"\n"),
	})
	o := only(dir)
	o.Budget = 700 * time.Millisecond
	results := evaluate(t, load(t, o), subject(t, map[string]any{"interval": interval(24)}))
	if got := results["acme.good"].Status; got != scanner.StatusFail {
		t.Errorf("the good rule is %s, want fail", got)
	}
	want := map[string]string{
		"acme.builtin":  "to_number",
		"acme.conflict": "conflict",
		"acme.slow":     "budget of 700ms",
		"acme.shape":    "not an object",
		"acme.silent":   "no message",
		"acme.typed":    "message of an entry of deny is not a text",
		"acme.extra":    `"severity"`,
		"acme.pointer":  "pointer of an entry of deny is not a text",
		"acme.many":     "1001 entries",
		"acme.long":     "message of an entry of deny has",
	}
	for id, part := range want {
		r := results[id]
		if r.Status != scanner.StatusError || len(r.Findings) != 1 {
			t.Errorf("%s is %s with %d findings, want error with one", id, r.Status, len(r.Findings))
			continue
		}
		if f := r.Findings[0]; !strings.Contains(f.Message, part) || f.Status != scanner.StatusError || len(f.Evidence) == 0 {
			t.Errorf("%s says %q, want %q in it", id, f.Message, part)
		}
	}
}

// TestARuleThatIsAlwaysLateIsSetAside: after three subjects it is asked no more,
// so that a run over many ends, and it is an error for all of them.
func TestARuleThatIsAlwaysLateIsSetAside(t *testing.T) {
	o := only(folder(t, map[string]string{
		"good.rego": own("good", "\ndeny contains {\"message\": \"m\"} if input.facts.interval.value.hours > 1\n"),
		"late.rego": own("late", "\ndeny contains {\"message\": \"m\"} if {\n\tsome a in numbers.range(1, 10000)\n\tsome b in numbers.range(1, 10000)\n\t"+
			"a + b < input.facts.interval.value.hours - 24\n}\n"),
	}))
	o.Budget = 100 * time.Millisecond
	engine := load(t, o)
	s := subject(t, map[string]any{"interval": interval(24)})
	var messages []string
	for n := 1; n <= 5; n++ {
		results := evaluate(t, engine, s)
		if got := results["acme.good"].Status; got != scanner.StatusFail {
			t.Errorf("subject %d: the good rule is %s, want fail", n, got)
		}
		if got := results["acme.late"].Status; got != scanner.StatusError {
			t.Errorf("subject %d: the late rule is %s, want error", n, got)
		}
		messages = append(messages, results["acme.late"].Findings[0].Message)
		aside := engine.Aside()
		if want := n >= 3; want != slices.Equal(aside, []string{"acme.late"}) {
			t.Errorf("after %d subjects %q are set aside", n, aside)
		}
	}
	if len(slices.Compact(messages)) != 1 {
		t.Errorf("the same fault is told in different words: %q", messages)
	}
}

// TestDenialsAboutOneThingAreBounded: they are one finding, which says how many
// more there are.
func TestDenialsAboutOneThingAreBounded(t *testing.T) {
	engine := load(t, only(folder(t, map[string]string{"r.rego": own("r",
		"\ndeny contains {\"message\": sprintf(\"m%d.\", [n])} if {\n\tinput.facts.interval.value.hours > 1\n\tsome n in numbers.range(1, 70)\n}\n")})))
	found := evaluate(t, engine, subject(t, map[string]any{"interval": interval(24)}))["acme.r"].Findings
	if len(found) != 1 || strings.Count(found[0].Message, ".") != 50 || !strings.HasSuffix(found[0].Message, "; and 20 more") {
		t.Errorf("findings %+v", found)
	}
}

func TestFactThatWasNotDerivedIsAnError(t *testing.T) {
	engine := load(t, only())
	s := subject(t, nil)
	delete(s.Facts, "enabled")
	if got := evaluate(t, engine, s)["configuration_enabled"].Status; got != scanner.StatusError {
		t.Errorf("status is %s, want error", got)
	}
}

func TestInputThatIsNotJSON(t *testing.T) {
	s := subject(t, nil)
	s.Input = json.RawMessage(`{`)
	if _, err := load(t, only()).Evaluate(t.Context(), s); err == nil {
		t.Error("input that is not JSON was accepted")
	}
}

func TestEvaluateEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := load(t, shipped()).Evaluate(ctx, subject(t, nil))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v, want the context's", err)
	}
}

func TestTenantsHaveTheirOwnRules(t *testing.T) {
	s := &scanner.Subject{
		Tenant: "acme",
		Input:  json.RawMessage(`{"tenant":{"name":"acme","url":"u"},"facts":{"tenant_exports":{"state":"known","value":{"total":0,"enabled":0,"working":0}},"removed_exports":{"state":"not_applicable"}}}`),
		Facts: map[string]scanner.FactStatus{
			"tenant_exports":  {State: scanner.FactKnown, Resource: "https://acme.example"},
			"removed_exports": {State: scanner.FactNotApplicable},
		},
	}
	results := evaluate(t, load(t, shipped()), s)
	result := results["enabled_export_exists"]
	if len(results) != 2 || result.Status != scanner.StatusFail || results["exports_kept"].Status != scanner.StatusNotApplicable {
		t.Fatalf("results are %v", results)
	}
	f := result.Findings[0]
	if f.ExportID != "" || f.Resource != "https://acme.example" || f.Evidence[0].Path != "acme/immuta/tenant.json" || f.Evidence[0].Line != 1 {
		t.Errorf("finding is %+v", f)
	}
}

// TestEvaluateIsConcurrent is for the race detector, and for results that do
// not depend on what else is evaluated.
func TestEvaluateIsConcurrent(t *testing.T) {
	dir := folder(t, map[string]string{"bad.rego": own("bad", "\ndeny contains {\"message\": \"m\"} if to_number(input.facts.interval.value.literal) > 1\n")})
	engine := load(t, shipped(dir))
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 5 {
				evaluateAndCompare(t, engine)
			}
		})
	}
	wait.Wait()
}

func evaluateAndCompare(t *testing.T, engine *opa.Engine) {
	s := subject(t, map[string]any{"interval": interval(24), "enabled": value{"enabled": false}})
	first, err := engine.Evaluate(t.Context(), s)
	if err != nil {
		t.Error(err)
		return
	}
	second, err := engine.Evaluate(t.Context(), s)
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(first, second); diff != "" {
		t.Error(diff)
	}
}

// TestAnyRulesTogether has each of eight rules deny something or not, in every
// combination, of which there are more than queries are kept for.
func TestAnyRulesTogether(t *testing.T) {
	files, ids := map[string]string{}, []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	for _, id := range ids {
		files[id+".rego"] = own(id, "\ndeny contains {\"message\": \"m\"} if input.facts.bucket.value.name == \""+id+"\"\n"+
			"\ndeny contains {\"message\": \"m\"} if {\n\tsome x in input.facts.retention.value.expiries\n\tx.rule == \""+id+"\"\n}\n")
	}
	engine := load(t, only(folder(t, files)))
	for set := range 1 << len(ids) {
		expiries := []any{}
		for i, id := range ids {
			if set&(1<<i) != 0 {
				expiries = append(expiries, value{"rule": id})
			}
		}
		results := evaluate(t, engine, subject(t, map[string]any{
			"bucket":    value{"name": "audit", "exists": true},
			"retention": value{"expiries": expiries},
		}))
		for i, id := range ids {
			if denied := results["acme."+id].Status == scanner.StatusFail; denied != (set&(1<<i) != 0) {
				t.Fatalf("%s of set %b: %s", id, set, results["acme."+id].Status)
			}
		}
	}
}
