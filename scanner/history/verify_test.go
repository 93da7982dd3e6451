package history_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// tampered are alterations, each with the table that Verify must name and a
// word of what it says. Foreign keys do not stop somebody who edits a file.
var tampered = []struct{ table, query, says string }{
	{"part", "DELETE FROM part WHERE run = 2 AND kind = 'index' AND number = 0", "rows of run 2 are not those"},
	{"part", "DELETE FROM part WHERE run = 2 AND kind = 'documents'", "rows of run 2 are not those"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 1 AND kind = 'index' AND number = 1) WHERE run = 2 AND kind = 'index' AND number = 0", "index 0 of run 2"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 1 AND kind = 'index' AND number = 1) WHERE run = 1 AND kind = 'moving' AND number = 1", "moving 1 of run 1"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 2 AND kind = 'head') WHERE run = 1 AND kind = 'head'", "head 0 of run 1"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 2 AND kind = 'drift') WHERE run = 1 AND kind = 'drift'", "drift 0 of run 1"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 2 AND kind = 'findings') WHERE run = 1 AND kind = 'findings'", "findings 0 of run 1"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 2 AND kind = 'open') WHERE run = 1 AND kind = 'open'", "open 0 of run 1"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 3 AND kind = 'open') WHERE run = 2 AND kind = 'ended'", "ended 0 of run 2"},
	{"part", "UPDATE part SET data = (SELECT data FROM part WHERE run = 1 AND kind = 'documents' AND number = 0) WHERE run = 2 AND kind = 'documents'", "documents 0 of run 2"},
	{"part", "UPDATE part SET kind = 'ended' WHERE run = 3 AND kind = 'open'", "ended 0 of run 3"},
	{"part", "UPDATE part SET digest = 'x' WHERE run = 1 AND kind = 'index' AND number = 1", "index 1 of run 1"},
	{"part", "UPDATE part SET number = 7 WHERE run = 1 AND kind = 'index' AND number = 1", "index 7 of run 1"},
	{"part", "UPDATE part SET run = 3, number = 7 WHERE run = 2 AND kind = 'index' AND number = 0", "rows of run 3 are not those"},
	{"part", "INSERT INTO part (run, kind, number, digest, data) SELECT run, kind, 7, digest, data FROM part WHERE run = 1 AND kind = 'index' AND number = 0", "rows of run 1 are not those"},
	{"part", "INSERT INTO part (run, kind, number, digest, data) SELECT 9, kind, number, digest, data FROM part WHERE run = 1", "the ledger does not have run 9"},
	{"part", "DELETE FROM ledger WHERE id = 4", "the ledger does not have run 3"},
	{"recording", "INSERT INTO recording (run, base, tenants) VALUES (1, 0, '[]')", "run 1 is not being recorded"},
	{"ledger", "UPDATE ledger SET body = REPLACE(body, 'Ada', 'Mallory') WHERE kind = 'approval'", "altered"},
	{"ledger", "UPDATE ledger SET body = REPLACE(body, '\"exitStatus\":1', '\"exitStatus\":0') WHERE id = 1", "entry 1 was altered"},
	{"ledger", "UPDATE ledger SET body = REPLACE(body, '\"whole\":[\"acme\"]', '\"whole\":[]') WHERE id = 3", "entry 3 was altered"},
	{"ledger", "UPDATE ledger SET kind = 'x' WHERE id = 3", "no known kind"},
	{"ledger", "DELETE FROM ledger WHERE kind = 'approval'", "missing"},
	{"ledger", "INSERT INTO ledger (id, kind, subject, body, previous, hash) SELECT id + 3, kind, subject, body, previous, hash FROM ledger WHERE kind = 'approval'", "does not follow"},
	{"ledger", "UPDATE ledger SET body = '{}' WHERE id = 2", "entry 2"},
	{"ledger", "UPDATE ledger SET body = '{' WHERE id = 1", "entry 1 cannot be read"},
	{"ledger", "UPDATE ledger SET hash = 'x' WHERE id = 1", "entry 1"},
	{"ledger", "DELETE FROM ledger WHERE id = 2", "entry 2"},
	{"document", "UPDATE document SET run = 2, number = 0 WHERE run = 1 AND number = 0 AND position = 5", "leads to another text"},
	{"document", "UPDATE document SET number = 8 WHERE run = 1 AND number = 0 AND position = 5", "leads to another text"},
	{"document", "UPDATE document SET position = 4 WHERE run = 1 AND number = 0 AND position = 5", "leads to another text"},
	{"document", "DELETE FROM document WHERE run = 1 AND number = 0 AND position = 5", "missing"},
}

// threeDays has an approval and three runs.
func threeDays(t *testing.T, s *history.Store) {
	t.Helper()
	w := newWorld(10)
	w.failing[1], w.failing[2] = true, true
	recordRun(t, s, w)
	if _, err := s.Approve(t.Context(), scanner.Approval{Digest: "d1", At: start, By: "Ada", Reason: "reviewed"}); err != nil {
		t.Fatal(err)
	}
	w.day, w.policy[3], w.failing[1], w.fresh = 1, 1, false, true
	recordRun(t, s, w)
	w.day, w.gone[5] = 2, true
	recordRun(t, s, w)
	verify(t, s)
}

// testTampering tries all alterations of what threeDays records, or the first of
// each table.
func testTampering(t *testing.T, all bool, store func(t *testing.T) *history.Store) {
	tried := map[string]bool{}
	for _, tt := range tampered {
		if tried[tt.table] && !all {
			continue
		}
		tried[tt.table] = true
		t.Run(tt.query, func(t *testing.T) {
			s := store(t)
			if err := s.WithoutKeys(t.Context(), tt.query); err != nil {
				t.Fatal(err)
			}
			v, err := s.Verify(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range v.Problems {
				if strings.Contains(p.Text, tt.says) && p.Table == tt.table {
					return
				}
			}
			t.Errorf("the %s is not named (%q): %+v", tt.table, tt.says, v.Problems)
		})
	}
}

func TestVerifyNamesWhatWasAltered(t *testing.T) {
	t.Parallel()
	prepared := filepath.Join(t.TempDir(), "history.db")
	s, err := history.Open(t.Context(), prepared, history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	threeDays(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(prepared)
	if err != nil {
		t.Fatal(err)
	}
	testTampering(t, true, func(t *testing.T) *history.Store {
		t.Helper()
		path := filepath.Join(t.TempDir(), "history.db")
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
		return open(t, path)
	})
}
