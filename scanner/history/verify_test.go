package history_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// tampered are alterations, each with the table that Verify must name and a
// word of what it says. Foreign keys do not stop somebody who edits a file.
var tampered = []struct{ table, query, says string }{
	{"run", "UPDATE run SET exit_status = 0 WHERE id = 2", "altered"},
	{"run", "UPDATE run SET summary = '{}' WHERE id = 1", "altered"},
	{"run", "UPDATE run SET snapshot_digest = 'x' WHERE id = 2", "altered"},
	{"run", "UPDATE run SET rules_digest = 'x' WHERE id = 2", "altered"},
	{"run", "UPDATE run SET finished = 0 WHERE id = 3", "no longer says"},
	{"run", "UPDATE run SET pruned = 1 WHERE id = 1", "pruning"},
	{"run_tenant", "UPDATE run_tenant SET listed = 0 WHERE run = 2", "acme"},
	{"run_tenant", "UPDATE run_tenant SET scheduled_at = '2020-01-01T00:00:00.000000000Z' WHERE run = 2", "acme"},
	{"run_tenant", "DELETE FROM run_tenant WHERE run = 1", "missing"},
	{"run_tenant", "INSERT INTO run_tenant SELECT run, 'evil', 1, scheduled_at, 1, 1, 0, 0 FROM run_tenant WHERE run = 1", "evil"},
	{"run", "UPDATE run SET head = (SELECT head FROM run WHERE id = 2) WHERE id = 1", "altered"},
	{"run", "UPDATE run SET base = 0 WHERE id = 2", "altered"},
	{"run", "UPDATE run SET drift = (SELECT drift FROM run WHERE id = 2) WHERE id = 1", "drift"},
	{"shard", "DELETE FROM shard WHERE run = 2 AND number = 0", "not those"},
	{"shard", "UPDATE shard SET body = (SELECT body FROM shard WHERE run = 1 AND number = 1) WHERE run = 2 AND number = 0", "not the one"},
	{"shard", "UPDATE shard SET meanings = body WHERE run = 1 AND number = 1", "not the one"},
	{"shard", "UPDATE shard SET findings = body WHERE run = 1 AND number = 1", "not the one"},
	{"shard", "UPDATE shard SET episodes = body WHERE run = 1 AND number = 1", "not the one"},
	{"shard", "UPDATE shard SET digest = 'x' WHERE run = 1 AND number = 1", "not those"},
	{"shard", "UPDATE shard SET number = 7 WHERE run = 1 AND number = 1", "not those"},
	{"shard", "UPDATE shard SET run = 3, number = 7 WHERE run = 2 AND number = 0", "not those"},
	{"shard", "INSERT INTO shard (run, number, digest, meanings, episodes, findings, body) SELECT run, 7, digest, meanings, episodes, findings, body FROM shard WHERE run = 1 AND number = 0", "not those"},
	{"finding", "UPDATE finding SET export_id = 'stolen' WHERE id = 1", "stolen"},
	{"finding", "UPDATE finding SET tenant = 'evil' WHERE id = 1", "evil"},
	{"finding", "UPDATE finding SET last_run = 2 WHERE resolved_run = 2", "00000001-"},
	{"finding", "UPDATE finding SET first_run = 2 WHERE id = 2", "00000002-"},
	{"finding", "INSERT INTO finding (tenant, export_id, fingerprint, rule, severity, status, resource, first_run, resolved_run) SELECT tenant, export_id, fingerprint, rule, severity, status, resource, first_run, 3 FROM finding WHERE id = 2", "no run wrote"},
	{"finding", "UPDATE finding SET status = 'unknown' WHERE id = 1", "00000001-"},
	{"finding", "UPDATE finding SET severity = 'low' WHERE id = 1", "00000001-"},
	{"finding", "UPDATE finding SET resource = 'x' WHERE id = 1", "00000001-"},
	{"finding", "UPDATE finding SET resolved_run = 3 WHERE resolved_run = 2", "00000001-"},
	{"finding", "UPDATE finding SET ending = 'gone' WHERE resolved_run = 2", "00000001-"},
	{"finding", "UPDATE finding SET resolved_run = 3 WHERE resolved_run IS NULL", "00000002-"},
	{"finding", "DELETE FROM finding WHERE id = 2", "00000002-"},
	{"ledger", "UPDATE ledger SET body = REPLACE(body, 'Ada', 'Mallory') WHERE kind = 'approval'", "altered"},
	{"ledger", "DELETE FROM ledger WHERE kind = 'approval'", "missing"},
	{"ledger", "INSERT INTO ledger (id, kind, subject, body, previous, hash) SELECT id + 3, kind, subject, body, previous, hash FROM ledger WHERE kind = 'approval'", "does not follow"},
	{"ledger", "UPDATE ledger SET body = '{}' WHERE id = 2", "entry 2"},
	{"ledger", "UPDATE ledger SET hash = 'x' WHERE id = 1", "entry 1"},
	{"ledger", "DELETE FROM ledger WHERE id = 2", "entry 2"},
	{"run", "DELETE FROM ledger WHERE id = 4", "ledger does not have"},
	{"document", "UPDATE document SET batch = 2 WHERE batch = 1 AND position = 5", "leads to another text"},
	{"document", "UPDATE document SET position = 4 WHERE batch = 1 AND position = 5", "leads to another text"},
	{"document", "DELETE FROM document WHERE batch = 1 AND position = 5", "missing"},
	{"batch", "UPDATE batch SET data = (SELECT data FROM batch WHERE id = 1) WHERE id = 2", "not the one"},
	{"batch", "UPDATE batch SET run = 3 WHERE id = 1", "not those"},
	{"batch", "DELETE FROM batch WHERE id = 2", "not those"},
}

// testTampering tries all alterations, or the first of each table.
func testTampering(t *testing.T, all bool, store func(t *testing.T) *history.Store) {
	tried := map[string]bool{}
	for _, tt := range tampered {
		if tried[tt.table] && !all {
			continue
		}
		tried[tt.table] = true
		t.Run(tt.query, func(t *testing.T) {
			s := store(t)
			w := newWorld(10)
			w.failing[1], w.failing[2] = true, true
			recordRun(t, s, w)
			if err := s.Approve(t.Context(), scanner.Approval{Digest: "d1", At: start, By: "Ada", Reason: "reviewed"}); err != nil {
				t.Fatal(err)
			}
			w.day, w.policy[3], w.failing[1], w.fresh = 1, 1, false, true
			recordRun(t, s, w)
			w.day, w.gone[5] = 2, true
			recordRun(t, s, w)
			verify(t, s)
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
	testTampering(t, true, func(t *testing.T) *history.Store { return newStore(t) })
}
