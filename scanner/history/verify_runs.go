package history

import (
	"context"
	"database/sql"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// checkRuns compares every run with its entry in the ledger.
func (v *verifier) checkRuns(ctx context.Context) error {
	for _, id := range slices.Sorted(maps.Keys(v.runs)) {
		state, ok := v.states[id]
		switch {
		case !ok || state.finished != 1:
			v.problem("run", id, "the row is missing, or no longer says that the run ended")
			continue
		case state.pruned != flag(id < v.prune.Kept):
			v.problem("run", id, "the row says of pruning what the ledger does not")
		}
		if err := v.checkRun(ctx, id); err != nil {
			return err
		}
	}
	for id, state := range v.states {
		if state.finished != 0 && v.runs[id] == nil {
			v.problem("run", id, "the ledger does not have the run")
		}
	}
	return nil
}

func (v *verifier) checkRun(ctx context.Context, id int64) error {
	was := *v.runs[id]
	is, err := readRunEntry(ctx, v.h, id)
	if err != nil {
		return err
	}
	if id >= v.prune.Kept {
		v.out.Runs++
	}
	if (id >= v.prune.Kept || v.needed[id]) && is.Shards != was.Shards {
		v.problem("shard", id, "the rows are not those that were recorded")
	}
	if id >= v.prune.Kept && is.Batches != was.Batches {
		v.problem("batch", id, "the rows are not those that were recorded")
	}
	if is.Drift != was.Drift {
		v.problem("run", id, "the drift was altered")
	}
	v.checkTenants(id, was.Tenants, is.Tenants)
	is.Shards, is.Batches, is.Drift, is.Tenants = was.Shards, was.Batches, was.Drift, was.Tenants
	a, err := json.Marshal(was, body.Options())
	if err != nil {
		return err
	}
	b, err := json.Marshal(is, body.Options())
	if err != nil {
		return err
	}
	if string(a) != string(b) {
		v.problem("run", id, "the row was altered")
	}
	return nil
}

func (v *verifier) checkTenants(run int64, was, is []tenantEntry) {
	rows := map[string]tenantEntry{}
	for _, t := range is {
		rows[t.Tenant] = t
	}
	for _, t := range was {
		if row, ok := rows[t.Tenant]; !ok {
			v.problem("run_tenant", run, "the row of tenant %s is missing", t.Tenant)
		} else if row != t {
			v.problem("run_tenant", run, "the row of tenant %s was altered", t.Tenant)
		}
		delete(rows, t.Tenant)
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		v.problem("run_tenant", run, "the row of tenant %s was added", name)
	}
}

// checkShards compares every shard with its digest, and reads what the shards
// say of findings.
func (v *verifier) checkShards(ctx context.Context) error {
	return v.h.each(ctx, "SELECT run, number, digest, "+contentColumns+" FROM shard ORDER BY run, number", nil, func(rows *sql.Rows) error {
		var run int64
		var p packedShard
		if err := rows.Scan(&run, &p.number, &p.digest, &p.packed[0], &p.packed[1], &p.packed[2], &p.packed[3]); err != nil {
			return err
		}
		switch {
		case v.recording(run):
			return nil
		case run < v.prune.Kept && !v.needed[run], v.runs[run] == nil:
			v.problem("shard", run, "shard %d: the ledger does not have it", p.number)
			return nil
		case p.sum() != p.digest:
			v.problem("shard", run, "shard %d: the row was altered, it is not the one that was recorded", p.number)
		}
		if run < v.prune.Kept {
			return nil
		}
		shard, err := p.unpack(run, &content{}, withEpisodes)
		if err == nil {
			err = eachLine(shard.episodes, func(e *episode) { v.episodes[e.identity()] = *e })
		}
		if err != nil {
			v.problem("shard", run, "%v", err)
		}
		return nil
	})
}

// findingID tells the rows of findings apart.
type findingID struct {
	tenant, export, fingerprint, status string
	first                               int64
}

func (e *episode) identity() findingID {
	return findingID{e.Tenant, e.Export, e.Fingerprint, string(e.Status), e.First}
}

// checkFindings compares every row with what the shards say of it, and what
// outlived a pruning with what the ledger says.
func (v *verifier) checkFindings(ctx context.Context) error {
	err := v.h.each(ctx, "SELECT "+episodeColumns+" FROM finding ORDER BY id", nil, func(rows *sql.Rows) error {
		e, err := scanEpisode(rows)
		if err != nil || v.recording(e.First) {
			return err
		}
		if v.recording(e.Resolved) {
			e.Last, e.Resolved, e.Ending = 0, 0, ""
		}
		id := e.identity()
		was, ok := v.episodes[id]
		delete(v.episodes, id)
		e.id = 0
		switch {
		case !ok && e.First < v.prune.Kept:
			if e.Resolved != 0 || e.Last != 0 || e.Ending != "" {
				v.problem("finding", e.Resolved, "a row of %s (%s): no run ended it", subjectName(e.Tenant, e.Export), e.Rule)
			}
		case !ok:
			v.problem("finding", e.First, "a row of %s (%s): no run wrote it", subjectName(e.Tenant, e.Export), e.Rule)
		case e != was:
			v.problem("finding", e.First, "a row of %s (%s) was altered", subjectName(e.Tenant, e.Export), e.Rule)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range v.episodes { // Verify sorts the problems
		v.problem("finding", e.First, "a row of %s (%s) is missing", subjectName(e.Tenant, e.Export), e.Rule)
	}
	if v.prune.Kept == 0 {
		return nil
	}
	carried, err := carriedFindings(ctx, v.h, v.prune.Kept)
	if err == nil && carried != v.prune.Findings {
		v.problem("finding", 0, "rows that began before run %d are not those that the pruning left", v.prune.Kept)
	}
	return err
}
