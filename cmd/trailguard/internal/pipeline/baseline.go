package pipeline

import (
	"context"
	"errors"
	"io/fs"
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/drift"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Baseline is the state that a run is compared with.
type Baseline struct {
	Info    scanner.BaselineInfo
	Earlier Earlier
	index   *drift.Index
	changes []scanner.Change
	rest    func() ([]scanner.Change, error) // of exports and tenants that are gone
	err     error                            // the first of a comparison
}

// BaselineOptions say what a baseline is judged by, so that a change of rules
// or expectations never looks like a change of the world: today's.
type BaselineOptions struct {
	Settings scanner.Settings
	Engine   *opa.Engine
	// Tenants are those of the run that is compared.
	Tenants []scanner.Tenant
}

// OpenBaseline reads a snapshot as the baseline: who approved it, what it
// holds, and what today's rules say of it. An approval that belongs to another
// snapshot is an error; none is not.
func OpenBaseline(ctx context.Context, path string, o BaselineOptions) (*Baseline, error) {
	b := &Baseline{}
	if err := b.judge(ctx, path, o); err != nil {
		return nil, err
	}
	approval, err := snapshot.ReadApproval(path, b.Info.Digest)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	b.Info.Approved = approval

	records, err := OpenSnapshot(path)
	if err != nil {
		return nil, err
	}
	defer records.Close() //nolint:errcheck // it was only read
	if b.index, err = drift.NewIndex(records, o.Tenants, drift.Options{}); err != nil {
		return nil, err
	}
	b.rest = sync.OnceValues(b.index.Finish)
	return b, nil
}

// judge finds what failed in the baseline by today's rules.
func (b *Baseline) judge(ctx context.Context, path string, o BaselineOptions) error {
	records, err := OpenSnapshot(path)
	if err != nil {
		return err
	}
	defer records.Close() //nolint:errcheck // it was only read
	asOf := records.Header().CollectedAt
	judge := &Judge{
		Deriver: facts.New(facts.Options{Settings: o.Settings, AsOf: asOf, Tenants: records.Tenants()}),
		Engine:  o.Engine,
	}
	report, err := scanner.Scan(ctx, records, judge, scanner.ReportOptions{
		Tool: scanner.Tool{RulesDigest: o.Engine.Digest()}, AsOf: asOf, Seal: records.Seal,
	})
	if err != nil {
		return err
	}
	b.Info.Digest = report.Scan.SnapshotDigest
	for i := range o.Tenants {
		b.Earlier.addReport(report, o.Tenants[i].Name)
	}
	return nil
}

// Changes returns what changed about one export, as facts.Options wants it.
func (b *Baseline) Changes(record *scanner.Record) (changes []scanner.Change, digest string, ok bool) {
	changes, err := b.index.Compare(record)
	if err != nil {
		b.fail(err)
		return nil, "", false
	}
	b.changes = append(b.changes, changes...)
	return changes, b.Info.Digest, true
}

// Removed returns the exports of a tenant that are gone, after the last record,
// as facts.Options wants it.
func (b *Baseline) Removed(tenant *scanner.Tenant) (changes []scanner.Change, digest string, ok bool) {
	rest, err := b.rest()
	if err != nil {
		b.fail(err)
		return nil, "", false
	}
	for i := range rest {
		if rest[i].Tenant == tenant.Name && rest[i].ExportID != "" {
			changes = append(changes, rest[i])
		}
	}
	return changes, b.Info.Digest, true
}

// Drift returns all changes, after the last record.
func (b *Baseline) Drift() ([]scanner.Change, error) {
	rest, err := b.rest()
	b.fail(err)
	b.changes = append(b.changes, rest...)
	drift.Sort(b.changes)
	return b.changes, b.err
}

// Close lets go of what the comparison kept.
func (b *Baseline) Close() { b.index.Close() }

func (b *Baseline) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}
