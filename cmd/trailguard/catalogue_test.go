package main

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// specimen is a world of one export in which rules fail, or pass although it looks
// like one in which they fail.
type specimen struct {
	name  string
	world []edit // of the healthy world
	// drifts has it compared with the healthy world, of which before is changed.
	drifts       bool
	before       []edit
	fails, alike []string
}

// wholesome is a world in which every rule passes that applies, but for some. It is its
// own baseline.
type wholesome struct {
	name  string
	world []edit
	but   []string
}

// noCase says why a rule has no case of a sort.
func noCase() map[string]map[sort]string {
	return map[string]map[sort]string{
		"owner_named": {sortUnknown: "the operator's own configuration says who owns an export, and it is there or the run does not start"},
	}
}

// sort is what a case shows of a rule.
type sort string

const (
	sortPass    sort = "pass"
	sortFail    sort = "fail"
	sortUnknown sort = "unknown"
	sortAlike   sort = "look-alike"
)

// catalogue gathers, by rule, what cases show.
type catalogue struct {
	mu    sync.Mutex
	shown map[string]map[sort]bool
	// rests are the calls, and the fields of Immuta's answer, without which a rule
	// that passes is unknown.
	rests map[string]map[string]bool
}

func (c *catalogue) show(of sort, rules ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, rule := range rules {
		if c.shown[rule] == nil {
			c.shown[rule] = map[sort]bool{}
		}
		c.shown[rule][of] = true
	}
}

func (c *catalogue) rest(rule, call string) {
	c.show(sortUnknown, rule)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rests[rule] == nil {
		c.rests[rule] = map[string]bool{}
	}
	c.rests[rule][call] = true
}

// Every rule of the METADATA has a world in which it passes, one in which it fails,
// one that looks like that and passes, and is unknown without any call that it rests
// on: testdata/calls.txt says which those are, and -update rewrites it.
func TestEveryRuleHasItsCases(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	c := &catalogue{shown: map[string]map[sort]bool{}, rests: map[string]map[string]bool{}}
	t.Run("worlds", func(t *testing.T) {
		plain := snapshotFile(t, healthyWorld())
		for _, s := range slices.Concat(immutaSpecimens(), trustSpecimens(), bucketSpecimens(), accessSpecimens(), keySpecimens(), driftSpecimens()) {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				c.specimen(t, &s, plain)
			})
		}
		for _, w := range wholesomeWorlds() {
			t.Run(w.name, func(t *testing.T) {
				t.Parallel()
				c.wholesome(t, &w)
			})
		}
	})
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	rules := engine.Loaded()
	for rule := range noCase() {
		if !slices.Contains(rules, rule) {
			t.Errorf("%s is said to lack cases, and is no rule", rule)
		}
	}
	for _, rule := range rules {
		for _, of := range []sort{sortPass, sortFail, sortUnknown, sortAlike} {
			switch why := noCase()[rule][of]; {
			case why == "" && !c.shown[rule][of]:
				t.Errorf("%s has no case: %s", rule, of)
			case why != "" && c.shown[rule][of]:
				t.Errorf("%s has a case (%s), and is said to have none: %s", rule, of, why)
			}
		}
	}
	c.compareCalls(t, rules)
}

// compareCalls compares what rules rest on with what people have read.
func (c *catalogue) compareCalls(t *testing.T, rules []string) {
	t.Helper()
	const file = "testdata/calls.txt"
	var b strings.Builder
	b.WriteString("The calls, and the fields of Immuta's answer, without which a rule that passes is unknown\n")
	for _, rule := range rules {
		fmt.Fprintf(&b, "\n%s\n", rule)
		for _, call := range slices.Sorted(maps.Keys(c.rests[rule])) {
			fmt.Fprintf(&b, "  %s\n", call)
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), b.String()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// specimen shows what a specimen says of its rules.
func (c *catalogue) specimen(t *testing.T, s *specimen, plain string) {
	r, _ := smallWorld(t, mended(t, healthyWorld(), nil, s.world))
	switch {
	case s.drifts && len(s.before) > 0:
		r.baseline = snapshotFile(t, mended(t, healthyWorld(), nil, s.before))
	case s.drifts:
		r.baseline = plain
	}
	report := r.mustScan(t)
	results := byRule(report)
	for _, rule := range s.fails {
		if results[rule] != scanner.StatusFail {
			t.Errorf("%s is %s, want fail", rule, results[rule])
		}
	}
	for _, rule := range s.alike {
		if results[rule] == scanner.StatusPass {
			continue
		}
		t.Errorf("%s is %s, want pass", rule, results[rule])
		for i := range report.Findings {
			if f := &report.Findings[i]; f.RuleID == rule {
				t.Log(f.Message)
			}
		}
	}
	c.show(sortFail, s.fails...)
	c.show(sortAlike, s.alike...)
}

// wholesome shows what passes in a world, and what does not without a single call of
// those that its scan makes, or without a field of Immuta's answer.
func (c *catalogue) wholesome(t *testing.T, w *wholesome) {
	r, immuta := smallWorld(t, mended(t, healthyWorld(), nil, w.world))
	r.baseline = snapshotFile(t, mended(t, healthyWorld(), nil, w.world))
	report := r.mustScan(t)
	for i := range report.Findings {
		if f := &report.Findings[i]; !slices.Contains(w.but, f.RuleID) {
			t.Errorf("%s is %s: %s", f.RuleID, f.Status, f.Message)
		}
	}
	truth, results := statuses(report), byRule(report)
	for rule, status := range results {
		if status == scanner.StatusPass {
			c.show(sortPass, rule)
		}
	}
	without := func(what string) {
		faulty, err := r.scan(t.Context(), patient)
		if err != nil {
			return // nothing is claimed at all
		}
		for _, wrong := range compare(truth, faulty) {
			t.Errorf("without %s: %s", what, wrong)
		}
		for rule, status := range byRule(faulty) {
			if results[rule] == scanner.StatusPass && status == scanner.StatusUnknown {
				c.rest(rule, what)
			}
		}
	}
	for _, operation := range r.operations("") {
		if strings.HasPrefix(operation, "immuta:") {
			continue
		}
		r.server.SetFault(operation, sandbox.Fault{Kind: sandbox.FaultDenied})
		without(operation)
		r.server.ClearFaults()
	}
	for _, field := range []string{"id", "enabled", "interval", "connectionStatus", "createdAt", "endpointConfiguration", "region"} {
		immuta.withhold(field)
		without("immuta:" + field)
	}
}

// byRule are the results of the world's one export that is judged here, and of its tenant.
func byRule(r *scanner.Report) map[string]scanner.Status {
	results := map[string]scanner.Status{}
	for result, status := range statuses(r) {
		if subject, rule, _ := strings.Cut(result, " "); subject == auditID || subject == "acme" {
			results[rule] = status
		}
	}
	return results
}

// smallWorld is a rig for a small world, and what stands between it and its Immuta.
func smallWorld(t *testing.T, data fs.FS) (*rig, *withholding) {
	t.Helper()
	r := rigOf(t, startSandbox(t, sandbox.Options{Data: data, Now: sandboxNow}))
	immuta := newWithholding(t, r.server.URL())
	// The tenant's address is the first that the configuration holds.
	r.config = parsed(t, strings.Replace(r.server.Config(), r.server.URL(), immuta.url, 1))
	return r, immuta
}

// snapshotFile is a snapshot of a world.
func snapshotFile(t *testing.T, data fs.FS) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "baseline.jsonl")
	collectSnapshot(t, startSandbox(t, sandbox.Options{Data: data, Now: sandboxNow}).Config(), sandboxNow, path)
	return path
}
