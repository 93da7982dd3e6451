package history

import (
	"context"
	"database/sql"
	"errors"

	"github.com/trailguard/trailguard/scanner"
)

// Approve keeps an approval, and adds it to the ledger.
func (s *Store) Approve(ctx context.Context, approval scanner.Approval) error {
	if approval.Digest == "" || approval.By == "" || approval.Reason == "" || approval.At.IsZero() {
		return errors.New("an approval needs digest, time, name and reason")
	}
	return s.within(ctx, "keep an approval", func(h handle) error {
		if err := s.lockLedger(ctx, h); err != nil {
			return err
		}
		body := approvalBody{text(approval.Digest), formatTime(approval.At), text(approval.By), text(approval.Reason)}
		var id int64
		_, err := h.one(ctx, "INSERT INTO approval (digest, approved_at, approved_by, reason) VALUES (?, ?, ?, ?) RETURNING id",
			[]any{body.Digest, body.At, body.By, body.Reason}, &id)
		if err != nil {
			return err
		}
		_, err = appendLedger(ctx, h, ledgerApproval, id, body)
		return err
	})
}

// approvalBody is what the ledger says of an approval: all of it.
type approvalBody struct {
	Digest string `json:"digest"`
	At     string `json:"at"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Approvals returns all approvals, oldest first.
func (s *Store) Approvals(ctx context.Context) ([]scanner.Approval, error) {
	approvals := []scanner.Approval{}
	err := eachApproval(ctx, s.pool(), func(_ int64, b approvalBody) error {
		at, err := parseTime(b.At)
		approvals = append(approvals, scanner.Approval{Digest: b.Digest, At: at, By: b.By, Reason: b.Reason})
		return err
	})
	return approvals, s.fail("read approvals", err)
}

func eachApproval(ctx context.Context, h handle, do func(id int64, b approvalBody) error) error {
	return h.each(ctx, "SELECT id, digest, approved_at, approved_by, reason FROM approval ORDER BY id", nil, func(rows *sql.Rows) error {
		var id int64
		var b approvalBody
		if err := rows.Scan(&id, &b.Digest, &b.At, &b.By, &b.Reason); err != nil {
			return err
		}
		return do(id, b)
	})
}
