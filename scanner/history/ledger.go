package history

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// lockLedger has the transactions that add to the ledger take turns.
func (s *Store) lockLedger(ctx context.Context, h handle) error {
	if !s.postgres {
		return nil // a transaction that writes is alone
	}
	return h.exec(ctx, "SELECT pg_advisory_xact_lock(7163924501)")
}

// appendLedger adds an entry and returns its hash, the new head.
func appendLedger(ctx context.Context, h handle, kind ledger.Kind, subject int64, content any) (string, error) {
	encoded, err := json.Marshal(content, body.Options())
	if err != nil {
		return "", fmt.Errorf("pack a ledger entry: %w", err)
	}
	var last ledger.Entry
	if _, err := h.one(ctx, "SELECT id, hash FROM ledger ORDER BY id DESC LIMIT 1", nil, &last.ID, &last.Hash); err != nil {
		return "", err
	}
	e := ledger.Next(last, kind, subject, string(encoded))
	return e.Hash, h.exec(ctx, "INSERT INTO ledger (id, kind, subject, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?)",
		e.ID, string(e.Kind), e.Subject, e.Body, e.Previous, e.Hash)
}

func readLedger(ctx context.Context, h handle) ([]ledger.Entry, error) {
	var entries []ledger.Entry
	err := h.each(ctx, "SELECT id, kind, subject, body, previous, hash FROM ledger ORDER BY id", nil, func(rows *sql.Rows) error {
		var e ledger.Entry
		err := rows.Scan(&e.ID, (*string)(&e.Kind), &e.Subject, &e.Body, &e.Previous, &e.Hash)
		entries = append(entries, e)
		return err
	})
	return entries, err
}

// runEntry is what the ledger says of a run: its row, and digests of others.
type runEntry struct {
	Run            int64         `json:"run"`
	CollectedAt    string        `json:"collectedAt"`
	AsOf           string        `json:"asOf"`
	ToolVersion    string        `json:"toolVersion"`
	RulesDigest    string        `json:"rulesDigest"`
	Selected       int64         `json:"selected"`
	Base           int64         `json:"base"`
	Head           string        `json:"head"`  // digest
	Drift          string        `json:"drift"` // digest
	SnapshotDigest string        `json:"snapshotDigest"`
	Summary        string        `json:"summary"`
	ExitStatus     int64         `json:"exitStatus"`
	Complete       int64         `json:"complete"`
	Interrupted    int64         `json:"interrupted"`
	Size           int64         `json:"size"`
	Tenants        []tenantEntry `json:"tenants"`
	Shards         string        `json:"shards"`  // digest over the rows' digests
	Batches        string        `json:"batches"` // alike
}

type tenantEntry struct {
	Tenant       string `json:"tenant"`
	Position     int64  `json:"position"`
	ScheduledAt  string `json:"scheduledAt"`
	Listed       int64  `json:"listed"`
	Whole        int64  `json:"whole"`
	Previous     int64  `json:"previous"`
	RulesChanged int64  `json:"rulesChanged"`
}

// readRunEntry builds what the ledger says of a run, from the rows.
func readRunEntry(ctx context.Context, h handle, run int64) (*runEntry, error) {
	e := &runEntry{Run: run}
	var head, drift []byte
	const query = `SELECT collected_at, as_of, tool_version, rules_digest, selected, base, head, drift, snapshot_digest, summary,
exit_status, complete, interrupted, size FROM run WHERE id = ?`
	found, err := h.one(ctx, query, []any{run}, &e.CollectedAt, &e.AsOf, &e.ToolVersion, &e.RulesDigest, &e.Selected, &e.Base, &head, &drift,
		&e.SnapshotDigest, &e.Summary, &e.ExitStatus, &e.Complete, &e.Interrupted, &e.Size)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("run %d: %w", run, ErrNoRun)
	}
	e.Head, e.Drift = ledger.Digest(string(head)), ledger.Digest(string(drift))
	const tenants = "SELECT tenant, position, scheduled_at, listed, whole, previous, rules_changed FROM run_tenant WHERE run = ? ORDER BY position, tenant"
	err = h.each(ctx, tenants, []any{run}, func(rows *sql.Rows) error {
		var t tenantEntry
		err := rows.Scan(&t.Tenant, &t.Position, &t.ScheduledAt, &t.Listed, &t.Whole, &t.Previous, &t.RulesChanged)
		e.Tenants = append(e.Tenants, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	if e.Shards, err = rowsDigest(ctx, h, "SELECT number, digest FROM shard WHERE run = ? ORDER BY number", run); err != nil {
		return nil, err
	}
	e.Batches, err = batchesOf(ctx, h, run)
	return e, err
}

// rowsDigest covers rows by their numbers and digests.
func rowsDigest(ctx context.Context, h handle, query string, args ...any) (string, error) {
	var texts []string
	err := h.each(ctx, query, args, func(rows *sql.Rows) error {
		var number int64
		var digest string
		err := rows.Scan(&number, &digest)
		texts = append(texts, strconv.FormatInt(number, 10), digest)
		return err
	})
	return ledger.Digest(texts...), err
}
