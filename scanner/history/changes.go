package history

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// ExportChange says that the record of an export is not what it was.
type ExportChange struct {
	Tenant   string `json:"tenant"`
	ExportID string `json:"exportId"`
	// Effect is added, removed or changed; what that means is for a comparison
	// of the two snapshots to say.
	Effect scanner.Effect `json:"effect"`
	// Before and After are digests of the record; empty where there was none.
	Before string `json:"before"`
	After  string `json:"after"`
}

// RunChanges is what changed between the ends of two runs.
type RunChanges struct {
	Exports []ExportChange `json:"exports"`
	Begun   []Episode      `json:"begun"` // findings that the later run has and the earlier has not
	Ended   []Episode      `json:"ended"` // and the reverse
}

// Changes returns what changed between two runs, the earlier one first,
// without reading the snapshots. Documents that differ from run to run anyway
// (what arrived last, when a key was used last) are no change.
func (s *Store) Changes(ctx context.Context, before, after int64) (*RunChanges, error) {
	what := fmt.Sprintf("compare runs %d and %d", before, after)
	if before > after {
		return nil, s.fail(what, fmt.Errorf("run %d is the earlier one: name it first", after))
	}
	h := s.pool()
	c := &RunChanges{}
	var err error
	if c.Exports, err = exportChanges(ctx, h, before, after); err == nil {
		err = c.episodes(ctx, h, before, after)
	}
	return c, s.fail(what, err)
}

// exportName is an export among those of all tenants.
type exportName struct{ tenant, export string }

// exportChanges are the exports that differ. Where a run did not look at an
// export, or could not read the whole list, nobody knows.
func exportChanges(ctx context.Context, h handle, before, after int64) ([]ExportChange, error) {
	was, is, err := differingMeanings(ctx, h, before, after)
	if err != nil {
		return nil, err
	}
	changes := []ExportChange{}
	for n := range was {
		if _, ok := is[n]; ok && was[n] != is[n] {
			changes = append(changes, ExportChange{n.tenant, n.export, scanner.EffectChanged, was[n], is[n]})
		}
	}
	for _, side := range []struct {
		effect     scanner.Effect
		run        int64 // that does not have the exports
		there, not map[exportName]string
	}{{scanner.EffectRemoved, after, was, is}, {scanner.EffectAdded, before, is, was}} {
		unlisted, err := unlistedIn(ctx, h, side.run, side.there, side.not)
		if err != nil {
			return nil, err
		}
		for _, n := range unlisted {
			changes = append(changes, ExportChange{n.tenant, n.export, side.effect, was[n], is[n]})
		}
	}
	// They come from maps.
	slices.SortFunc(changes, func(a, b ExportChange) int {
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ExportID, b.ExportID))
	})
	return changes, nil
}

// differingMeanings are the meanings that two runs have of their exports,
// without most of those that are the same in both.
func differingMeanings(ctx context.Context, h handle, before, after int64) (was, is map[exportName]string, err error) {
	var shards [2]shardReader
	numbers := map[int64]bool{}
	for i, run := range []int64{before, after} {
		shards[i] = shardReader{h: h, run: run, which: withMeanings}
		var pruned int64
		found, err := h.one(ctx, "SELECT base, pruned FROM run WHERE id = ? AND finished = 1", []any{run}, &shards[i].base, &pruned)
		if err == nil && (!found || pruned != 0) {
			err = fmt.Errorf("run %d: %w", run, ErrNoRun)
		}
		if err != nil {
			return nil, nil, err
		}
		list, err := shards[i].numbers(ctx)
		if err != nil {
			return nil, nil, err
		}
		for _, n := range list {
			numbers[n] = true
		}
	}
	was, is = map[exportName]string{}, map[exportName]string{}
	for n := range numbers {
		a, base, err := shards[0].read(ctx, n)
		if err != nil {
			return nil, nil, err
		}
		var b *content
		switch shards[1].base {
		case shards[0].base:
			b, err = shards[1].unpack(ctx, after, n, base)
		case before: // the usual case after a key run
			b, err = shards[1].unpack(ctx, after, n, a)
		default:
			b, _, err = shards[1].read(ctx, n)
		}
		if err == nil {
			err = addDiffering(a.meanings, b.meanings, was, is)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return was, is, nil
}

// addDiffering adds what two shards say of their exports, but for those that
// stand in the same place and are the same.
func addDiffering(a, b []byte, was, is map[exportName]string) error {
	type meant struct {
		name   exportName
		digest string
	}
	var first []meant
	err := eachMeaning(a, func(tenant, export, digest string) { first = append(first, meant{exportName{tenant, export}, digest}) })
	if err != nil {
		return err
	}
	i := 0
	err = eachMeaning(b, func(tenant, export, digest string) {
		m := meant{exportName{tenant, export}, digest}
		if i >= len(first) || first[i] != m {
			is[m.name] = m.digest
			if i < len(first) {
				was[first[i].name] = first[i].digest
			}
		}
		i++
	})
	for ; i < len(first); i++ {
		was[first[i].name] = first[i].digest
	}
	return err
}

// unlistedIn are the exports of one run that another one does not list,
// although its list is whole.
func unlistedIn(ctx context.Context, h handle, run int64, there, not map[exportName]string) ([]exportName, error) {
	var names []exportName
	for n := range there {
		if _, ok := not[n]; !ok {
			names = append(names, n)
		}
	}
	if len(names) == 0 {
		return nil, nil
	}
	first, err := readHead(ctx, h, run)
	if err != nil {
		return nil, err
	}
	whole, listed := map[string]bool{}, map[exportName]bool{}
	for i := range first.Tenants {
		t := &first.Tenants[i]
		whole[text(t.Name)] = t.Complete
		for _, id := range t.ConfigurationIDs {
			listed[exportName{text(t.Name), text(id)}] = true
		}
	}
	return slices.DeleteFunc(names, func(n exportName) bool { return !whole[n.tenant] || listed[n] }), nil
}

// episodes adds the findings that began and ended in between. Runs that are
// still being recorded by others have rows too: those of the later run's
// tenants alone are asked for.
func (c *RunChanges) episodes(ctx context.Context, h handle, before, after int64) error {
	times, err := runTimes(ctx, h)
	if err != nil {
		return err
	}
	read := func(where string) ([]Episode, error) {
		episodes := []Episode{}
		query := "SELECT " + episodeColumns + " FROM finding WHERE " + where +
			" AND tenant IN (SELECT tenant FROM run_tenant WHERE run = ?) ORDER BY tenant, export_id, rule, fingerprint, status, id"
		err := h.each(ctx, query, []any{before, after, after}, func(rows *sql.Rows) error {
			e, err := scanEpisode(rows)
			ended := e.Resolved != 0 && e.Resolved <= after
			if ended == (e.First <= before) { // not what came and went between the two
				episodes = append(episodes, e.show(after, times))
			}
			return err
		})
		return episodes, err
	}
	if c.Begun, err = read("first_run > ? AND first_run <= ?"); err != nil {
		return err
	}
	c.Ended, err = read("resolved_run > ? AND resolved_run <= ?")
	return err
}
