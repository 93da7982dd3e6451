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
	for _, run := range []int64{before, after} {
		var pruned int64
		found, err := h.one(ctx, "SELECT pruned FROM run WHERE id = ? AND finished = 1", []any{run}, &pruned)
		if err == nil && (!found || pruned != 0) {
			err = fmt.Errorf("run %d: %w", run, ErrNoRun)
		}
		if err != nil {
			return nil, s.fail(what, err)
		}
	}
	c := &RunChanges{}
	var err error
	if c.Exports, err = exportChanges(ctx, h, before, after); err != nil {
		return nil, s.fail(what, err)
	}
	err = c.episodes(ctx, h, before, after)
	return c, s.fail(what, err)
}

// Runs that are still being recorded by others have rows too: those of the two
// runs' tenants alone are asked for.
const tenantsOfBoth = ` AND s.tenant IN (SELECT tenant FROM run_tenant WHERE run = ?)`

func exportChanges(ctx context.Context, h handle, before, after int64) ([]ExportChange, error) {
	const query = `SELECT s.tenant, s.export_id, v.from_run, v.to_run, v.digest FROM config_version v JOIN subject s ON s.id = v.subject WHERE v.id IN
(SELECT id FROM config_version WHERE from_run > ? AND from_run <= ? UNION SELECT id FROM config_version WHERE to_run > ? AND to_run <= ?)` + tenantsOfBoth
	type name struct{ tenant, export string }
	found := map[name]*ExportChange{}
	err := h.each(ctx, query, []any{before, after, before, after, after}, func(rows *sql.Rows) error {
		var n name
		var from int64
		var to sql.NullInt64
		var digest sql.RawBytes
		if err := rows.Scan(&n.tenant, &n.export, &from, &to, &digest); err != nil {
			return err
		}
		if found[n] == nil {
			found[n] = &ExportChange{Tenant: n.tenant, ExportID: n.export}
		}
		if from <= before {
			found[n].Before = fmt.Sprintf("%x", []byte(digest))
		}
		if from <= after && (!to.Valid || to.Int64 > after) {
			found[n].After = fmt.Sprintf("%x", []byte(digest))
		}
		return nil
	})
	changes := []ExportChange{}
	for _, c := range found {
		switch {
		case c.Before == c.After:
			continue // there and back again
		case c.Before == "":
			c.Effect = scanner.EffectAdded
		case c.After == "":
			c.Effect = scanner.EffectRemoved
		default:
			c.Effect = scanner.EffectChanged
		}
		changes = append(changes, *c)
	}
	// They come from a map.
	slices.SortFunc(changes, func(a, b ExportChange) int {
		return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ExportID, b.ExportID))
	})
	return changes, err
}

func (c *RunChanges) episodes(ctx context.Context, h handle, before, after int64) error {
	times, err := runTimes(ctx, h)
	if err != nil {
		return err
	}
	read := func(where string) ([]Episode, error) {
		episodes := []Episode{}
		query := "SELECT f.id, f.subject, f.fingerprint, f.rule, f.severity, f.status, f.resource, f.first_run, f.last_run, f.resolved_run, f.ending" +
			", s.tenant, s.export_id FROM finding f JOIN subject s ON s.id = f.subject WHERE " + where + tenantsOfBoth +
			" ORDER BY s.tenant, s.export_id, f.rule, f.fingerprint, f.status, f.id"
		err := h.each(ctx, query, []any{before, after, after}, func(rows *sql.Rows) error {
			var tenant, export string
			e, err := scanEpisode(rows, &tenant, &export)
			if err != nil {
				return err
			}
			ended := e.resolved.Valid && e.resolved.Int64 <= after
			if ended == (e.first <= before) { // not what came and went between the two
				episodes = append(episodes, e.show(tenant, export, after, times))
			}
			return nil
		})
		return episodes, err
	}
	if c.Begun, err = read("f.first_run > ? AND f.first_run <= ?"); err != nil {
		return err
	}
	c.Ended, err = read("f.resolved_run > ? AND f.resolved_run <= ?")
	return err
}
