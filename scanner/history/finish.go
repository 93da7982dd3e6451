package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
)

// Recorded is a run that counts.
type Recorded struct {
	Run  int64
	Head string // hash of its entry in the ledger
}

// Finish ends the run with its report: it closes what belongs to exports that
// are gone, keeps the drift, and adds the run to the ledger. From here on the
// run counts.
func (r *Run) Finish(ctx context.Context, report *scanner.Report) (Recorded, error) {
	recorded := Recorded{Run: r.ID}
	if r.release == nil {
		return recorded, errors.New("the run has ended")
	}
	err := r.store.within(ctx, "end a run", func(h handle) error {
		if err := r.store.lockLedger(ctx, h); err != nil {
			return err
		}
		gone, err := r.gone(ctx, h)
		if err != nil {
			return err
		}
		items := append(r.tenants, gone...)
		if err := r.store.record(ctx, h, r.ID, restNumber, shardRest, items, r.known); err != nil {
			return err
		}
		if err := r.drift(ctx, h, report.Drift); err != nil {
			return err
		}
		if err := r.end(ctx, h, report); err != nil {
			return err
		}
		body, err := r.store.runEntry(ctx, h, r.ID)
		if err != nil {
			return err
		}
		recorded.Head, err = appendLedger(ctx, h, ledgerRun, r.ID, body)
		return err
	})
	if err != nil {
		return recorded, err
	}
	release := r.release
	r.release = nil
	return recorded, release()
}

// gone are the exports that a tenant no longer has, although its list is
// complete.
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
		const query = `SELECT s.export_id FROM subject s WHERE s.tenant = ? AND s.export_id <> ''
AND EXISTS (SELECT 1 FROM config_version v WHERE v.subject = s.id AND v.to_run IS NULL) ORDER BY s.id`
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

func (r *Run) drift(ctx context.Context, h handle, changes []scanner.Change) error {
	rows := make([][]any, len(changes))
	for i := range changes {
		c := &changes[i]
		body, err := json.Marshal(c, encoding())
		if err != nil {
			return fmt.Errorf("pack a change of export %s: %w", c.ExportID, err)
		}
		rows[i] = []any{r.ID, i, text(c.Tenant), text(c.ExportID), string(c.Kind), text(c.Resource), string(c.Effect), r.store.codec.compress(body)}
	}
	return h.insert(ctx, "drift_event (run, position, tenant, export_id, kind, resource, effect, body)", rows)
}

func (r *Run) end(ctx context.Context, h handle, report *scanner.Report) error {
	summary, err := json.Marshal(report.Summary, encoding())
	if err != nil {
		return fmt.Errorf("pack the summary: %w", err)
	}
	err = h.exec(ctx, "UPDATE run SET snapshot_digest = ?, summary = ?, exit_status = ?, complete = ?, interrupted = ?, finished = 1 WHERE id = ?",
		report.Scan.SnapshotDigest, string(summary), report.Scan.ExitStatus, flag(report.Scan.Complete), flag(report.Scan.Interrupted), r.ID)
	if err != nil {
		return err
	}
	if r.info.Selected || report.Scan.Interrupted {
		return nil
	}
	return h.exec(ctx, "UPDATE run_tenant SET whole = listed WHERE run = ?", r.ID)
}
