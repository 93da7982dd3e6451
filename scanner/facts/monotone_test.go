package facts_test

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
)

// allowed says what may become of a verdict when less can be read: it stays,
// where the rest decides, or it is unknown. What is not applicable because of
// a document may turn out bad without it, never good.
func allowed(before, after string) bool {
	return before == after || after == unknown || before == none && after == bad
}

// degrade puts gaps in the place of the documents that the mask names.
func degrade(w *world, mask func(i int) bool) *world {
	out := &world{options: w.options, record: w.record}
	out.record.Evidence = slices.Clone(w.record.Evidence)
	out.record.Gaps = slices.Clone(w.record.Gaps)
	for i := len(w.record.Evidence) - 1; i >= 0; i-- {
		if mask(i) {
			out.denyAt(i)
		}
	}
	return out
}

type failer interface {
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func checkDegraded(t testing.TB, fail failer, name string, d *facts.Deriver, w *world, before map[string]string, mask func(i int) bool) {
	worse := degrade(w, mask)
	subject := d.Record(&worse.record, nil)
	for fact, after := range verdicts(t, subject) {
		if !allowed(before[fact], after) {
			var lost []document.Kind
			for i := range w.record.Evidence {
				if mask(i) {
					lost = append(lost, w.record.Evidence[i].Kind)
				}
			}
			fail.Errorf("%s without %v: %s was %s and is %s", name, lost, fact, before[fact], after)
		}
	}
}

// TestLessIsNeverBetter takes single documents away, and all but one.
func TestLessIsNeverBetter(t *testing.T) {
	short.Skip(t)
	for name, w := range corpus() {
		subject, _ := w.subject(t)
		before := verdicts(t, subject)
		d := facts.New(w.options)
		for i := range w.record.Evidence {
			checkDegraded(t, t, name, d, w, before, func(j int) bool { return i == j })
			checkDegraded(t, t, name, d, w, before, func(j int) bool { return i != j })
		}
		checkDegraded(t, t, name, d, w, before, func(int) bool { return true })
	}
}

// TestLessIsNeverBetterAtRandom takes any subset away.
func TestLessIsNeverBetterAtRandom(t *testing.T) {
	short.Skip(t)
	worlds := corpus()
	names := slices.Sorted(maps.Keys(worlds))
	before := map[string]map[string]string{}
	derivers := map[string]*facts.Deriver{}
	for name, w := range worlds {
		subject, _ := w.subject(t)
		before[name], derivers[name] = verdicts(t, subject), facts.New(w.options)
	}
	rapid.Check(t, func(rt *rapid.T) {
		name := rapid.SampledFrom(names).Draw(rt, "scenario")
		mask := rapid.Uint32().Draw(rt, "lost")
		checkDegraded(t, rt, name, derivers[name], worlds[name], before[name], func(i int) bool { return mask&(1<<i) != 0 })
	})
}
