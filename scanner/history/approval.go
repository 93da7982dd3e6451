package history

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// approvalEntry is what the ledger says of an approval: all of it.
type approvalEntry struct {
	Digest string `json:"digest"`
	At     string `json:"at"`
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// Approve adds an approval to the ledger.
func (s *Store) Approve(ctx context.Context, approval scanner.Approval) error {
	if approval.Digest == "" || approval.By == "" || approval.Reason == "" || approval.At.IsZero() {
		return errors.New("an approval needs digest, time, name and reason")
	}
	return s.within(ctx, "keep an approval", func(h handle) error {
		if err := s.lockLedger(ctx, h); err != nil {
			return err
		}
		_, err := appendLedger(ctx, h, ledger.Approval, 0, approvalEntry{
			text(approval.Digest), formatTime(approval.At), text(approval.By), text(approval.Reason),
		})
		return err
	})
}

// Approvals returns all approvals, oldest first.
func (s *Store) Approvals(ctx context.Context) ([]scanner.Approval, error) {
	entries, err := readLedger(ctx, s.pool())
	if err != nil {
		return nil, s.fail("read approvals", err)
	}
	approvals := []scanner.Approval{}
	for i := range entries {
		if entries[i].Kind != ledger.Approval {
			continue
		}
		var a approvalEntry
		if err := json.Unmarshal([]byte(entries[i].Body), &a); err != nil {
			return nil, s.fail("read approvals", fmt.Errorf("ledger entry %d: %w", entries[i].ID, err))
		}
		at, err := parseTime(a.At)
		if err != nil {
			return nil, s.fail("read approvals", err)
		}
		approvals = append(approvals, scanner.Approval{Digest: a.Digest, At: at, By: a.By, Reason: a.Reason})
	}
	return approvals, nil
}
