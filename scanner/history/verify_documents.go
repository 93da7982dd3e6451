package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// checkBatches compares batches with what the ledger says of runs that never
// ended, and of those that outlived a pruning. Those of other runs are compared
// with the runs.
func (v *verifier) checkBatches(ctx context.Context) error {
	for run, entry := range v.abandoned {
		if run < v.prune.Kept {
			continue
		}
		is, err := batchesOf(ctx, v.h, run)
		if err != nil {
			return err
		}
		if is != entry.Batches {
			v.problem("batch", run, "the rows are not those that were recorded")
		}
	}
	if v.prune.Kept == 0 {
		return nil
	}
	carried, err := carriedBatches(ctx, v.h, v.prune.Kept)
	if err == nil && carried != v.prune.Batches {
		v.problem("batch", 0, "documents of runs before run %d are not those that the pruning left", v.prune.Kept)
	}
	return err
}

// documentPlace is where a row says that a document is.
type documentPlace struct {
	batch, position int64
	found           bool
}

// checkDocuments reads every document. Each must have a row that leads to its
// text, and each row such a text.
func (v *verifier) checkDocuments(ctx context.Context) error {
	places, err := v.documentPlaces(ctx)
	if err != nil {
		return err
	}
	var mu sync.Mutex // over places and problems
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	err = v.h.each(ctx, "SELECT id, run, digest, data FROM batch ORDER BY id", nil, func(rows *sql.Rows) error {
		var b batchRow
		if err := rows.Scan(&b.id, &b.run, &b.digest, &b.packed); err != nil {
			return err
		}
		group.Go(func() error {
			digests, err := digestsOf(b.packed)
			altered := ledger.Digest(string(b.packed)) != b.digest
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err != nil:
				v.problem("batch", b.run, "batch %d: %v", b.id, err)
			case altered:
				v.problem("batch", b.run, "batch %d: the row was altered, it is not the one that was recorded", b.id)
			}
			v.checkBatch(&b, digests, places)
			return nil
		})
		return nil
	})
	if waited := group.Wait(); err == nil {
		err = waited
	}
	for k, p := range places { // Verify sorts the problems
		if !p.found {
			v.problem("document", 0, "document %x: its row leads to another text, or to none", k)
		}
	}
	return err
}

type batchRow struct {
	id, run int64
	digest  string
	packed  []byte
}

// checkBatch finds the rows of a batch's documents.
func (v *verifier) checkBatch(b *batchRow, digests []key, places map[key]documentPlace) {
	if _, abandoned := v.abandoned[b.run]; v.runs[b.run] == nil && !abandoned && !v.recording(b.run) {
		v.problem("batch", b.run, "batch %d: the ledger does not have it", b.id)
	}
	for position, k := range digests {
		p, ok := places[k]
		if !ok {
			v.problem("document", b.run, "document %x: its row is missing", k)
		} else if p.batch == b.id && p.position == int64(position) {
			p.found = true
			places[k] = p
		}
	}
}

func (v *verifier) documentPlaces(ctx context.Context) (map[key]documentPlace, error) {
	places := map[key]documentPlace{}
	err := v.h.each(ctx, "SELECT digest, batch, position FROM document", nil, func(rows *sql.Rows) error {
		var digest sql.RawBytes
		var p documentPlace
		if err := rows.Scan(&digest, &p.batch, &p.position); err != nil {
			return err
		}
		if len(digest) != len(key{}) {
			v.problem("document", 0, "a row has a digest of %d bytes", len(digest))
			return nil
		}
		places[key(digest)] = p
		return nil
	})
	return places, err
}

// digestsOf are those of a batch's texts.
func digestsOf(packed []byte) ([]key, error) {
	texts, err := readBatch(packed)
	digests := make([]key, len(texts))
	for i := range texts {
		digests[i] = sha256.Sum256(texts[i])
	}
	return digests, err
}
