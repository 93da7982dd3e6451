package history

import (
	"context"
	"database/sql"
	"encoding/hex"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// Pruned says what Prune removed.
type Pruned struct {
	Runs      int
	Episodes  int
	Documents int
}

// Prune removes the content of runs that were collected before a time. The runs
// that later ones are compared with stay, and so do the ledger and each run's
// line in lists and trends. The parts of a key run stay as long as a kept run
// is compressed against them.
func (s *Store) Prune(ctx context.Context, before time.Time) (*Pruned, error) {
	release, err := s.lock(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer release() //nolint:errcheck // what was pruned is committed
	p := &Pruned{}
	err = s.within(ctx, "prune", func(h handle) error {
		if err := s.lockLedger(ctx, h); err != nil {
			return err
		}
		if err := h.clearDead(ctx, nil); err != nil { // no run is being recorded now
			return err
		}
		return p.prune(ctx, h, before)
	})
	if err != nil || p.Runs == 0 || s.postgres {
		return p, err
	}
	return p, s.fail("give space back", s.pool().exec(ctx, "VACUUM"))
}

func (p *Pruned) prune(ctx context.Context, h handle, before time.Time) error {
	b, err := readBook(ctx, h)
	if err != nil {
		return err
	}
	entry := pruneEntry{Before: before.UTC(), Kept: b.firstKept(before)}
	for _, run := range b.runs {
		if run.Pruned || run.ID >= entry.Kept {
			continue
		}
		run.Pruned = true
		p.Runs++
		if err := eachLine(ctx, run.content(h), partEnded, func(*Episode) { p.Episodes++ }); err != nil {
			return err
		}
	}
	if p.Runs == 0 {
		return nil
	}
	if p.Documents, err = b.moveDocuments(ctx, h, entry.Kept); err != nil {
		return err
	}
	needed := b.needed()
	for _, run := range b.runs {
		if run.Pruned && !needed[run.ID] {
			if err := h.exec(ctx, "DELETE FROM part WHERE run = ?", run.ID); err != nil {
				return err
			}
		}
	}
	all, err := content{h: h, run: -entry.Kept}.covered(ctx)
	if err != nil {
		return err
	}
	_, entry.Documents, _ = cover(all)
	_, err = b.add(ctx, h, ledger.Prune, entry.Kept, entry)
	return err
}

// firstKept returns the first run whose content stays: the oldest of those that
// are young enough, each tenant's last run, and each tenant's last complete
// run.
func (b *book) firstKept(before time.Time) int64 {
	kept := int64(0)
	keep := func(run *runEntry) {
		if run != nil && (kept == 0 || run.ID < kept) {
			kept = run.ID
		}
	}
	for tenant, run := range b.lastRuns() {
		keep(run)
		keep(b.last(tenant, true))
	}
	for _, run := range b.runs {
		if !run.CollectedAt.Before(before) {
			keep(run)
		}
	}
	return kept
}

// needed returns the key runs of the kept runs.
func (b *book) needed() map[int64]bool {
	needed := map[int64]bool{}
	for _, run := range b.runs {
		needed[run.Base] = needed[run.Base] || !run.Pruned
	}
	return needed
}

// moveDocuments removes the documents of pruned runs, but moves those to which
// a kept run refers. It returns how many it removed.
func (b *book) moveDocuments(ctx context.Context, h handle, kept int64) (unused int, err error) {
	used, err := b.usedDocuments(ctx, h)
	if err != nil {
		return 0, err
	}
	var moved []document // without their texts
	var places []place
	const query = "SELECT digest, run, number, position FROM document WHERE run < ? ORDER BY run, number, position"
	err = h.each(ctx, query, []any{kept}, func(rows *sql.Rows) error {
		var raw sql.RawBytes
		var p place
		err := rows.Scan(&raw, &p.run, &p.number, &p.position)
		if digest := hex.EncodeToString(raw); used[digest] {
			moved, places = append(moved, document{digest: digest}), append(places, p)
		} else {
			unused++
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	if err := h.exec(ctx, "DELETE FROM document WHERE run < ?", kept); err != nil {
		return 0, err
	}
	texts, to := newDocuments(h), content{h: h, run: -kept}
	for number := int64(0); len(moved) > 0; number++ {
		part := slices.Clone(moved[:min(movedPart, len(moved))])
		for i := range part {
			if part[i].text, err = texts.at(ctx, places[i]); err != nil {
				return 0, err
			}
		}
		if err := to.putDocuments(ctx, number, part); err != nil {
			return 0, err
		}
		moved, places = moved[len(part):], places[len(part):]
	}
	return unused, h.exec(ctx, "DELETE FROM part WHERE run < ? AND run <> ? AND kind = ?", kept, to.run, partDocuments)
}

// movedPart is how many documents one part takes when they are moved.
const movedPart = 2000

// usedDocuments returns the digests to which the kept runs refer.
func (b *book) usedDocuments(ctx context.Context, h handle) (map[string]bool, error) {
	used, texts := map[string]bool{}, newDocuments(h)
	for _, run := range b.runs {
		if run.Pruned {
			continue
		}
		err := run.content(h).shards(ctx, texts, func(records []*scanner.Record, stills []string) {
			for n, record := range records {
				used[stills[n]] = true
				for i := range record.Evidence {
					used[record.Evidence[i].Digest] = true
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return used, nil
}
