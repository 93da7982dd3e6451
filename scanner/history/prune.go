package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// Pruned says what Prune removed.
type Pruned struct {
	Runs     int
	Episodes int
	Versions int
	Blobs    int
}

// pruneBody is what the ledger says of a pruning.
type pruneBody struct {
	Before string `json:"before"`
	Kept   int64  `json:"kept"` // the first run whose content is kept
	// Carried covers the rows that began before that run and still hold.
	Carried [tables]string `json:"carried"`
}

// Prune removes the content of runs that were collected before a time. The
// runs that others are compared with stay, as do the ledger and the line that
// each run has in lists and trends.
func (s *Store) Prune(ctx context.Context, before time.Time) (*Pruned, error) {
	release, err := s.lock(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer release() //nolint:errcheck // what was pruned is committed
	p := &Pruned{}
	err = s.within(ctx, "prune", func(h handle) error {
		if err := s.lockLedger(ctx, h); err != nil {
			return err
		}
		return s.prune(ctx, h, before, p)
	})
	s.codec.forget()
	if err != nil || p.Runs == 0 || s.postgres {
		return p, err
	}
	return p, s.fail("give space back", s.pool().exec(ctx, "VACUUM"))
}

func (s *Store) prune(ctx context.Context, h handle, before time.Time, p *Pruned) error {
	if err := clearAllDead(ctx, h); err != nil {
		return err
	}
	kept, err := firstKept(ctx, h, before)
	if err != nil || kept == 0 {
		return err
	}
	for _, step := range []struct {
		query string
		count *int
	}{
		{"UPDATE run SET pruned = 1 WHERE pruned = 0 AND id < ?", &p.Runs},
		{"DELETE FROM finding WHERE resolved_run < ?", &p.Episodes},
		{"DELETE FROM config_version WHERE to_run < ?", &p.Versions},
		{"DELETE FROM result WHERE to_run < ?", nil},
		{"DELETE FROM drift_event WHERE run < ?", nil},
		{"DELETE FROM shard WHERE run < ?", nil},
	} {
		n, err := h.count(ctx, step.query, kept)
		if err != nil {
			return err
		}
		if step.count != nil {
			*step.count = int(n)
		}
		if step.count == &p.Runs && n == 0 {
			return nil // nothing is left to prune
		}
	}
	if p.Blobs, err = s.sweep(ctx, h); err != nil {
		return err
	}
	body := pruneBody{Before: formatTime(before), Kept: kept}
	for table := range body.Carried {
		if body.Carried[table], err = carriedDigest(ctx, h, table, kept); err != nil {
			return err
		}
	}
	_, err = appendLedger(ctx, h, ledgerPrune, kept, body)
	return err
}

// clearAllDead undoes every run that never ended: nobody records now.
func clearAllDead(ctx context.Context, h handle) error {
	var tenants []string
	err := h.each(ctx, "SELECT DISTINCT tenant FROM run_tenant", nil, func(rows *sql.Rows) error {
		var tenant string
		err := rows.Scan(&tenant)
		tenants = append(tenants, tenant)
		return err
	})
	if err != nil {
		return err
	}
	return clearDead(ctx, h, tenants)
}

// firstKept is the first run whose content stays: the oldest among those that
// are young enough and each tenant's last, complete and of any kind.
func firstKept(ctx context.Context, h handle, before time.Time) (int64, error) {
	const query = `SELECT COALESCE(MIN(id), 0) FROM (
SELECT id FROM run WHERE finished = 1 AND collected_at >= ?
UNION ALL SELECT MAX(r.id) FROM run_tenant t JOIN run r ON r.id = t.run WHERE r.finished = 1 GROUP BY t.tenant
UNION ALL SELECT MAX(r.id) FROM run_tenant t JOIN run r ON r.id = t.run WHERE r.finished = 1 AND t.whole = 1 GROUP BY t.tenant) AS kept`
	var kept int64
	_, err := h.one(ctx, query, []any{formatTime(before)}, &kept)
	return kept, err
}

// sweep removes documents that nothing refers to, and packs that hold nothing.
func (s *Store) sweep(ctx context.Context, h handle) (int, error) {
	used := map[int64]bool{}
	for _, query := range []string{"SELECT settings FROM run", "SELECT statuses FROM result"} {
		if err := h.each(ctx, query, nil, func(rows *sql.Rows) error {
			var id int64
			err := rows.Scan(&id)
			used[id] = true
			return err
		}); err != nil {
			return 0, err
		}
	}
	if err := s.usedByVersions(ctx, h, used); err != nil {
		return 0, err
	}
	if err := s.usedByShards(ctx, h, used); err != nil {
		return 0, err
	}
	var unused []int64
	err := h.each(ctx, "SELECT id FROM blob", nil, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		if !used[id] {
			unused = append(unused, id)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	err = chunks(unused, func(in string, args []any) error { return h.exec(ctx, "DELETE FROM blob WHERE id IN "+in, args...) })
	if err != nil {
		return 0, err
	}
	return len(unused), h.exec(ctx, `DELETE FROM pack WHERE id NOT IN
(SELECT pack FROM blob UNION SELECT pack FROM config_version UNION SELECT pack FROM result)`)
}

func (s *Store) usedByVersions(ctx context.Context, h handle, used map[int64]bool) error {
	var places []place
	err := h.each(ctx, "SELECT pack, pos, len FROM config_version ORDER BY pack, pos", nil, func(rows *sql.Rows) error {
		var at place
		err := rows.Scan(at.columns()...)
		places = append(places, at)
		return err
	})
	if err != nil {
		return err
	}
	for _, at := range places {
		payload, err := s.unpack(ctx, h, at)
		if err != nil {
			return err
		}
		k, err := unpackRecord(payload)
		if err != nil {
			return err
		}
		for _, id := range k.blobs {
			used[id] = true
		}
	}
	return nil
}

func (s *Store) usedByShards(ctx context.Context, h handle, used map[int64]bool) error {
	type shardID struct{ run, number int64 }
	var shards []shardID
	err := h.each(ctx, "SELECT run, number FROM shard", nil, func(rows *sql.Rows) error {
		var id shardID
		err := rows.Scan(&id.run, &id.number)
		shards = append(shards, id)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range shards {
		members, err := s.members(ctx, h, id.run, id.number, time.Time{})
		if err != nil {
			return fmt.Errorf("run %d: %w", id.run, err)
		}
		for i := range members {
			for _, blob := range members[i].volatile {
				used[blob] = true
			}
		}
	}
	return nil
}

// carriedDigest covers the rows of a table that began before a run.
func carriedDigest(ctx context.Context, h handle, table int, kept int64) (string, error) {
	columns, from := "t.digest, '', '', '', ''", "t.from_run"
	if table == tableFinding {
		columns, from = "t.fingerprint, t.rule, t.severity, t.status, t.resource", "t.first_run"
	}
	w := writer{}
	err := h.each(ctx, "SELECT s.tenant, s.export_id, "+from+", "+columns+" FROM "+tableName(table)+" t JOIN subject s ON s.id = t.subject WHERE "+
		from+" < ? ORDER BY t.id", []any{kept}, func(rows *sql.Rows) error {
		var tenant, export string
		var first int64
		var id sql.RawBytes
		var more [4]string
		err := rows.Scan(&tenant, &export, &first, &id, &more[0], &more[1], &more[2], &more[3])
		w.text(tenant)
		w.text(export)
		w.signed(first)
		w.bytes(id)
		for _, m := range more {
			w.text(m)
		}
		return err
	})
	return hexSum(w.b), err
}
