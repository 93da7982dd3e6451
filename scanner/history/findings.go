package history

import (
	"context"
	"math"
	"slices"
	"strings"
)

// Filter says which episodes Findings returns. An empty field passes all.
type Filter struct {
	// Run is the run at whose end the episodes are listed; 0: each tenant's last.
	Run         int64
	Tenant      string
	ExportID    string
	Rule        string
	Fingerprint string // or a prefix of it
	// Ended includes episodes that are over.
	Ended bool
}

func (f *Filter) passes(e *Episode) bool {
	return (f.Tenant == "" || f.Tenant == e.Tenant) && (f.ExportID == "" || f.ExportID == e.ExportID) && (f.Rule == "" || f.Rule == e.Rule) &&
		strings.HasPrefix(e.Fingerprint, f.Fingerprint)
}

// Findings returns episodes, sorted by tenant, export, severity, rule and
// beginning. The error is ErrNoRun where the run does not exist, or its content
// was pruned.
func (s *Store) Findings(ctx context.Context, f Filter) ([]Episode, error) {
	episodes, err := f.read(ctx, s.pool())
	return episodes, s.fail("read findings", err)
}

func (f *Filter) read(ctx context.Context, h handle) ([]Episode, error) {
	b, err := readBook(ctx, h)
	if err != nil {
		return nil, err
	}
	ends := b.lastRuns()
	if f.Run != 0 {
		run, err := b.run(f.Run)
		if err != nil {
			return nil, err
		}
		ends = run.ofTenants()
	}
	episodes, err := openEpisodes(ctx, h, ends)
	if err == nil && f.Ended {
		err = b.ended(ctx, h, 0, math.MaxInt64, func(e *Episode) {
			if end := ends[e.Tenant]; end != nil && e.ResolvedRun <= end.ID {
				episodes = append(episodes, *e)
			}
		})
	}
	if err != nil {
		return nil, err
	}
	episodes = slices.DeleteFunc(episodes, func(e Episode) bool { return !f.passes(&e) })
	slices.SortFunc(episodes, compareEpisodes)
	return append([]Episode{}, episodes...), nil // a list, also where there are none
}

// ofTenants returns the run under the name of each of its tenants.
func (r *runEntry) ofTenants() map[string]*runEntry {
	ends := map[string]*runEntry{}
	for _, tenant := range r.Tenants {
		ends[tenant] = r
	}
	return ends
}

// ended calls a function with the episodes that the kept runs ended, for the
// runs after one and up to another.
func (b *book) ended(ctx context.Context, h handle, after, until int64, do func(*Episode)) error {
	for _, run := range b.runs {
		if run.Pruned || run.ID <= after || run.ID > until {
			continue
		}
		if err := eachLine(ctx, run.content(h), partEnded, do); err != nil {
			return err
		}
	}
	return nil
}
