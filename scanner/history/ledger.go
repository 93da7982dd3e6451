package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/go-json-experiment/json"
)

// The kinds of ledger entries.
const (
	ledgerRun      = "run"
	ledgerApproval = "approval"
	ledgerPrune    = "prune"
)

// lockLedger has the transactions that add to the ledger take turns.
func (s *Store) lockLedger(ctx context.Context, h handle) error {
	if !s.postgres {
		return nil // a transaction that writes is alone
	}
	return h.exec(ctx, "SELECT pg_advisory_xact_lock(7163924501)")
}

// appendLedger adds an entry over a body, chained to the one before.
func appendLedger(ctx context.Context, h handle, kind string, subject int64, body any) (hash string, err error) {
	encoded, err := json.Marshal(body, encoding())
	if err != nil {
		return "", fmt.Errorf("pack a ledger entry: %w", err)
	}
	e := ledgerEntry{kind: kind, subject: subject, body: string(encoded)}
	if _, err := h.one(ctx, "SELECT id, hash FROM ledger ORDER BY id DESC LIMIT 1", nil, &e.id, &e.previous); err != nil {
		return "", err
	}
	e.id++
	hash = e.sum()
	return hash, h.exec(ctx, "INSERT INTO ledger (id, kind, subject, body, previous, hash) VALUES (?, ?, ?, ?, ?, ?)",
		e.id, e.kind, e.subject, e.body, e.previous, hash)
}

// ledgerEntry is a row of the ledger.
type ledgerEntry struct {
	id       int64
	kind     string
	subject  int64 // the run, the approval, or the first run that was kept
	body     string
	previous string // hash of the entry before; empty for the first
	hash     string
}

func (e *ledgerEntry) sum() string {
	w := writer{}
	w.text("trailguard-ledger/1")
	w.signed(e.id)
	w.text(e.kind)
	w.signed(e.subject)
	w.text(e.body)
	w.text(e.previous)
	sum := sha256.Sum256(w.b)
	return hex.EncodeToString(sum[:])
}

func readLedger(ctx context.Context, h handle) ([]ledgerEntry, error) {
	var entries []ledgerEntry
	err := h.each(ctx, "SELECT id, kind, subject, body, previous, hash FROM ledger ORDER BY id", nil, func(rows *sql.Rows) error {
		var e ledgerEntry
		err := rows.Scan(&e.id, &e.kind, &e.subject, &e.body, &e.previous, &e.hash)
		entries = append(entries, e)
		return err
	})
	return entries, err
}

// runBody is what the ledger says of a run. Its digests cover rows.
type runBody struct {
	Run            int64        `json:"run"`
	CollectedAt    string       `json:"collectedAt"`
	AsOf           string       `json:"asOf"`
	ToolVersion    string       `json:"toolVersion"`
	RulesDigest    string       `json:"rulesDigest"`
	JudgeDigest    string       `json:"judgeDigest"`
	Settings       string       `json:"settings"` // digest of the blob
	Selected       int64        `json:"selected"`
	SnapshotDigest string       `json:"snapshotDigest"`
	Summary        string       `json:"summary"`
	ExitStatus     int64        `json:"exitStatus"`
	Complete       int64        `json:"complete"`
	Interrupted    int64        `json:"interrupted"`
	Tenants        []tenantBody `json:"tenants"`
	Shards         string       `json:"shards"` // digest over the rows
	Drift          string       `json:"drift"`  // digest over the rows
}

type tenantBody struct {
	Tenant       string `json:"tenant"`
	ScheduledAt  string `json:"scheduledAt"`
	Listed       int64  `json:"listed"`
	Whole        int64  `json:"whole"`
	Previous     int64  `json:"previous"`
	RulesChanged int64  `json:"rulesChanged"`
	Body         string `json:"body"` // digest
}

// runEntry builds what the ledger says of a run, from the rows.
func (s *Store) runEntry(ctx context.Context, h handle, run int64) (*runBody, error) {
	b := &runBody{Run: run}
	var settings []byte
	const query = `SELECT collected_at, as_of, tool_version, rules_digest, judge_digest, b.digest, selected, snapshot_digest, summary,
exit_status, complete, interrupted FROM run r JOIN blob b ON b.id = r.settings WHERE r.id = ?`
	found, err := h.one(ctx, query, []any{run}, &b.CollectedAt, &b.AsOf, &b.ToolVersion, &b.RulesDigest, &b.JudgeDigest, &settings,
		&b.Selected, &b.SnapshotDigest, &b.Summary, &b.ExitStatus, &b.Complete, &b.Interrupted)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fmt.Errorf("run %d: %w", run, ErrNoRun)
	}
	b.Settings = hex.EncodeToString(settings)
	const tenants = `SELECT tenant, scheduled_at, listed, whole, previous, rules_changed, body FROM run_tenant WHERE run = ? ORDER BY position`
	err = h.each(ctx, tenants, []any{run}, func(rows *sql.Rows) error {
		var t tenantBody
		var body sql.RawBytes
		err := rows.Scan(&t.Tenant, &t.ScheduledAt, &t.Listed, &t.Whole, &t.Previous, &t.RulesChanged, &body)
		t.Body = hexSum(body)
		b.Tenants = append(b.Tenants, t)
		return err
	})
	if err != nil {
		return nil, err
	}
	if b.Shards, err = shardsDigest(ctx, h, run); err != nil {
		return nil, err
	}
	b.Drift, err = driftDigest(ctx, h, run)
	return b, err
}

func hexSum(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func shardsDigest(ctx context.Context, h handle, run int64) (string, error) {
	w := writer{}
	err := h.each(ctx, "SELECT number, kind, content, payload FROM shard WHERE run = ? ORDER BY number", []any{run}, func(rows *sql.Rows) error {
		var number int64
		var kind string
		var content, payload sql.RawBytes
		err := rows.Scan(&number, &kind, &content, &payload)
		w.signed(number)
		w.text(kind)
		w.bytes(content)
		w.text(hexSum(payload))
		return err
	})
	return hexSum(w.b), err
}

func driftDigest(ctx context.Context, h handle, run int64) (string, error) {
	w := writer{}
	err := h.each(ctx, "SELECT position, tenant, export_id, kind, resource, effect, body FROM drift_event WHERE run = ? ORDER BY position", []any{run},
		func(rows *sql.Rows) error {
			var position int64
			var columns [5]string
			var body sql.RawBytes
			err := rows.Scan(&position, &columns[0], &columns[1], &columns[2], &columns[3], &columns[4], &body)
			w.signed(position)
			for _, c := range columns {
				w.text(c)
			}
			w.text(hexSum(body))
			return err
		})
	return hexSum(w.b), err
}
