package history

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// The kinds of parts that a run is kept in. A shard is one part of each of the
// first three, under its number.
const (
	partIndex     = "index"     // its exports: index.go
	partMoving    = "moving"    // what moves in their records, a line each: package body
	partDocuments = "documents" // those that it was the first to have: document.go
	partHead      = "head"      // header and tenants: head.go
	// These are lines of JSON.
	partFindings = "findings"
	partDrift    = "drift"
	partOpen     = "open"  // the findings that go on after the run, each with its first run
	partEnded    = "ended" // those that the run ended
	// The results of all that the run judged, passes included: results.go. Runs of
	// earlier versions have none.
	partJudged  = "judged"  // its rules, controls and waivers
	partResults = "results" // of each export and tenant
)

// row is a row of part.
type row struct {
	run    int64
	kind   string
	number int64
	digest string // covers all the others
	data   []byte
}

const rowColumns = "run, kind, number, digest, data"

func (r *row) sum() string {
	return ledger.Digest(strconv.FormatInt(r.run, 10), r.kind, strconv.FormatInt(r.number, 10), string(r.data))
}

// content is the parts of a run. Each part, except the documents, is compressed
// against the key run's part of the same kind and number, so that what has not
// changed takes next to nothing.
type content struct {
	h         handle
	run, base int64 // the base is the key run; 0: none
}

func (c content) put(ctx context.Context, kind string, number int64, text []byte) error {
	base, err := c.under(ctx, kind, number)
	if err != nil {
		return err
	}
	r := row{run: c.run, kind: kind, number: number}
	if r.data, err = delta.Compress(text, base); err != nil {
		return err
	}
	return c.h.exec(ctx, "INSERT INTO part ("+rowColumns+") VALUES "+list(5), r.run, r.kind, r.number, r.sum(), r.data)
}

// read returns a part, and whether the run has it.
func (c content) read(ctx context.Context, kind string, number int64) (text []byte, found bool, err error) {
	var data []byte
	found, err = c.h.one(ctx, "SELECT data FROM part WHERE run = ? AND kind = ? AND number = ?", []any{c.run, kind, number}, &data)
	if err != nil || !found {
		return nil, false, err
	}
	base, err := c.under(ctx, kind, number)
	if err == nil {
		text, err = delta.Decompress(data, base)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%s %d of run %d: %w", kind, number, c.run, err)
	}
	return text, true, nil
}

// under returns the part of the key run that a part is compressed against.
func (c content) under(ctx context.Context, kind string, number int64) ([]byte, error) {
	if c.base == 0 || kind == partDocuments {
		return nil, nil
	}
	text, _, err := content{h: c.h, run: c.base}.read(ctx, kind, number)
	return text, err
}

// each calls a function with every part of a kind, in their order.
func (c content) each(ctx context.Context, kind string, do func(number int64, text []byte) error) error {
	for number := int64(0); ; number++ {
		text, found, err := c.read(ctx, kind, number)
		if err == nil && found {
			err = do(number, text)
		}
		if err != nil || !found {
			return err
		}
	}
}

// linesPart is how many lines a part has.
const linesPart = 500

// putLines keeps a list as lines of JSON.
func putLines[T any](ctx context.Context, c content, kind string, values []T) error {
	number := int64(0)
	for part := range slices.Chunk(values, linesPart) {
		var text []byte
		for i := range part {
			line, err := json.Marshal(&part[i], body.Options())
			if err != nil {
				return fmt.Errorf("pack %s: %w", kind, err)
			}
			text = append(append(text, line...), '\n')
		}
		if err := c.put(ctx, kind, number, text); err != nil {
			return err
		}
		number++
	}
	return nil
}

// eachLine reads them back.
func eachLine[T any](ctx context.Context, c content, kind string, do func(*T)) error {
	return c.each(ctx, kind, func(_ int64, text []byte) error {
		for line := range bytes.Lines(text) {
			value := new(T)
			if err := json.Unmarshal(line, value); err != nil {
				return fmt.Errorf("%s of run %d: %w: %w", kind, c.run, body.ErrDamaged, err)
			}
			do(value)
		}
		return nil
	})
}
