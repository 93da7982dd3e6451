package history

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// ShardSize is how many exports one transaction should hold.
const ShardSize = 500

// Entry is one export as it was collected and judged.
type Entry struct {
	Record  *scanner.Record
	Results []scanner.Result
}

// item is one subject of a shard: an export, a tenant (without an export), or
// an export that is gone.
type item struct {
	tenant, export string
	results        []scanner.Result
	gone           bool

	line      []byte // of the shard's body; only exports have one
	meaning   string
	documents []storedDocument // that may not be stored yet
}

// RecordShard records exports of a run within the caller's transaction, which
// it neither commits nor rolls back (Within makes one). The number, from 0,
// tells the run's shards apart and orders them. Shards of one run may be
// recorded side by side where the database allows it; each export belongs to
// one of them.
func (s *Store) RecordShard(ctx context.Context, tx *sql.Tx, run int64, number int, entries []Entry) error {
	return s.fail("record a shard", s.recordExports(ctx, s.in(tx), run, number, entries, newKnown()))
}

func (s *Store) recordExports(ctx context.Context, h handle, run int64, number int, entries []Entry, k *known) error {
	base, err := baseShard(ctx, h, run, int64(number))
	if err != nil {
		return err
	}
	items, err := packEntries(entries, base)
	if err != nil {
		return err
	}
	var documents []storedDocument
	for i := range items {
		documents = append(documents, items[i].documents...)
	}
	if err := keepDocuments(ctx, h, run, documents, k); err != nil {
		return err
	}
	return recordItems(ctx, h, run, int64(number), items, base)
}

// baseShard is the key run's shard in the place of one of a run that has not
// ended.
func baseShard(ctx context.Context, h handle, run, number int64) (*content, error) {
	var base int64
	found, err := h.one(ctx, "SELECT base FROM run WHERE id = ? AND finished = 0", []any{run}, &base)
	if err == nil && !found {
		err = errEnded
	}
	if err != nil || base == 0 {
		return &content{}, err
	}
	return shardReader{h: h, run: base, which: withAll}.unpack(ctx, base, number, &content{})
}

// recordItems writes a shard's row and its findings.
func recordItems(ctx context.Context, h handle, run, number int64, items []item, base *content) error {
	c := &content{}
	seen := map[[2]string]bool{}
	for i := range items {
		it := &items[i]
		if seen[[2]string{it.tenant, it.export}] {
			return fmt.Errorf("export %s of tenant %s is in the shard twice", it.export, it.tenant)
		}
		seen[[2]string{it.tenant, it.export}] = true
		if it.line != nil {
			c.body = append(c.body, it.line...)
			c.meanings = appendMeaning(c.meanings, it.tenant, it.export, it.meaning)
		}
		var err error
		for j := range it.results {
			for k := range it.results[j].Findings {
				if c.findings, err = appendLine(c.findings, &it.results[j].Findings[k]); err != nil {
					return fmt.Errorf("pack findings of export %s: %w", it.export, err)
				}
			}
		}
	}
	episodes, err := recordEpisodes(ctx, h, run, items)
	if err != nil {
		return err
	}
	for i := range episodes {
		if c.episodes, err = appendLine(c.episodes, &episodes[i]); err != nil {
			return fmt.Errorf("pack episodes: %w", err)
		}
	}
	p, err := c.pack(number, base)
	if err != nil {
		return err
	}
	return h.exec(ctx, "INSERT INTO shard (run, number, digest, "+contentColumns+") VALUES (?, ?, ?, ?, ?, ?, ?)",
		run, number, p.digest, p.packed[0], p.packed[1], p.packed[2], p.packed[3])
}

// appendLine adds a value as a line of JSON.
func appendLine(b []byte, value any) ([]byte, error) {
	line, err := json.Marshal(value, body.Options())
	return append(append(b, line...), '\n'), err
}

// eachLine is the reverse, for many values.
func eachLine[T any](text []byte, do func(*T)) error {
	for line := range bytes.Lines(text) {
		value := new(T)
		if err := json.Unmarshal(line, value); err != nil {
			return fmt.Errorf("%w: %w", body.ErrDamaged, err)
		}
		do(value)
	}
	return nil
}
