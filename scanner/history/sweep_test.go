package history_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// told is everything that the commands say about a history, or the error that
// they end with.
func told(t *testing.T, s *history.Store) string {
	t.Helper()
	var out strings.Builder
	add := func(value any, err error) {
		if err != nil {
			fmt.Fprintf(&out, "error %v\n", err)
			return
		}
		if err := json.NewEncoder(&out).Encode(value); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	runs, err := s.Runs(ctx)
	add(runs, err)
	trend, err := s.Trend(ctx, start)
	add(trend, err)
	findings, err := s.Findings(ctx, history.Filter{Ended: true})
	add(findings, err)
	approvals, err := s.Approvals(ctx)
	add(approvals, err)
	previous, err := s.Previous(ctx, "acme")
	add(previous, err)
	for run := int64(1); run <= 5; run++ {
		found, err := s.Findings(ctx, history.Filter{Run: run})
		add(found, err)
		detail, err := s.Show(ctx, run)
		add(detail, err)
		changes, err := s.Changes(ctx, max(1, run-1), run)
		add(changes, err)
		var text bytes.Buffer
		err = s.Export(ctx, run, &text)
		add(text.String(), err)
	}
	return strings.ReplaceAll(out.String(), s.Name(), "it")
}

// sweptHistory has something in each table: findings that begin, end, and could
// not be assessed, a document that changed, an approval, a pruning, and a run
// that was killed.
func sweptHistory(t *testing.T, s *history.Store) {
	t.Helper()
	w := newWorld(9)
	w.failing[1], w.failing[2], w.denied[6] = true, true, true
	recordRun(t, s, w)
	w.day, w.policy[3], w.fresh, w.failing[1] = 1, 1, true, false
	recordRun(t, s, w)
	if _, err := s.Approve(t.Context(), scanner.Approval{Digest: "d1", At: start, By: "Ada", Reason: "reviewed"}); err != nil {
		t.Fatal(err)
	}
	w.day, w.gone[2], w.failing[4] = 2, true, true
	recordRun(t, s, w)
	w.day, w.rules, w.failing[4] = 3, "rules-2", false
	recordRun(t, s, w)
	if _, err := s.Prune(t.Context(), start.AddDate(0, 0, 1)); err != nil {
		t.Fatal(err)
	}
	w.day, w.failing[5], w.policy[4] = 4, true, 1
	recordRun(t, s, w)
	if err := s.LeaveBehind(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	verify(t, s)
}

// testSweep alters every column of every table, in several rows and ways, and
// removes, duplicates and moves rows. Verify finds whatever changes what a
// command says.
func testSweep(t *testing.T, s *history.Store) {
	sweptHistory(t, s)
	before := told(t, s)
	altered, found := 0, 0
	try := func(table, query string) {
		t.Helper()
		changed, err := s.Alter(t, table, query, func() {
			if v, err := s.Verify(t.Context()); err != nil || len(v.Problems) > 0 {
				found++
			} else if told(t, s) != before {
				t.Errorf("nothing is found wrong after: %s", query)
			}
		})
		if err == nil && changed > 0 { // otherwise the database itself refuses it, or there is no such row
			altered++
		}
	}
	columns, err := s.Columns(t.Context())
	if err != nil || len(columns) != 26 {
		t.Fatalf("%d columns, %v", len(columns), err)
	}
	tables := map[string][]string{}
	for _, c := range columns {
		tables[c.Table] = append(tables[c.Table], c.Name)
		for _, value := range c.Values() {
			for _, where := range s.SomeRows(t, c.Table) {
				try(c.Table, "UPDATE "+c.Table+" SET "+c.Name+" = "+value+where)
			}
		}
	}
	for table, names := range tables {
		for _, where := range s.SomeRows(t, table) {
			try(table, "DELETE FROM "+table+where)
			for _, name := range names { // a copy that differs in what tells it apart
				list := strings.Join(names, ", ")
				other := strings.Join(replaced(names, name, name+" + 1000"), ", ")
				try(table, "INSERT INTO "+table+" ("+list+") SELECT "+other+" FROM "+table+where)
			}
		}
		try(table, "DELETE FROM "+table)
	}
	if told(t, s) != before {
		t.Error("the sweep has left something behind")
	}
	verify(t, s)
	t.Logf("%d alterations, of which %d are found", altered, found)
	if found == altered {
		t.Error("even what changes nothing that is said is found: the sweep does not put back what it altered")
	}
	if found < 250 {
		t.Errorf("only %d alterations are found", found)
	}
}

func replaced(list []string, old, by string) []string {
	out := make([]string, len(list))
	for i, e := range list {
		if out[i] = e; e == old {
			out[i] = by
		}
	}
	return out
}

// TestFlippedBits flips single bits of the file. SQLite or the digests find
// whatever changes what a command says.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	path := filepath.Join(t.TempDir(), "history.db")
	s, err := history.Open(t.Context(), path, history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sweptHistory(t, s)
	before := told(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(20260301, 2))
	found := 0
	for range 300 {
		damaged := bytes.Clone(whole)
		at := random.IntN(len(damaged))
		damaged[at] ^= 1 << random.IntN(8)
		copied := filepath.Join(t.TempDir(), "history.db")
		if err := os.WriteFile(copied, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := history.Open(t.Context(), copied, history.Options{ReadOnly: true})
		if err != nil {
			found++
			continue
		}
		if v, err := s.Verify(t.Context()); err != nil || len(v.Problems) > 0 {
			found++
		} else if told(t, s) != before {
			t.Errorf("a flipped bit of byte %d (page %d) is not found", at, at/4096+1)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Logf("%d of 300 flips are found", found)
	if found < 100 {
		t.Errorf("only %d flips are found", found)
	}
}

func testExpectedHead(t *testing.T, s *history.Store) {
	w := newWorld(3)
	recordRun(t, s, w)
	first := verify(t, s).Head
	w.day = 1
	recordRun(t, s, w)
	second := verify(t, s).Head
	for _, tt := range []struct {
		heads []string
		found bool
	}{{[]string{first}, true}, {[]string{first, second}, true}, {[]string{strings.Repeat("0", 64)}, false}} {
		v, err := s.Verify(t.Context(), tt.heads...)
		if err != nil || (len(v.Problems) == 0) != tt.found {
			t.Errorf("with %v: %+v, %v", tt.heads, v, err)
		}
	}
	// What a clean cut leaves is right in itself.
	for _, query := range []string{
		"DELETE FROM ledger WHERE id = 2", "DELETE FROM part WHERE run = 2", "DELETE FROM document WHERE run = 2",
	} {
		if err := s.WithoutKeys(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	verify(t, s)
	v, err := s.Verify(t.Context(), first, second)
	if err != nil || len(v.Problems) != 1 || !strings.Contains(v.Problems[0].Text, second) || !strings.Contains(v.Problems[0].Text, "cut off") {
		t.Errorf("after the last run was cut off: %+v, %v", v, err)
	}
}
