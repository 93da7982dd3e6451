package history

import (
	"context"
	"database/sql"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/scanner"
)

// ShardSize is how many exports one transaction should hold.
const ShardSize = 500

// Entry is one export as it was collected and judged.
type Entry struct {
	Record  *scanner.Record
	Results []scanner.Result
}

// item is one subject of a shard.
type item struct {
	tenant, export string
	record         *packedRecord  // nil for a tenant and for what is gone
	results        *packedResults // nil for what is gone
	judged         []scanner.Result
	gone           bool

	subject int64
	open    [tables - 1]openRow
}

// openRow is the version or the result that holds so far.
type openRow struct {
	id, from int64
	digest   key
}

// RecordShard records exports of a run within the caller's transaction, which
// it neither commits nor rolls back (Within makes one). The number, from 0, tells the run's shards apart
// and orders them. Shards of one run may be recorded side by side where the
// database allows it; each export belongs to one of them.
func (s *Store) RecordShard(ctx context.Context, tx *sql.Tx, run int64, number int, entries []Entry) error {
	return s.fail("record a shard", s.recordExports(ctx, s.in(tx), run, number, entries, newBlobIDs()))
}

func (s *Store) recordExports(ctx context.Context, h handle, run int64, number int, entries []Entry, known *blobIDs) error {
	items := make([]item, len(entries))
	var group errgroup.Group
	const part = 128
	for from := 0; from < len(entries); from += part {
		group.Go(func() error {
			var scratch writer
			for i := from; i < min(from+part, len(entries)); i++ {
				var err error
				if items[i], err = packEntry(&entries[i], &scratch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return s.record(ctx, h, run, number, shardExports, items, known)
}

func packEntry(e *Entry, scratch *writer) (item, error) {
	c := &e.Record.Configuration
	record, err := packRecord(e.Record, scratch)
	if err != nil {
		return item{}, err
	}
	results, err := packResults(e.Results, e.Record.Gaps)
	if err != nil {
		return item{}, fmt.Errorf("export %s: %w", c.ID, err)
	}
	return item{tenant: text(c.Tenant), export: text(c.ID), record: record, results: results, judged: e.Results}, nil
}
