package history

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	kinds "github.com/trailguard/trailguard/scanner/document"
)

// judgedHead is what a run says besides its results: the only line of partJudged.
type judgedHead struct {
	Rules    []string                  `json:"rules"`
	Controls []scanner.ControlStanding `json:"controls"`
	Waivers  []scanner.WaiverStanding  `json:"waivers"`
	Baseline *scanner.BaselineInfo     `json:"baseline"`
}

// putResults keeps the report's result for every control and subject.
func putResults(ctx context.Context, c content, report *scanner.Report) error {
	j, subjects := report.Judgement()
	for i := range subjects {
		subjects[i].Tenant, subjects[i].ExportID = text(subjects[i].Tenant), text(subjects[i].ExportID)
	}
	// The order of the exports in a shard, so that runs resemble each other.
	slices.SortFunc(subjects, func(x, y scanner.SubjectResults) int {
		return cmp.Or(cmp.Compare(x.Tenant, y.Tenant), cmp.Compare(x.ExportID, y.ExportID))
	})
	if err := putLines(ctx, c, partJudged, []judgedHead{{j.Rules, j.Controls, j.Waivers, j.Baseline}}); err != nil {
		return err
	}
	return putLines(ctx, c, partResults, subjects)
}

// Past reads many runs. The ledger is read once, so that all answers are of one
// moment.
type Past struct {
	store *Store
	h     handle
	b     *book
	until time.Time
	runs  []*runEntry // by when they were collected
}

// Past returns the runs that were collected before a moment.
func (s *Store) Past(ctx context.Context, until time.Time) (*Past, error) {
	h := s.pool()
	b, err := readBook(ctx, h)
	if err != nil {
		return nil, s.fail("read", err)
	}
	p := &Past{store: s, h: h, b: b, until: until}
	for _, run := range b.runs {
		if run.CollectedAt.Before(until) {
			p.runs = append(p.runs, run)
		}
	}
	slices.SortStableFunc(p.runs, func(x, y *runEntry) int { return x.CollectedAt.Compare(y.CollectedAt) })
	return p, nil
}

// Head is the hash of the ledger's last entry; empty where there is none.
func (p *Past) Head() string {
	if len(p.b.entries) == 0 {
		return ""
	}
	return p.b.entries[len(p.b.entries)-1].Hash
}

// Approvals returns the approvals given before the moment, oldest first.
func (p *Past) Approvals() []scanner.Approval {
	list := slices.DeleteFunc(slices.Clone(p.b.approvals), func(a scanner.Approval) bool { return !a.At.Before(p.until) })
	slices.SortStableFunc(list, func(x, y scanner.Approval) int { return x.At.Compare(y.At) })
	return list
}

// Runs returns the runs in the order in which they were collected, without their
// results.
func (p *Past) Runs() []scanner.Judgement {
	list := make([]scanner.Judgement, len(p.runs))
	for i, run := range p.runs {
		list[i] = scanner.Judgement{Run: run.ID, CollectedAt: run.CollectedAt, Tenants: run.Tenants, Whole: run.Whole}
	}
	return list
}

// Read fills in a run's results, and calls a function with each of its subjects.
// A run whose results are not kept stays empty.
func (p *Past) Read(ctx context.Context, j *scanner.Judgement, subject func(*scanner.SubjectResults)) error {
	return p.store.fail("read the results", p.read(ctx, j, subject))
}

func (p *Past) read(ctx context.Context, j *scanner.Judgement, subject func(*scanner.SubjectResults)) error {
	run := p.b.find(j.Run)
	if run == nil || run.Pruned {
		return nil
	}
	c := run.content(p.h)
	err := eachLine(ctx, c, partJudged, func(head *judgedHead) {
		j.Kept, j.Rules, j.Controls, j.Waivers, j.Baseline = true, head.Rules, head.Controls, head.Waivers, head.Baseline
	})
	if err != nil || !j.Kept {
		return err
	}
	return eachLine(ctx, c, partResults, subject)
}

// Episodes returns the episodes that go on at the moment, and those that ended
// at or after from and before it.
func (p *Past) Episodes(ctx context.Context, from time.Time) ([]Episode, error) {
	list, err := p.episodes(ctx, from)
	return list, p.store.fail("read findings", err)
}

func (p *Past) episodes(ctx context.Context, from time.Time) ([]Episode, error) {
	last := map[string]*runEntry{}
	for _, run := range p.runs {
		for _, tenant := range run.Tenants {
			if !run.Pruned {
				last[tenant] = run
			}
		}
	}
	list, err := openEpisodes(ctx, p.h, last)
	for _, run := range p.runs {
		if err != nil {
			return nil, err
		}
		if !run.Pruned && !run.CollectedAt.Before(from) {
			err = eachLine(ctx, run.content(p.h), partEnded, func(e *Episode) { list = append(list, *e) })
		}
	}
	slices.SortFunc(list, compareEpisodes)
	return list, err
}

// Deliveries calls a function with every export of a run, what the listing below
// its path found, and when; d is nil where it was not listed.
func (p *Past) Deliveries(ctx context.Context, run int64, do func(c *scanner.ExportConfiguration, at time.Time, d *kinds.Delivery)) error {
	entry := p.b.find(run)
	if entry == nil || entry.Pruned || entry.Selected {
		return nil
	}
	err := entry.content(p.h).shards(ctx, newDocuments(p.h), func(records []*scanner.Record, _ []string) {
		for _, r := range records {
			e, ok := r.Find(kinds.KindDelivery, "", "")
			var d kinds.Delivery
			if ok && !e.Absent && e.Text != "" && json.Unmarshal([]byte(e.Text), &d) == nil && d.Valid() {
				do(&r.Configuration, e.CollectedAt, &d)
			} else {
				do(&r.Configuration, time.Time{}, nil)
			}
		}
	})
	return p.store.fail("read deliveries", err)
}
