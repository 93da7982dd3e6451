package history

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
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
	if d.Findings, err = s.findingsOf(ctx, s.pool(), &runs[0]); err != nil {
		return nil, s.fail(what, err)
	}
	err = s.pool().each(ctx, "SELECT body FROM drift_event WHERE run = ? ORDER BY position", []any{run}, func(rows *sql.Rows) error {
		var body []byte
		if err := rows.Scan(&body); err != nil {
			return err
		}
		b, err := s.codec.decompress(body)
		if err != nil {
			return err
		}
		var c scanner.Change
		if err := json.Unmarshal(b, &c); err != nil {
			return err
		}
		d.Drift = append(d.Drift, c)
		return nil
	})
	return d, s.fail(what, err)
}

// findingsOf returns every finding of a run, from the results of its shards'
// members.
func (s *Store) findingsOf(ctx context.Context, h handle, run *RunSummary) ([]scanner.Finding, error) {
	var shards []int64
	err := h.each(ctx, "SELECT number FROM shard WHERE run = ? ORDER BY number", []any{run.ID}, func(rows *sql.Rows) error {
		var number int64
		err := rows.Scan(&number)
		shards = append(shards, number)
		return err
	})
	if err != nil {
		return nil, err
	}
	findings := []scanner.Finding{}
	for _, number := range shards {
		members, err := s.members(ctx, h, run.ID, number, run.CollectedAt)
		if err != nil {
			return nil, err
		}
		subjects := make([]int64, len(members))
		for i := range members {
			subjects[i] = members[i].subject
		}
		rows, err := rowsAt(ctx, h, tableResult, subjects, run.ID)
		if err != nil {
			return nil, err
		}
		for _, subject := range subjects {
			row, ok := rows[subject]
			if !ok {
				continue // an export that is gone
			}
			results, err := s.resultsAt(ctx, h, row, nil)
			if err != nil {
				return nil, err
			}
			for i := range results {
				findings = append(findings, results[i].Findings...)
			}
		}
	}
	return findings, nil
}

// resultsAt reads the results behind a row.
func (s *Store) resultsAt(ctx context.Context, h handle, row rowAt, gaps []scanner.Gap) ([]scanner.Result, error) {
	statuses, err := s.documents(ctx, h, []int64{row.statuses})
	if err != nil {
		return nil, err
	}
	d, ok := statuses[row.statuses]
	if !ok {
		return nil, fmt.Errorf("result %d: blob %d is missing", row.id, row.statuses)
	}
	packed, err := s.unpack(ctx, h, row.place)
	if err != nil {
		return nil, fmt.Errorf("result %d: %w", row.id, err)
	}
	results, err := unpackResults(d.text, packed, gaps)
	if err != nil {
		return nil, fmt.Errorf("result %d: %w", row.id, err)
	}
	return results, nil
}
