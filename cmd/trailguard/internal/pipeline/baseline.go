package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/drift"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Baseline is the state that a run is compared with.
type Baseline struct {
	Info    scanner.BaselineInfo
	Earlier Earlier
	index   *drift.Index
	rest    func() ([]scanner.Change, error)
}

// OpenBaseline reads a snapshot as the baseline of a run with these tenants:
// who approved it, what it holds, and what today's rules and settings say of
// it, so that a change of either never looks like a change of the world. An
// approval that belongs to another snapshot is an error; none is not.
func OpenBaseline(ctx context.Context, path string, tenants []scanner.Tenant, o JudgeOptions) (*Baseline, error) {
	b, err := newBaseline(ctx, func() (*Snapshot, error) { return OpenSnapshot(path) }, tenants, o)
	if err != nil {
		return nil, err
	}
	return b, b.approvedAs(path)
}

// approvedAs reads the approval of the snapshot in a file, where there is one.
func (b *Baseline) approvedAs(path string) error {
	approval, err := snapshot.ReadApproval(path, b.Info.Digest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	b.Info.Approved = approval
	return nil
}

// newBaseline reads what open opens, twice.
func newBaseline(ctx context.Context, open func() (*Snapshot, error), tenants []scanner.Tenant, o JudgeOptions) (*Baseline, error) {
	b := &Baseline{}
	if err := b.judge(ctx, open, tenants, o); err != nil {
		return nil, err
	}
	records, err := open()
	if err != nil {
		return nil, err
	}
	defer records.Close() //nolint:errcheck // it was only read
	if b.index, err = drift.NewIndex(records, tenants, drift.Options{}); err != nil {
		return nil, err
	}
	b.rest = sync.OnceValues(b.index.Finish)
	return b, nil
}

// judge finds what failed in the baseline.
func (b *Baseline) judge(ctx context.Context, open func() (*Snapshot, error), tenants []scanner.Tenant, o JudgeOptions) error {
	records, err := open()
	if err != nil {
		return err
	}
	defer records.Close()                                   //nolint:errcheck // it was only read
	if o.Selection = (scanner.Selection{}); o.Plan == nil { // what time does is no change's doing
		o.AsOf = records.Header().CollectedAt
	}
	report, err := NewJudge(records, o).Report(ctx)
	if err != nil {
		return err
	}
	b.Info.Digest = records.Digest()
	for i := range tenants {
		b.Earlier.addReport(report, tenants[i].Name)
	}
	return nil
}

// Changes returns what changed about one export. It is not safe for concurrent
// use.
func (b *Baseline) Changes(record *scanner.Record) ([]scanner.Change, error) {
	changes, err := b.index.Compare(record)
	return changes, compareError(err)
}

// Rest returns the changes that are not those of an export which there still
// is, after the last record.
func (b *Baseline) Rest() ([]scanner.Change, error) {
	rest, err := b.rest()
	return rest, compareError(err)
}

// Removed returns the exports of a tenant that are gone, after the last record.
func (b *Baseline) Removed(tenant string) ([]scanner.Change, error) {
	rest, err := b.Rest()
	var removed []scanner.Change
	for i := range rest {
		if rest[i].Tenant == tenant && rest[i].ExportID != "" {
			removed = append(removed, rest[i])
		}
	}
	return removed, err
}

// Close lets go of what the comparison kept.
func (b *Baseline) Close() { b.index.Close() }

func compareError(err error) error {
	if err != nil {
		return fmt.Errorf("compare with the baseline: %w", err)
	}
	return nil
}
