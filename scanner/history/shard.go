package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// ShardSize is how many exports one transaction should hold.
const ShardSize = 500

var errEnded = errors.New("the run has ended, or another one took its place")

// RecordShard records exports of a run within the caller's transaction, which
// it neither commits nor rolls back (Within makes one). The number, from 0,
// tells the run's shards apart and orders them. Shards of one run may be
// recorded side by side where the database allows it; each export belongs to
// one of them.
func (s *Store) RecordShard(ctx context.Context, tx *sql.Tx, run int64, number int, records []*scanner.Record) error {
	return s.fail("record a shard", s.in(tx).recordShard(ctx, run, int64(number), records))
}

func (h handle) recordShard(ctx context.Context, run, number int64, records []*scanner.Record) error {
	c, err := h.recording(ctx, run)
	if err != nil {
		return err
	}
	split, err := splitRecords(records)
	if err != nil {
		return err
	}
	digests := make([]string, len(split))
	size := 0
	for i := range split {
		size += len(split[i].moves) + len("\n")
	}
	var index []byte
	moving := make([]byte, 0, size)
	for i := range split {
		digests[i] = split[i].still
		index = appendIndex(index, &split[i].indexed)
		moving = append(append(moving, split[i].moves...), '\n')
	}
	known, err := h.places(ctx, run, digests)
	if err != nil {
		return err
	}
	var documents []document
	for i := range split {
		// Where the record without what moves is known, so are the documents that
		// it names.
		_, same := known[digests[i]]
		for j := range records[i].Evidence {
			e := &records[i].Evidence[j]
			if e.Text != "" && !body.Inline(e) && (!same || body.Moves(e)) {
				documents = append(documents, document{digest: e.Digest, text: e.Text})
			}
		}
		if !same {
			documents = append(documents, split[i].document)
		}
	}
	if err := c.putDocuments(ctx, number, documents); err != nil {
		return err
	}
	if err := c.put(ctx, partIndex, number, index); err != nil {
		return err
	}
	return c.put(ctx, partMoving, number, moving)
}

// recording returns the parts of a run that has not ended.
func (h handle) recording(ctx context.Context, run int64) (content, error) {
	c := content{h: h, run: run}
	found, err := h.one(ctx, "SELECT base FROM recording WHERE run = ?", []any{run}, &c.base)
	if err == nil && !found {
		err = errEnded
	}
	return c, err
}

// splitRecord is a record, split by package body.
type splitRecord struct {
	indexed

	document // what stays the same

	moves []byte
}

func splitRecords(records []*scanner.Record) ([]splitRecord, error) {
	split := make([]splitRecord, len(records))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, record := range records {
		group.Go(func() (err error) {
			defer crash.Catch(&err)
			s := &split[i]
			s.exportName = exportName{text(record.Configuration.Tenant), text(record.Configuration.ID)}
			var still string
			if s.moves, still, err = body.Split(record); err != nil {
				return fmt.Errorf("export %s: %w", record.Configuration.ID, err)
			}
			s.document = digested(still)
			s.still = s.digest
			return nil
		})
	}
	return split, group.Wait()
}
