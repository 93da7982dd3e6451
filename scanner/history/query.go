package history

import (
	"context"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// RunSummary is a run's line in a list.
type RunSummary struct {
	ID             int64           `json:"id"`
	CollectedAt    time.Time       `json:"collectedAt"`
	AsOf           time.Time       `json:"asOf"`
	ToolVersion    string          `json:"toolVersion"`
	RulesDigest    string          `json:"rulesDigest"`
	SnapshotDigest string          `json:"snapshotDigest"`
	Summary        scanner.Summary `json:"summary"`
	ExitStatus     int             `json:"exitStatus"`
	Complete       bool            `json:"complete"` // everything was assessed
	Interrupted    bool            `json:"interrupted"`
	Selected       bool            `json:"selected"` // only some exports or rules were judged
	Pruned         bool            `json:"pruned"`   // its content is no longer kept
	Tenants        []string        `json:"tenants"`
}

// Runs returns all runs that ended, oldest first.
func (s *Store) Runs(ctx context.Context) ([]RunSummary, error) {
	return s.runs(ctx, func(*RunSummary) bool { return true })
}

// Trend returns the runs that were collected at or after a time and judged
// everything they collected, oldest first, for a chart.
func (s *Store) Trend(ctx context.Context, since time.Time) ([]RunSummary, error) {
	return s.runs(ctx, func(r *RunSummary) bool { return !r.Selected && !r.CollectedAt.Before(since) })
}

func (s *Store) runs(ctx context.Context, wanted func(*RunSummary) bool) ([]RunSummary, error) {
	b, err := readBook(ctx, s.pool())
	if err != nil {
		return nil, s.fail("read runs", err)
	}
	runs := []RunSummary{}
	for _, run := range b.runs {
		if wanted(&run.RunSummary) {
			runs = append(runs, run.RunSummary)
		}
	}
	return runs, nil
}

// RunDetail is a run with what it found.
type RunDetail struct {
	RunSummary
	Findings []scanner.Finding `json:"findings"` // without states and waivers, by export
	Drift    []scanner.Change  `json:"drift"`
}

// Show returns a run with its findings. The error is ErrNoRun where the run
// does not exist, or its content was pruned.
func (s *Store) Show(ctx context.Context, run int64) (*RunDetail, error) {
	d := &RunDetail{Findings: []scanner.Finding{}, Drift: []scanner.Change{}}
	return d, s.fail("read", s.show(ctx, run, d))
}

func (s *Store) show(ctx context.Context, id int64, d *RunDetail) error {
	h := s.pool()
	b, err := readBook(ctx, h)
	if err != nil {
		return err
	}
	run, err := b.run(id)
	if err != nil {
		return err
	}
	d.RunSummary = run.RunSummary
	if err := eachLine(ctx, run.content(h), partDrift, func(c *scanner.Change) { d.Drift = append(d.Drift, *c) }); err != nil {
		return err
	}
	return eachLine(ctx, run.content(h), partFindings, func(f *scanner.Finding) { d.Findings = append(d.Findings, *f) })
}

// ExportIDs returns the configuration ids of a run's exports. The error is
// ErrNoRun where the run does not exist, or its content was pruned.
func (s *Store) ExportIDs(ctx context.Context, run int64) ([]string, error) {
	var ids []string
	err := s.content(ctx, run, func(c content) error {
		return c.each(ctx, partIndex, func(_ int64, text []byte) error {
			exports, err := parseIndex(text)
			for _, e := range exports {
				ids = append(ids, e.export)
			}
			return err
		})
	})
	return ids, s.fail("read the exports", err)
}

// Configurations calls a function with the configuration of every export of a
// run, without reading its documents. Errors are those of ExportIDs.
func (s *Store) Configurations(ctx context.Context, run int64, do func(*scanner.ExportConfiguration)) error {
	err := s.content(ctx, run, func(c content) error {
		return c.shards(ctx, newDocuments(c.h), func(records []*scanner.Record, _ []string) {
			for _, r := range records {
				do(&r.Configuration)
			}
		})
	})
	return s.fail("read the configurations", err)
}

func (s *Store) content(ctx context.Context, run int64, do func(content) error) error {
	h := s.pool()
	b, err := readBook(ctx, h)
	if err != nil {
		return err
	}
	entry, err := b.run(run)
	if err != nil {
		return err
	}
	return do(entry.content(h))
}
