package history

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/ledger"
)

// Recorded is a run that counts.
type Recorded struct {
	Run int64
	// Head is the hash of the run's ledger entry. Verify finds it in every
	// later state of the history, unless the end of the ledger was cut off.
	Head string
}

// Finish ends the run with its report: it keeps the findings and the drift,
// finds out which findings began and ended, and adds the run to the ledger.
// From here on the run counts.
func (r *Run) Finish(ctx context.Context, report *scanner.Report) (Recorded, error) {
	if r.release == nil {
		return Recorded{}, errors.New("the run has ended")
	}
	recorded := Recorded{Run: r.ID}
	err := r.store.within(ctx, "end a run", func(h handle) (err error) {
		if err := r.store.lockLedger(ctx, h); err != nil {
			return err
		}
		recorded.Head, err = r.finish(ctx, h, report)
		return err
	})
	if err != nil {
		return Recorded{}, err
	}
	return recorded, r.end()
}

func (r *Run) finish(ctx context.Context, h handle, report *scanner.Report) (head string, err error) {
	b, err := readBook(ctx, h)
	if err != nil {
		return "", err
	}
	c, err := h.recording(ctx, r.ID)
	if err != nil {
		return "", err
	}
	if err := r.parts(ctx, c, b, report); err != nil {
		return "", err
	}
	entry := r.entry(report)
	entry.Base = c.base
	all, err := c.covered(ctx)
	if err != nil {
		return "", err
	}
	entry.Parts, entry.Documents, entry.Size = cover(all)
	if err := h.exec(ctx, "DELETE FROM recording WHERE run = ?", r.ID); err != nil {
		return "", err
	}
	if err := h.tell(ctx, r.notices); err != nil {
		return "", err
	}
	return b.add(ctx, h, ledger.Run, r.ID, entry)
}

// parts keeps the parts that are known at the end, once all shards are there.
func (r *Run) parts(ctx context.Context, c content, b *book, report *scanner.Report) error {
	var shards, last int64
	query := "SELECT COUNT(*), COALESCE(MAX(number), -1) FROM part WHERE run = ? AND kind = ?"
	if _, err := c.h.one(ctx, query, []any{r.ID, partIndex}, &shards, &last); err != nil {
		return err
	}
	if last != shards-1 {
		return fmt.Errorf("%d of %d shards of the run are recorded", shards, last+1)
	}
	if err := c.putHead(ctx, r.info.Header, r.info.Tenants); err != nil {
		return err
	}
	before := map[string]*runEntry{}
	for _, name := range r.names {
		if run := b.last(name, false); run != nil {
			before[name] = run
		}
	}
	was, err := openEpisodes(ctx, c.h, before)
	if err != nil {
		return err
	}
	findings := recordedFindings(report)
	open, ended := r.advance(b, was, findings, report)
	if err := putLines(ctx, c, partFindings, findings); err != nil {
		return err
	}
	if err := putLines(ctx, c, partOpen, open); err != nil {
		return err
	}
	if err := putLines(ctx, c, partEnded, ended); err != nil {
		return err
	}
	if err := putResults(ctx, c, report); err != nil {
		return err
	}
	return putLines(ctx, c, partDrift, report.Drift)
}

func (r *Run) entry(report *scanner.Report) *runEntry {
	e := &runEntry{
		RunSummary: RunSummary{
			ID: r.ID, CollectedAt: r.info.Header.CollectedAt.UTC(), AsOf: r.info.AsOf.UTC(), ToolVersion: r.info.Header.ToolVersion,
			RulesDigest: r.info.RulesDigest, SnapshotDigest: report.Scan.SnapshotDigest, Summary: report.Summary, ExitStatus: report.Scan.ExitStatus,
			Complete: report.Scan.Complete, Interrupted: report.Scan.Interrupted, Selected: r.info.Selected, Tenants: r.names,
		},
		Whole: []string{},
	}
	for i, name := range r.names {
		if r.info.Tenants[i].Complete && !r.info.Selected && !report.Scan.Interrupted {
			e.Whole = append(e.Whole, name)
		}
	}
	return e
}

// covered identifies a part as the one that was recorded.
type covered struct {
	kind, digest string
	size         int64
}

func (c content) covered(ctx context.Context) ([]covered, error) {
	var all []covered
	err := c.h.each(ctx, "SELECT kind, digest, LENGTH(data) FROM part WHERE run = ?", []any{c.run}, func(rows *sql.Rows) error {
		var p covered
		err := rows.Scan(&p.kind, &p.digest, &p.size)
		all = append(all, p)
		return err
	})
	return all, err
}

// cover returns what the ledger says of parts: a digest of the documents, and a
// digest and the size of all others. A part's digest covers its kind and
// number, so their order does not matter.
func cover(all []covered) (parts, documents string, size int64) {
	var lists [2][]string
	for _, p := range all {
		if p.kind == partDocuments {
			lists[1] = append(lists[1], p.digest)
			continue
		}
		lists[0] = append(lists[0], p.digest)
		size += p.size
	}
	slices.Sort(lists[0])
	slices.Sort(lists[1])
	return ledger.Digest(lists[0]...), ledger.Digest(lists[1]...), size
}
