package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// restNumber is that of a run's last shard, which holds what is no export of
// the snapshot: the tenants' own findings, and the ends of findings about
// exports that are gone.
const restNumber = -1

// content is what a shard holds. Each text but the episodes is compressed
// against that of the key run's shard with the same number.
type content struct {
	body     []byte // the records, as package body writes them
	meanings []byte // what each export is compared by, see meaning.go
	findings []byte // as JSON, a line each
	episodes []byte // what began and ended, as JSON, a line each
}

func (c *content) texts() [4]*[]byte {
	return [...]*[]byte{&c.body, &c.meanings, &c.findings, &c.episodes}
}

// bases are what the texts of another run's shard are compressed against.
func (c *content) bases() [4][]byte { return [...][]byte{c.body, c.meanings, c.findings, nil} }

const contentColumns = "body, meanings, findings, episodes"

// packedShard is a row of shard.
type packedShard struct {
	number int64
	digest string
	packed [4][]byte // the columns
}

func (p *packedShard) sum() string {
	parts := []string{strconv.FormatInt(p.number, 10)}
	for _, b := range p.packed {
		parts = append(parts, string(b))
	}
	return ledger.Digest(parts...)
}

// pack compresses a shard's content.
func (c *content) pack(number int64, base *content) (*packedShard, error) {
	p := &packedShard{number: number}
	bases := base.bases()
	var group errgroup.Group
	for i, t := range c.texts() {
		group.Go(func() (err error) {
			p.packed[i], err = delta.Compress(*t, bases[i])
			return err
		})
	}
	err := group.Wait()
	p.digest = p.sum()
	return p, err
}

// Which columns of a shard are read.
const (
	withBody = 1 << iota
	withMeanings
	withFindings
	withEpisodes
	withAll = withBody | withMeanings | withFindings | withEpisodes
)

// shardReader reads the shards of a run.
type shardReader struct {
	h         handle
	run, base int64 // 0: none
	which     int
}

// read returns a shard with what the key run has in its place. Where a run has
// no such shard, both are empty.
func (r shardReader) read(ctx context.Context, number int64) (shard, base *content, err error) {
	base = &content{}
	if r.base != 0 {
		if base, err = r.unpack(ctx, r.base, number, &content{}); err != nil {
			return nil, nil, err
		}
	}
	shard, err = r.unpack(ctx, r.run, number, base)
	return shard, base, err
}

func (r shardReader) unpack(ctx context.Context, run, number int64, base *content) (*content, error) {
	var columns []string
	for i, name := range strings.Split(contentColumns, ", ") {
		if r.which&(1<<i) == 0 {
			name = "NULL"
		}
		columns = append(columns, name)
	}
	p := packedShard{number: number}
	_, err := r.h.one(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM shard WHERE run = ? AND number = ?", []any{run, number},
		&p.packed[0], &p.packed[1], &p.packed[2], &p.packed[3])
	if err != nil {
		return nil, err
	}
	return p.unpack(run, base, r.which)
}

// unpack is the reverse of pack, for some of the columns.
func (p *packedShard) unpack(run int64, base *content, which int) (*content, error) {
	c := &content{}
	bases := base.bases()
	for i, t := range c.texts() {
		if which&(1<<i) == 0 || len(p.packed[i]) == 0 {
			continue
		}
		var err error
		if *t, err = delta.Decompress(p.packed[i], bases[i]); err != nil {
			return nil, fmt.Errorf("shard %d of run %d: %w", p.number, run, err)
		}
	}
	return c, nil
}

// numbers are those of a run's shards, in their order.
func (r shardReader) numbers(ctx context.Context) ([]int64, error) {
	var numbers []int64
	err := r.h.each(ctx, "SELECT number FROM shard WHERE run = ? ORDER BY number", []any{r.run}, func(rows *sql.Rows) error {
		var n int64
		err := rows.Scan(&n)
		numbers = append(numbers, n)
		return err
	})
	return numbers, err
}

// each calls a function with every shard of the run in its order.
func (r shardReader) each(ctx context.Context, do func(number int64, shard, base *content) error) error {
	numbers, err := r.numbers(ctx)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		shard, base, err := r.read(ctx, n)
		if err != nil {
			return err
		}
		if err := do(n, shard, base); err != nil {
			return err
		}
	}
	return nil
}

// keyRun chooses the run that a new one is compressed against; 0: the new run
// is a key run itself. The farther the world moves from a key run, the more
// every later run takes. A new one is due when that extra space has added up to
// what a key run takes.
func keyRun(ctx context.Context, h handle, tenant string) (int64, error) {
	var last, base int64
	found, err := h.one(ctx, `SELECT r.id, r.base FROM run_tenant t JOIN run r ON r.id = t.run
WHERE t.tenant = ? AND t.whole = 1 AND r.pruned = 0 ORDER BY r.id DESC LIMIT 1`, []any{tenant}, &last, &base)
	if err != nil || !found {
		return 0, err
	}
	if base == 0 {
		return last, nil
	}
	var size, pruned, count, sum, least int64
	if _, err := h.one(ctx, "SELECT size, pruned FROM run WHERE id = ?", []any{base}, &size, &pruned); err != nil {
		return 0, err
	}
	_, err = h.one(ctx, "SELECT COUNT(*), SUM(size), MIN(size) FROM run WHERE base = ? AND finished = 1 AND selected = 0", []any{base}, &count, &sum, &least)
	if sum-count*least >= size || pruned != 0 {
		return 0, err // a pruned one may name documents that are gone
	}
	return base, err
}

var errEnded = errors.New("the run has ended, or another one took its place")

// packEntries makes items of the exports of one shard.
func packEntries(entries []Entry, base *content) ([]item, error) {
	items := make([]item, len(entries))
	records := body.ParseBase(base.body)
	var meanings []string // of the base's records
	err := eachMeaning(base.meanings, func(_, _, digest string) { meanings = append(meanings, digest) })
	if err != nil {
		return nil, err
	}
	var group errgroup.Group
	const part = 64
	for from := 0; from < len(entries); from += part {
		group.Go(func() error {
			for i := from; i < min(from+part, len(entries)); i++ {
				if err := items[i].pack(&entries[i], records, meanings); err != nil {
					return fmt.Errorf("export %s: %w", entries[i].Record.Configuration.ID, err)
				}
			}
			return nil
		})
	}
	return items, group.Wait()
}

func (it *item) pack(e *Entry, base *body.Base, meanings []string) error {
	it.tenant, it.export, it.results = text(e.Record.Configuration.Tenant), text(e.Record.Configuration.ID), e.Results
	line, err := base.Encode(e.Record)
	if err != nil {
		return err
	}
	it.line = line.Text
	if line.Same != body.New && line.Same < len(meanings) {
		it.meaning = meanings[line.Same]
		return nil
	}
	for i := range e.Record.Evidence {
		evidence := &e.Record.Evidence[i]
		digest, err := parseKey(evidence.Digest)
		if err != nil {
			return fmt.Errorf("%s: %w", evidence.Ref(), err)
		}
		if evidence.Text != "" && !body.Inline(evidence) {
			it.documents = append(it.documents, storedDocument{digest, evidence.Text})
		}
	}
	it.meaning, err = meaning(e.Record)
	return err
}
