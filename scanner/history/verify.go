package history

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// Problem is something that is not as it was recorded.
type Problem struct {
	Table string
	Run   int64 // that the row belongs to; 0: none in particular
	// Text names the row and says what is wrong with it.
	Text string
}

// Verification is the outcome of Verify.
type Verification struct {
	Problems []Problem
	Runs     int // whose content was compared
	Entries  int // of the ledger
	// Head is the hash of the ledger's last entry. Kept elsewhere, it also
	// proves later that nobody cut the ledger's end off.
	Head string
}

// verifier gathers what Verify finds.
type verifier struct {
	store *Store
	h     handle
	out   *Verification
	// What the ledger says.
	runs      map[int64]*runEntry
	abandoned map[int64]abandonedEntry
	prune     pruneEntry // the last; its Kept is the first run whose content is kept
	// What the rows say.
	states   map[int64]runState
	needed   map[int64]bool        // runs that were pruned, and whose shards are still there
	episodes map[findingID]episode // of the runs whose content is kept, as their shards tell
}

// runState is what a run's row says of its life; nothing but 0 and 1 is written.
type runState struct{ finished, pruned int64 }

func (v *verifier) problem(table string, run int64, format string, args ...any) {
	v.out.Problems = append(v.out.Problems, Problem{table, run, fmt.Sprintf(format, args...)})
}

// Verify recomputes every digest and the ledger's chain, and names every row
// that was altered, added or removed since it was recorded. A head that was
// told when a run was recorded, or by an earlier Verify, must still be part of
// the ledger: otherwise the end was cut off, or an older copy took the place of
// the history. The error is one of reading; a damaged file may also make it.
func (s *Store) Verify(ctx context.Context, heads ...string) (*Verification, error) {
	v := &verifier{
		store: s, h: s.pool(), out: &Verification{Problems: []Problem{}}, runs: map[int64]*runEntry{}, abandoned: map[int64]abandonedEntry{},
		states: map[int64]runState{}, needed: map[int64]bool{}, episodes: map[findingID]episode{},
	}
	entries, err := readLedger(ctx, v.h)
	if err != nil {
		return nil, s.fail("read the ledger", err)
	}
	v.ledger(entries)
	for _, head := range heads {
		if !ledger.Holds(entries, head) {
			v.problem("ledger", 0, "no entry has the hash %s: the end was cut off, or an older copy took the place of this history", head)
		}
	}
	for _, step := range []func(context.Context) error{
		v.file, v.readStates, v.checkRuns, v.checkShards, v.checkFindings, v.checkBatches, v.checkDocuments,
	} {
		if err := step(ctx); err != nil {
			return nil, s.fail("verify", err)
		}
	}
	slices.SortStableFunc(v.out.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Run, b.Run), cmp.Compare(a.Text, b.Text))
	})
	v.out.Problems = slices.Compact(v.out.Problems)
	return v.out, nil
}

// ledger checks the chain, and reads what the entries say.
func (v *verifier) ledger(entries []ledger.Entry) {
	ledger.Check(entries, func(problem string) { v.problem("ledger", 0, "%s", problem) })
	v.out.Entries = len(entries)
	for i := range entries {
		e := &entries[i]
		v.out.Head = e.Hash
		var err error
		switch e.Kind {
		case ledger.Run:
			run := &runEntry{}
			err = json.Unmarshal([]byte(e.Body), run)
			v.runs[e.Subject] = run
		case ledger.Abandoned:
			var a abandonedEntry
			err = json.Unmarshal([]byte(e.Body), &a)
			v.abandoned[e.Subject] = a
		case ledger.Prune:
			err = json.Unmarshal([]byte(e.Body), &v.prune)
		case ledger.Approval:
			err = json.Unmarshal([]byte(e.Body), &approvalEntry{})
		default:
			v.problem("ledger", 0, "entry %d is of no known kind", e.ID)
		}
		if err != nil {
			v.problem("ledger", 0, "entry %d cannot be read", e.ID)
		}
	}
}

// file has SQLite look at its own pages, indexes included. Postgres has tools
// of its own for that.
func (v *verifier) file(ctx context.Context) error {
	if v.store.postgres {
		return nil
	}
	return v.h.each(ctx, "PRAGMA integrity_check(20)", nil, func(rows *sql.Rows) error {
		var text string
		err := rows.Scan(&text)
		if text != "ok" && err == nil {
			v.problem("file", 0, "%s", text)
		}
		return err
	})
}

func (v *verifier) readStates(ctx context.Context) error {
	return v.h.each(ctx, "SELECT id, base, finished, pruned FROM run", nil, func(rows *sql.Rows) error {
		var id, base, finished, pruned int64
		err := rows.Scan(&id, &base, &finished, &pruned)
		v.states[id] = runState{finished, pruned}
		if id >= v.prune.Kept && base < v.prune.Kept && finished == 1 {
			v.needed[base] = true
		}
		return err
	})
}

// recording says whether a run is being recorded at this moment: the ledger
// does not cover it yet.
func (v *verifier) recording(run int64) bool {
	state, ok := v.states[run]
	return ok && state.finished == 0 && v.runs[run] == nil
}

func subjectName(tenant, export string) string {
	if export == "" {
		return "tenant " + tenant
	}
	return "export " + export + " of tenant " + tenant
}
