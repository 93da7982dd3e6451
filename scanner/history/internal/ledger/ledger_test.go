package ledger_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

func chain() []ledger.Entry {
	var entries []ledger.Entry
	last := ledger.Entry{}
	for i, kind := range []ledger.Kind{ledger.Run, ledger.Approval, ledger.Run, ledger.Prune} {
		last = ledger.Next(last, kind, int64(i), "body")
		entries = append(entries, last)
	}
	return entries
}

func TestCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		alter func([]ledger.Entry) []ledger.Entry
		want  string // in the first problem; empty: none
	}{
		"untouched": {func(e []ledger.Entry) []ledger.Entry { return e }, ""},
		"end cut":   {func(e []ledger.Entry) []ledger.Entry { return e[:2] }, ""}, // only a kept head shows it
		"body":      {func(e []ledger.Entry) []ledger.Entry { e[1].Body = "x"; return e }, "entry 2 was altered"},
		"kind":      {func(e []ledger.Entry) []ledger.Entry { e[0].Kind = "x"; return e }, "entry 1 was altered"},
		"subject":   {func(e []ledger.Entry) []ledger.Entry { e[2].Subject++; return e }, "entry 3 was altered"},
		"hash":      {func(e []ledger.Entry) []ledger.Entry { e[3].Hash = "x"; return e }, "entry 4 was altered"},
		"removed":   {func(e []ledger.Entry) []ledger.Entry { return slices.Delete(e, 1, 2) }, "entry 2 is missing"},
		"forged": {func(e []ledger.Entry) []ledger.Entry {
			e[1] = ledger.Next(e[0], ledger.Approval, 1, "other")
			return e
		}, "entry 3 does not follow"},
	} {
		t.Run(name, func(t *testing.T) {
			var problems []string
			ledger.Check(tt.alter(chain()), func(p string) { problems = append(problems, p) })
			if tt.want == "" && len(problems) > 0 || tt.want != "" && (len(problems) == 0 || !strings.Contains(problems[0], tt.want)) {
				t.Errorf("%q, want %q", problems, tt.want)
			}
		})
	}
}

func TestHolds(t *testing.T) {
	entries := chain()
	if !ledger.Holds(entries, entries[1].Hash) || !ledger.Holds(entries, entries[3].Hash) {
		t.Error("a head of the chain is not found")
	}
	if ledger.Holds(entries[:2], entries[3].Hash) || ledger.Holds(nil, "") {
		t.Error("a head is found that the chain does not have")
	}
}

func TestDigest(t *testing.T) {
	if ledger.Digest("ab", "c") == ledger.Digest("a", "bc") || ledger.Digest("a") == ledger.Digest("a", "") {
		t.Error("two lists have one digest")
	}
}
