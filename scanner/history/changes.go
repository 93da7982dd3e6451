package history

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// ExportChange says that the record of an export differs between two runs.
type ExportChange struct {
	Tenant   string `json:"tenant"`
	ExportID string `json:"exportId"`
	// Effect is added, removed or changed. What the change means takes a
	// comparison of the two snapshots.
	Effect scanner.Effect `json:"effect"`
	// Before and After are digests of the record; empty where there was none.
	Before string `json:"before"`
	After  string `json:"after"`
}

// RunChanges is what changed between the ends of two runs.
type RunChanges struct {
	Exports []ExportChange `json:"exports"`
	Begun   []Episode      `json:"begun"` // findings that the later run has and the earlier has not
	Ended   []Episode      `json:"ended"` // and those that only the earlier run has
}

// Changes returns what changed between two runs, the earlier one first, without
// reading the snapshots. Documents that differ in every run (the newest
// delivery, the last use of a key) are no change.
func (s *Store) Changes(ctx context.Context, before, after int64) (*RunChanges, error) {
	c := &RunChanges{Exports: []ExportChange{}, Begun: []Episode{}, Ended: []Episode{}}
	return c, s.fail(fmt.Sprintf("compare runs %d and %d", before, after), c.read(ctx, s.pool(), before, after))
}

func (c *RunChanges) read(ctx context.Context, h handle, before, after int64) error {
	if before > after {
		return fmt.Errorf("run %d is the earlier one: name it first", after)
	}
	b, err := readBook(ctx, h)
	if err != nil {
		return err
	}
	from, err := b.run(before)
	if err != nil {
		return err
	}
	to, err := b.run(after)
	if err != nil {
		return err
	}
	if err := c.exports(ctx, from.content(h), to.content(h)); err != nil {
		return err
	}
	ends := to.ofTenants()
	open, err := openEpisodes(ctx, h, ends)
	if err != nil {
		return err
	}
	for i := range open {
		if open[i].FirstRun > before {
			c.Begun = append(c.Begun, open[i])
		}
	}
	err = b.ended(ctx, h, before, after, func(e *Episode) {
		if e.FirstRun <= before && ends[e.Tenant] != nil { // and did not come and go between the two
			c.Ended = append(c.Ended, *e)
		}
	})
	slices.SortFunc(c.Ended, compareEpisodes)
	return err
}

// exports finds the exports that differ. Where a run did not look at an export,
// or could not read the whole list, that is not known.
func (c *RunChanges) exports(ctx context.Context, before, after content) error {
	was, is := map[exportName]string{}, map[exportName]string{}
	for number, more := int64(0), true; more; number++ {
		var err error
		if more, err = differing(ctx, before, after, number, was, is); err != nil {
			return err
		}
	}
	for n, digest := range was {
		if now, ok := is[n]; ok && now != digest {
			c.Exports = append(c.Exports, ExportChange{n.tenant, n.export, scanner.EffectChanged, digest, now})
		}
	}
	if err := c.lacking(ctx, scanner.EffectRemoved, after, was, is); err != nil {
		return err
	}
	if err := c.lacking(ctx, scanner.EffectAdded, before, is, was); err != nil {
		return err
	}
	slices.SortFunc(c.Exports, func(a, b ExportChange) int { // they come from maps
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ExportID, b.ExportID))
	})
	return nil
}

// lacking adds the exports of one run that the other is known to lack.
func (c *RunChanges) lacking(ctx context.Context, effect scanner.Effect, other content, there, not map[exportName]string) error {
	var listed *lists
	for n, digest := range there {
		if _, ok := not[n]; ok {
			continue
		}
		if listed == nil {
			head, err := other.head(ctx)
			if err != nil {
				return err
			}
			listed = newLists(head.Tenants())
		}
		if !listed.lack(n) {
			continue
		}
		change := ExportChange{Tenant: n.tenant, ExportID: n.export, Effect: effect, Before: digest}
		if effect == scanner.EffectAdded {
			change.Before, change.After = "", digest
		}
		c.Exports = append(c.Exports, change)
	}
	return nil
}

// differing adds the exports of a shard of two runs, except those that are
// equal and in the same place. It says whether either run has such a shard.
func differing(ctx context.Context, before, after content, number int64, was, is map[exportName]string) (bool, error) {
	var lists [2][]indexed
	some := false
	for i, c := range []content{before, after} {
		text, found, err := c.read(ctx, partIndex, number)
		if err == nil {
			lists[i], err = parseIndex(text)
		}
		if err != nil {
			return false, err
		}
		some = some || found
	}
	for i, names := range []map[exportName]string{was, is} {
		for at, e := range lists[i] {
			if other := lists[1-i]; at >= len(other) || other[at] != e {
				names[e.exportName] = e.still
			}
		}
	}
	return some, nil
}
