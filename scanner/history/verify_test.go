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
	{"run_tenant", "UPDATE run_tenant SET body = (SELECT body FROM run_tenant WHERE run = 3) WHERE run = 1", "acme"},
	{"run_tenant", "DELETE FROM run_tenant WHERE run = 1", "missing"},
	{"run_tenant", "INSERT INTO run_tenant SELECT run, 'evil', 1, scheduled_at, 1, 1, 0, 0, body FROM run_tenant WHERE run = 1", "evil"},
	{"shard", "DELETE FROM shard WHERE run = 2 AND number = 0", "not those"},
	{"shard", "UPDATE shard SET payload = (SELECT payload FROM shard WHERE run = 1 AND number = 1) WHERE run = 2 AND number = 0", "not those"},
	{"shard", "UPDATE shard SET content = payload WHERE run = 1 AND number = 1", "not those"},
	{"subject", "UPDATE subject SET export_id = 'stolen' WHERE id = 3", "stolen"},
	{"config_version", "UPDATE config_version SET digest = (SELECT digest FROM config_version WHERE id = 2) WHERE id = 1", "row 1,"},
	{"config_version", "UPDATE config_version SET pos = pos + 1 WHERE id = 2", "row 2,"},
	{"config_version", "UPDATE config_version SET from_run = 2 WHERE id = 4", "00000003-"},
	{"config_version", "UPDATE config_version SET to_run = 3 WHERE to_run = 2", "00000003-"},
	{"config_version", "UPDATE config_version SET to_run = NULL WHERE to_run = (SELECT MAX(to_run) FROM config_version) AND subject NOT IN (SELECT subject FROM config_version WHERE to_run IS NULL)", "00000005-"},
	{"config_version", "UPDATE config_version SET to_run = 77 WHERE id = 1", "does not exist"},
	{"config_version", "DELETE FROM config_version WHERE id = 7", "00000006-"},
	{"config_version", "INSERT INTO config_version (subject, from_run, to_run, digest, pack, pos, len) SELECT subject, 2, 2, digest, pack, pos, len FROM config_version WHERE id = 1", "00000000-"},
	{"result", "UPDATE result SET statuses = (SELECT statuses FROM result WHERE subject = 1 AND from_run = 1) WHERE subject = 2 AND from_run = 1", "00000001-"},
	{"result", "UPDATE result SET len = 0 WHERE subject = 2 AND from_run = 1", "00000001-"},
	{"result", "DELETE FROM result WHERE subject = 2 AND from_run = 2", "00000001-"},
	{"finding", "UPDATE finding SET status = 'unknown' WHERE id = 1", "00000001-"},
	{"finding", "UPDATE finding SET severity = 'low' WHERE id = 1", "00000001-"},
	{"finding", "UPDATE finding SET resource = 'x' WHERE id = 1", "00000001-"},
	{"finding", "UPDATE finding SET resolved_run = 3 WHERE resolved_run = 2", "00000001-"},
	{"finding", "UPDATE finding SET ending = 'gone' WHERE resolved_run = 2", "00000001-"},
	{"finding", "UPDATE finding SET resolved_run = 3 WHERE resolved_run IS NULL", "00000002-"},
	{"finding", "DELETE FROM finding WHERE id = 2", "00000002-"},
	{"drift_event", "UPDATE drift_event SET effect = 'narrowed' WHERE run = 1", "not those"},
	{"drift_event", "DELETE FROM drift_event WHERE run = 2", "not those"},
	{"approval", "UPDATE approval SET approved_by = 'Mallory'", "Mallory"},
	{"approval", "DELETE FROM approval", "missing"},
	{"approval", "INSERT INTO approval (digest, approved_at, approved_by, reason) VALUES ('d', '2026-03-01T00:00:00.000000000Z', 'Mallory', 'r')", "Mallory"},
	{"ledger", "UPDATE ledger SET body = '{}' WHERE id = 2", "entry 2"},
	{"ledger", "UPDATE ledger SET hash = 'x' WHERE id = 1", "entry 1"},
	{"ledger", "DELETE FROM ledger WHERE id = 2", "entry 2"},
	{"run", "DELETE FROM ledger WHERE id = 4", "ledger does not have"},
	{"blob", "UPDATE blob SET digest = (SELECT digest FROM run_tenant, (SELECT digest FROM config_version WHERE id = 1) AS v LIMIT 1) WHERE id = 5", "not the one"},
	{"blob", "UPDATE blob SET pos = 0 WHERE id = 5", "not the one"},
	{"blob", "UPDATE pack SET data = (SELECT data FROM pack WHERE id = 1) WHERE id = 3", "blob"},
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
				if strings.Contains(p.Text, tt.says) && (p.Table == tt.table || tt.table == "subject") {
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

// A document that nothing but one run refers to is found as well: the volatile
// ones, which no version covers.
func TestVerifyExchangedDocuments(t *testing.T) {
	s := newStore(t)
	w := newWorld(10)
	recordRun(t, s, w)
	for _, query := range []string{
		"UPDATE blob SET id = -1 WHERE id = (SELECT MIN(id) FROM blob WHERE len BETWEEN 150 AND 190)",
		"UPDATE blob SET id = (SELECT MIN(id) FROM blob WHERE id > 0 AND len BETWEEN 150 AND 190) - 1000 WHERE id = -1",
	} {
		if err := s.WithoutKeys(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	v, err := s.Verify(t.Context())
	if err != nil || len(v.Problems) == 0 {
		t.Errorf("a document under another number is not found: %+v, %v", v, err)
	}
}
