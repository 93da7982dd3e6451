package history

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"
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
	store   *Store
	h       handle
	out     *Verification
	digests map[int64]key // of blobs
	kept    int64         // the first run whose content is kept
}

func (v *verifier) problem(table string, run int64, format string, args ...any) {
	v.out.Problems = append(v.out.Problems, Problem{table, run, fmt.Sprintf(format, args...)})
}

// Verify recomputes every digest and the ledger's chain, and names every row
// that was altered, added or removed since it was recorded. The error is one
// of reading; a damaged file may also make it.
func (s *Store) Verify(ctx context.Context) (*Verification, error) {
	v := &verifier{store: s, h: s.pool(), out: &Verification{Problems: []Problem{}}}
	s.codec.forget() // what is on the disk counts
	entries, err := readLedger(ctx, v.h)
	if err != nil {
		return nil, s.fail("read the ledger", err)
	}
	v.chain(entries)
	for _, step := range []func(context.Context) error{v.file, v.blobs, v.versions, v.results} {
		if err := step(ctx); err != nil {
			return nil, s.fail("verify", err)
		}
	}
	for _, step := range []func(context.Context, []ledgerEntry) error{v.approvals, v.carried, v.runs, v.dangling} {
		if err := step(ctx, entries); err != nil {
			return nil, s.fail("verify", err)
		}
	}
	return v.out, nil
}

func (v *verifier) chain(entries []ledgerEntry) {
	previous := ""
	for i := range entries {
		e := &entries[i]
		switch {
		case e.id != int64(i)+1:
			v.problem("ledger", 0, "entry %d is missing", i+1)
			e.id = int64(i) + 1 // name it once
		case e.previous != previous:
			v.problem("ledger", 0, "entry %d does not follow the entry before it", e.id)
		case e.sum() != e.hash:
			v.problem("ledger", 0, "entry %d was altered", e.id)
		}
		previous = e.hash
		if e.kind == ledgerPrune {
			v.kept = e.subject
		}
	}
	v.out.Entries, v.out.Head = len(entries), previous
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

// blobs compares every document with its digest, pack by pack.
func (v *verifier) blobs(ctx context.Context) error {
	type row struct {
		id     int64
		digest key
		place  place
	}
	var rows []row
	v.digests = map[int64]key{}
	err := v.h.each(ctx, "SELECT id, digest, pack, pos, len FROM blob ORDER BY pack, pos, id", nil, func(r *sql.Rows) error {
		var b row
		var digest sql.RawBytes
		if err := r.Scan(append([]any{&b.id, &digest}, b.place.columns()...)...); err != nil {
			return err
		}
		var err error
		if b.digest, err = keyOf(digest); err != nil {
			v.problem("blob", 0, "blob %d: its digest was altered", b.id)
			return nil //nolint:nilerr // it is a finding of the verification, not a failure of it
		}
		v.digests[b.id] = b.digest
		rows = append(rows, b)
		return nil
	})
	if err != nil {
		return err
	}
	for _, b := range rows {
		text, err := v.store.unpack(ctx, v.h, b.place)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			v.problem("blob", 0, "blob %s: %v", b.digest, err)
		case sha256.Sum256(text) != b.digest:
			v.problem("blob", 0, "blob %s: the text is not the one that was recorded", b.digest)
		}
	}
	return nil
}

// packedRow is a version or a result.
type packedRow struct {
	id, run, statuses int64
	digest            []byte
	place             place
	tenant, export    string
}

func (v *verifier) packedRows(ctx context.Context, table int) ([]packedRow, error) {
	statuses := "0"
	if table == tableResult {
		statuses = "t.statuses"
	}
	var rows []packedRow
	err := v.h.each(ctx, "SELECT t.id, t.from_run, "+statuses+", t.digest, s.tenant, s.export_id, t.pack, t.pos, t.len FROM "+tableName(table)+
		" t JOIN subject s ON s.id = t.subject ORDER BY t.pack, t.pos, t.id", nil, func(r *sql.Rows) error {
		var p packedRow
		err := r.Scan(append([]any{&p.id, &p.run, &p.statuses, &p.digest, &p.tenant, &p.export}, p.place.columns()...)...)
		rows = append(rows, p)
		return err
	})
	return rows, err
}

func (v *verifier) versions(ctx context.Context) error {
	rows, err := v.packedRows(ctx, tableVersion)
	if err != nil {
		return err
	}
	for i := range rows {
		p := &rows[i]
		payload, err := v.store.unpack(ctx, v.h, p.place)
		var digest key
		if err == nil {
			digest, err = keptDigest(payload, v.digests)
		}
		v.compare(tableVersion, p, digest, err)
	}
	return ctx.Err()
}

func (v *verifier) results(ctx context.Context) error {
	rows, err := v.packedRows(ctx, tableResult)
	if err != nil {
		return err
	}
	for i := range rows {
		p := &rows[i]
		payload, err := v.store.unpack(ctx, v.h, p.place)
		statuses, ok := v.digests[p.statuses]
		if err == nil && !ok {
			err = fmt.Errorf("blob %d, which it refers to, is missing", p.statuses)
		}
		v.compare(tableResult, p, resultsDigest(statuses, payload), err)
	}
	return ctx.Err()
}

func (v *verifier) compare(table int, p *packedRow, digest key, err error) {
	name := fmt.Sprintf("row %d, of %s", p.id, subjectName(p.tenant, p.export))
	switch {
	case err != nil:
		v.problem(tableName(table), p.run, "%s: %v", name, err)
	case !slices.Equal(digest[:], p.digest):
		v.problem(tableName(table), p.run, "%s: it does not match its digest", name)
	}
}

func subjectName(tenant, export string) string {
	if export == "" {
		return "tenant " + tenant
	}
	return "export " + export + " of tenant " + tenant
}

func (v *verifier) approvals(ctx context.Context, entries []ledgerEntry) error {
	wanted := map[int64]string{}
	for i := range entries {
		if entries[i].kind == ledgerApproval {
			wanted[entries[i].subject] = entries[i].body
		}
	}
	err := eachApproval(ctx, v.h, func(id int64, b approvalBody) error {
		body, err := json.Marshal(b, encoding())
		if err != nil {
			return err
		}
		if wanted[id] == "" {
			v.problem("approval", 0, "row %d, by %s: the ledger does not have it", id, b.By)
		} else if wanted[id] != string(body) {
			v.problem("approval", 0, "row %d, by %s: it was altered", id, b.By)
		}
		delete(wanted, id)
		return nil
	})
	for i := range entries {
		if _, missing := wanted[entries[i].subject]; missing && entries[i].kind == ledgerApproval {
			v.problem("approval", 0, "row %d is missing", entries[i].subject)
		}
	}
	return err
}

// dangling finds rows whose runs do not exist, and what no run wrote.
func (v *verifier) dangling(ctx context.Context, _ []ledgerEntry) error {
	for _, c := range []struct{ table, query string }{
		{"config_version", "SELECT id, to_run FROM config_version WHERE to_run IS NOT NULL AND to_run NOT IN (SELECT id FROM run)"},
		{"result", "SELECT id, to_run FROM result WHERE to_run IS NOT NULL AND to_run NOT IN (SELECT id FROM run)"},
		{"finding", "SELECT id, resolved_run FROM finding WHERE resolved_run IS NOT NULL AND resolved_run NOT IN (SELECT id FROM run)"},
	} {
		err := v.h.each(ctx, c.query, nil, func(rows *sql.Rows) error {
			var id, run int64
			err := rows.Scan(&id, &run)
			v.problem(c.table, run, "row %d: it ends with a run that does not exist", id)
			return err
		})
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(v.out.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Run, b.Run), cmp.Compare(a.Text, b.Text))
	})
	v.out.Problems = slices.Compact(v.out.Problems)
	return nil
}
