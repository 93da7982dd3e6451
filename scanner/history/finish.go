package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// Recorded is a run that counts.
type Recorded struct {
	Run int64
	// Head is the hash of the run's ledger entry. Verify finds it in every
	// later state of the history, unless its end was cut off.
	Head string
}

// Finish ends the run with its report: it ends the findings about exports that
// are gone, keeps the drift, and adds the run to the ledger. From here on the
// run counts.
func (r *Run) Finish(ctx context.Context, report *scanner.Report) (Recorded, error) {
	if r.release == nil {
		return Recorded{}, errors.New("the run has ended")
	}
	recorded := Recorded{Run: r.ID}
	err := r.store.within(ctx, "end a run", func(h handle) error {
		if err := r.store.lockLedger(ctx, h); err != nil {
			return err
		}
		if err := r.rest(ctx, h); err != nil {
			return err
		}
		if err := r.end(ctx, h, report); err != nil {
			return err
		}
		entry, err := readRunEntry(ctx, h, r.ID)
		if err != nil {
			return err
		}
		recorded.Head, err = appendLedger(ctx, h, ledger.Run, r.ID, entry)
		return err
	})
	if err != nil {
		return Recorded{}, err
	}
	release := r.release
	r.release = nil
	return recorded, release()
}

// rest records what is no export of the snapshot, once all shards are there.
func (r *Run) rest(ctx context.Context, h handle) error {
	var shards, last int64
	if _, err := h.one(ctx, "SELECT COUNT(*), COALESCE(MAX(number), -1) FROM shard WHERE run = ?", []any{r.ID}, &shards, &last); err != nil {
		return err
	}
	if last != shards-1 {
		return fmt.Errorf("%d of %d shards of the run are recorded", shards, last+1)
	}
	gone, err := r.gone(ctx, h)
	if err != nil {
		return err
	}
	base, err := baseShard(ctx, h, r.ID, restNumber)
	if err != nil {
		return err
	}
	return recordItems(ctx, h, r.ID, restNumber, append(r.tenants, gone...), base)
}

// gone are the exports with open findings that a tenant no longer has, although
// its list is complete.
func (r *Run) gone(ctx context.Context, h handle) ([]item, error) {
	var items []item
	for i := range r.info.Tenants {
		tenant := &r.info.Tenants[i]
		if !tenant.Complete {
			continue
		}
		listed := make(map[string]bool, len(tenant.ConfigurationIDs))
		for _, id := range tenant.ConfigurationIDs {
			listed[text(id)] = true
		}
		const query = "SELECT DISTINCT export_id FROM finding WHERE tenant = ? AND export_id <> '' AND resolved_run IS NULL ORDER BY export_id"
		err := h.each(ctx, query, []any{text(tenant.Name)}, func(rows *sql.Rows) error {
			var export string
			err := rows.Scan(&export)
			if err == nil && !listed[export] {
				items = append(items, item{tenant: text(tenant.Name), export: export, gone: true})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

func (r *Run) end(ctx context.Context, h handle, report *scanner.Report) error {
	summary, err := json.Marshal(report.Summary, body.Options())
	if err != nil {
		return fmt.Errorf("pack the summary: %w", err)
	}
	var lines []byte
	for i := range report.Drift {
		if lines, err = appendLine(lines, &report.Drift[i]); err != nil {
			return fmt.Errorf("pack a change of export %s: %w", report.Drift[i].ExportID, err)
		}
	}
	drift, err := delta.Compress(lines, nil)
	if err != nil {
		return err
	}
	err = h.exec(ctx, `UPDATE run SET snapshot_digest = ?, summary = ?, exit_status = ?, complete = ?, interrupted = ?, drift = ?, finished = 1,
size = (SELECT COALESCE(SUM(LENGTH(body) + LENGTH(meanings) + LENGTH(findings)), 0) FROM shard WHERE run = ?) WHERE id = ?`,
		report.Scan.SnapshotDigest, string(summary), report.Scan.ExitStatus, flag(report.Scan.Complete), flag(report.Scan.Interrupted), drift, r.ID, r.ID)
	if err != nil || r.info.Selected || report.Scan.Interrupted {
		return err
	}
	return h.exec(ctx, "UPDATE run_tenant SET whole = listed WHERE run = ?", r.ID)
}
