package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history/internal/delta"
)

// RunSummary is a run as lists show it.
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

const runColumns = "id, collected_at, as_of, tool_version, rules_digest, snapshot_digest, summary, exit_status, complete, interrupted, selected, pruned"

// Runs returns all runs that ended, oldest first.
func (s *Store) Runs(ctx context.Context) ([]RunSummary, error) {
	return s.runs(ctx, "", nil)
}

func (s *Store) runs(ctx context.Context, where string, args []any) ([]RunSummary, error) {
	runs := []RunSummary{}
	index := map[int64]int{}
	h := s.pool()
	err := h.each(ctx, "SELECT "+runColumns+" FROM run WHERE finished = 1"+where+" ORDER BY id", args, func(rows *sql.Rows) error {
		r, err := scanRun(rows)
		index[r.ID] = len(runs)
		runs = append(runs, r)
		return err
	})
	if err != nil {
		return nil, s.fail("read runs", err)
	}
	err = h.each(ctx, "SELECT run, tenant FROM run_tenant ORDER BY run, position", nil, func(rows *sql.Rows) error {
		var run int64
		var tenant string
		err := rows.Scan(&run, &tenant)
		if i, ok := index[run]; ok {
			runs[i].Tenants = append(runs[i].Tenants, tenant)
		}
		return err
	})
	return runs, s.fail("read runs", err)
}

func scanRun(rows *sql.Rows) (RunSummary, error) {
	r := RunSummary{Tenants: []string{}}
	var collected, asOf, summary string
	var complete, interrupted, selected, pruned int64
	err := rows.Scan(&r.ID, &collected, &asOf, &r.ToolVersion, &r.RulesDigest, &r.SnapshotDigest, &summary, &r.ExitStatus,
		&complete, &interrupted, &selected, &pruned)
	if err != nil {
		return r, err
	}
	r.Complete, r.Interrupted, r.Selected, r.Pruned = complete != 0, interrupted != 0, selected != 0, pruned != 0
	if r.CollectedAt, err = parseTime(collected); err != nil {
		return r, fmt.Errorf("run %d: %w", r.ID, err)
	}
	if r.AsOf, err = parseTime(asOf); err != nil {
		return r, fmt.Errorf("run %d: %w", r.ID, err)
	}
	if err := json.Unmarshal([]byte(summary), &r.Summary); err != nil {
		return r, fmt.Errorf("run %d: read the summary: %w", r.ID, err)
	}
	return r, nil
}

// Trend returns the runs that were collected at or after a time and judged
// everything they collected, oldest first: what a chart shows.
func (s *Store) Trend(ctx context.Context, since time.Time) ([]RunSummary, error) {
	return s.runs(ctx, " AND selected = 0 AND collected_at >= ?", []any{formatTime(since)})
}

// RunDetail is a run with what it found.
type RunDetail struct {
	RunSummary
	Findings []scanner.Finding `json:"findings"` // without states and waivers, by export
	Drift    []scanner.Change  `json:"drift"`
}

// Show returns a run with all that it found. It is ErrNoRun where there is
// none, or its content was pruned.
func (s *Store) Show(ctx context.Context, run int64) (*RunDetail, error) {
	runs, err := s.runs(ctx, " AND id = ?", []any{run})
	if err != nil {
		return nil, err
	}
	what := fmt.Sprintf("read run %d", run)
	if len(runs) == 0 {
		return nil, s.fail(what, ErrNoRun)
	}
	if runs[0].Pruned {
		return nil, s.fail(what, fmt.Errorf("its content was pruned: %w", ErrNoRun))
	}
	d := &RunDetail{RunSummary: runs[0], Findings: []scanner.Finding{}, Drift: []scanner.Change{}}
	var base int64
	var drift []byte
	if _, err = s.pool().one(ctx, "SELECT base, drift FROM run WHERE id = ?", []any{run}, &base, &drift); err != nil {
		return nil, s.fail(what, err)
	}
	lines, err := delta.Decompress(drift, nil)
	if err == nil {
		err = eachLine(lines, func(c *scanner.Change) { d.Drift = append(d.Drift, *c) })
	}
	if err != nil {
		return nil, s.fail(what, fmt.Errorf("drift: %w", err))
	}
	err = eachFinding(ctx, s.pool(), run, base, func(f *scanner.Finding) { d.Findings = append(d.Findings, *f) })
	return d, s.fail(what, err)
}

// eachFinding calls a function with every finding of a run, in the order in
// which they were recorded.
func eachFinding(ctx context.Context, h handle, run, base int64, do func(*scanner.Finding)) error {
	return shardReader{h: h, run: run, base: base, which: withFindings}.each(ctx, func(_ int64, shard, _ *content) error {
		return eachLine(shard.findings, do)
	})
}
