package history

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strconv"
	"time"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// Pruned says what Prune removed.
type Pruned struct {
	Runs      int
	Episodes  int
	Documents int
}

// pruneEntry is what the ledger says of a pruning. Its digests cover rows that
// the pruned runs wrote and that are still needed.
type pruneEntry struct {
	Before   string `json:"before"`
	Kept     int64  `json:"kept"` // the first run whose content is kept
	Findings string `json:"findings"`
	Batches  string `json:"batches"`
}

// Prune removes the content of runs that were collected before a time. The
// runs that others are compared with stay, as do the ledger and the line that
// each run has in lists and trends. So do the shards of a key run, for as long
// as a run is kept that is compressed against them.
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
	if err != nil || p.Runs == 0 || s.postgres {
		return p, err
	}
	return p, s.fail("give space back", s.pool().exec(ctx, "VACUUM"))
}

// neededRuns are the runs before one whose shards stay: the key runs of those
// that are kept.
const neededRuns = "(SELECT base FROM run WHERE finished = 1 AND id >= ?)"

func (s *Store) prune(ctx context.Context, h handle, before time.Time, p *Pruned) error {
	if err := s.clearAllDead(ctx, h); err != nil {
		return err
	}
	kept, err := firstKept(ctx, h, before)
	if err != nil || kept == 0 {
		return err
	}
	runs, err := h.count(ctx, "UPDATE run SET pruned = 1 WHERE pruned = 0 AND id < ?", kept)
	if p.Runs = int(runs); err != nil || runs == 0 {
		return err
	}
	episodes, err := h.count(ctx, "DELETE FROM finding WHERE resolved_run < ?", kept)
	if p.Episodes = int(episodes); err != nil {
		return err
	}
	if err := h.exec(ctx, "DELETE FROM shard WHERE run < ? AND run NOT IN "+neededRuns, kept, kept); err != nil {
		return err
	}
	if p.Documents, err = sweepDocuments(ctx, h, kept); err != nil {
		return err
	}
	entry := pruneEntry{Before: formatTime(before), Kept: kept}
	if entry.Findings, err = carriedFindings(ctx, h, kept); err != nil {
		return err
	}
	if entry.Batches, err = carriedBatches(ctx, h, kept); err != nil {
		return err
	}
	_, err = appendLedger(ctx, h, ledger.Prune, kept, entry)
	return err
}

// clearAllDead undoes every run that never ended: nobody records now.
func (s *Store) clearAllDead(ctx context.Context, h handle) error {
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
	return s.clearDead(ctx, h, tenants)
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

// sweepDocuments removes documents that no shard refers to any more, and
// returns how many. Only pruned runs can have left any.
func sweepDocuments(ctx context.Context, h handle, kept int64) (int, error) {
	used, err := usedDocuments(ctx, h)
	if err != nil {
		return 0, err
	}
	members := map[int64][]documentRow{}
	unused := 0
	err = h.each(ctx, "SELECT d.digest, d.batch, d.position FROM document d JOIN batch b ON b.id = d.batch WHERE b.run < ? ORDER BY d.batch, d.position",
		[]any{kept}, func(rows *sql.Rows) error {
			var d documentRow
			err := rows.Scan(&d.digest, &d.batch, &d.position)
			if d.used = used[hex.EncodeToString(d.digest)]; !d.used {
				unused++
			}
			members[d.batch] = append(members[d.batch], d)
			return err
		})
	if err != nil {
		return 0, err
	}
	for id, rows := range members {
		if err := rewriteBatch(ctx, h, id, rows); err != nil {
			return 0, err
		}
	}
	return unused, nil
}

type documentRow struct {
	digest          []byte
	batch, position int64
	used            bool
}

// usedDocuments are the digests in the runs that are kept. A key run that was
// pruned only lends its text, and needs none.
func usedDocuments(ctx context.Context, h handle) (map[string]bool, error) {
	type id struct{ run, base int64 }
	var runs []id
	err := h.each(ctx, "SELECT id, base FROM run WHERE pruned = 0", nil, func(rows *sql.Rows) error {
		var r id
		err := rows.Scan(&r.run, &r.base)
		runs = append(runs, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	used := map[string]bool{}
	for _, r := range runs {
		shards := shardReader{h: h, run: r.run, base: r.base, which: withBody}
		err := shards.each(ctx, func(number int64, shard, base *content) error {
			records, err := body.ParseBase(base.body).Decode(shard.body)
			for _, record := range records {
				for i := range record.Evidence {
					used[record.Evidence[i].Digest] = true
				}
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("run %d: %w", r.run, err)
		}
	}
	return used, nil
}

// rewriteBatch leaves of a batch the documents that are used.
func rewriteBatch(ctx context.Context, h handle, id int64, rows []documentRow) error {
	texts, err := (&documents{h: h}).batch(ctx, id)
	if err != nil {
		return err
	}
	var data []byte
	var left [][]any
	for _, d := range rows {
		if d.position < 0 || d.position >= int64(len(texts)) {
			return fmt.Errorf("batch %d: %w", id, delta.ErrDamaged)
		}
		if d.used {
			left = append(left, []any{d.digest, id, len(left)})
			data = appendDocument(data, string(texts[d.position]))
		}
	}
	if len(left) == len(texts) {
		return nil
	}
	if err := h.exec(ctx, "DELETE FROM document WHERE batch = ?", id); err != nil {
		return err
	}
	if len(left) == 0 {
		return h.exec(ctx, "DELETE FROM batch WHERE id = ?", id)
	}
	packed, err := delta.Compress(data, nil)
	if err != nil {
		return err
	}
	if err := h.exec(ctx, "UPDATE batch SET data = ?, digest = ? WHERE id = ?", packed, ledger.Digest(string(packed)), id); err != nil {
		return err
	}
	return insertDocuments(ctx, h, left)
}

// carriedFindings covers what rows of findings say that began before a run.
// How they end is told by the run that ends them.
func carriedFindings(ctx context.Context, h handle, kept int64) (string, error) {
	var texts []string
	err := h.each(ctx, "SELECT "+episodeColumns+" FROM finding WHERE first_run < ? ORDER BY id", []any{kept}, func(rows *sql.Rows) error {
		e, err := scanEpisode(rows)
		texts = append(texts, e.Tenant, e.Export, e.Fingerprint, e.Rule, e.Severity, string(e.Status), e.Resource, strconv.FormatInt(e.First, 10))
		return err
	})
	return ledger.Digest(texts...), err
}

// carriedBatches covers the documents of runs before one.
func carriedBatches(ctx context.Context, h handle, kept int64) (string, error) {
	return rowsDigest(ctx, h, "SELECT id, digest FROM batch WHERE run < ? ORDER BY id", kept)
}
