package history

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"
)

// runs compares every run with its entry in the ledger.
func (v *verifier) runs(ctx context.Context, entries []ledgerEntry) error {
	states := map[int64]struct{ finished, pruned bool }{}
	err := v.h.each(ctx, "SELECT id, finished, pruned FROM run", nil, func(rows *sql.Rows) error {
		var id, finished, pruned int64
		err := rows.Scan(&id, &finished, &pruned)
		states[id] = struct{ finished, pruned bool }{finished != 0, pruned != 0}
		return err
	})
	if err != nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		if e.kind != ledgerRun {
			continue
		}
		state, ok := states[e.subject]
		delete(states, e.subject)
		switch {
		case !ok || !state.finished:
			v.problem("run", e.subject, "the row is missing, or no longer says that the run ended")
			continue
		case state.pruned != (e.subject < v.kept):
			v.problem("run", e.subject, "the row says of pruning what the ledger does not")
		}
		if err := v.run(ctx, e, state.pruned); err != nil {
			return err
		}
	}
	for id, state := range states {
		if state.finished {
			v.problem("run", id, "the ledger does not have the run")
		}
	}
	return nil
}

func (v *verifier) run(ctx context.Context, e *ledgerEntry, pruned bool) error {
	var was runBody
	if err := json.Unmarshal([]byte(e.body), &was); err != nil {
		v.problem("ledger", e.subject, "entry %d can not be read", e.id)
		return nil //nolint:nilerr // it is a finding of the verification, not a failure of it
	}
	is, err := v.store.runEntry(ctx, v.h, e.subject)
	if err != nil {
		if ctx.Err() != nil {
			return err
		}
		v.problem("run", e.subject, "the row can not be read: %v", err)
		return nil
	}
	if !pruned {
		v.out.Runs++
		if is.Shards != was.Shards {
			v.problem("shard", e.subject, "the rows are not those that were recorded")
		}
		if is.Drift != was.Drift {
			v.problem("drift_event", e.subject, "the rows are not those that were recorded")
		}
	}
	v.tenants(e.subject, was.Tenants, is.Tenants)
	for _, b := range []*runBody{&was, is} {
		b.Shards, b.Drift, b.Tenants = "", "", nil
	}
	a, err := json.Marshal(was, encoding())
	if err != nil {
		return err
	}
	b, err := json.Marshal(is, encoding())
	if err != nil {
		return err
	}
	if string(a) != string(b) {
		v.problem("run", e.subject, "the row was altered")
	}
	if pruned {
		return nil
	}
	return v.content(ctx, e.subject, is.CollectedAt)
}

func (v *verifier) tenants(run int64, was, is []tenantBody) {
	rows := map[string]tenantBody{}
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
	if len(was) == len(is) && len(rows) == 0 && !slices.Equal(was, is) {
		v.problem("run_tenant", run, "the order of the tenants was altered")
	}
}

// content compares the rows that a run wrote with what its shards say.
func (v *verifier) content(ctx context.Context, run int64, collectedAt string) error {
	collected, err := parseTime(collectedAt)
	if err != nil {
		return nil //nolint:nilerr // the row was named as altered already
	}
	changes, err := v.changesOf(ctx, run)
	if err != nil {
		return err
	}
	type shardRow struct {
		number  int64
		content []byte
	}
	var shards []shardRow
	err = v.h.each(ctx, "SELECT number, content FROM shard WHERE run = ? ORDER BY number", []any{run}, func(rows *sql.Rows) error {
		var s shardRow
		err := rows.Scan(&s.number, &s.content)
		shards = append(shards, s)
		return err
	})
	if err != nil {
		return err
	}
	for _, s := range shards {
		members, err := v.store.members(ctx, v.h, run, s.number, collected)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			v.problem("shard", run, "%v", err)
			continue
		}
		v.shard(run, s.number, s.content, members, changes)
	}
	for subject, c := range changes { // Verify sorts the problems
		for table, section := range c.sections() {
			if len(section) > 0 {
				v.problem(tableName(table), run, "a row of %s (subject %d) that the run did not write", subjectName(c.tenant, c.export), subject)
			}
		}
	}
	return nil
}

// shard compares one shard, and takes its members out of the changes.
func (v *verifier) shard(run, number int64, wanted []byte, members []member, changes map[int64]*change) {
	content := writer{}
	named := false
	for i := range members {
		m := &members[i]
		c, ok := changes[m.subject]
		if !ok {
			c = &change{}
		}
		delete(changes, m.subject)
		for table, section := range c.sections() {
			sum := sha256.Sum256(section)
			if (len(section) > 0) == m.changed[table] && (len(section) == 0 || binary.BigEndian.Uint32(sum[:4]) == m.checks[table]) {
				continue
			}
			named = true
			what := subjectName(c.tenant, c.export)
			if !ok {
				what = fmt.Sprintf("subject %d", m.subject)
			}
			v.problem(tableName(table), run, "a row of %s was altered, added or removed", what)
		}
		c.seal(&member{}, &content)
		for _, id := range m.volatile {
			k := emptyKey
			if id != 0 {
				k = v.digests[id]
			}
			content.raw(k[:])
		}
	}
	if sum := sha256.Sum256(content.b); !named && !slices.Equal(sum[:], wanted) {
		v.problem("shard", run, "shard %d: its rows or documents are not those that were recorded", number)
	}
}

// changesOf reads what a run did to the rows of each subject.
func (v *verifier) changesOf(ctx context.Context, run int64) (map[int64]*change, error) {
	changes := map[int64]*change{}
	of := func(subject int64, tenant, export string) *change {
		if changes[subject] == nil {
			changes[subject] = &change{tenant: tenant, export: export}
		}
		return changes[subject]
	}
	for table := range tables - 1 {
		query := "SELECT t.subject, s.tenant, s.export_id, t.digest, t.from_run FROM " + tableName(table) +
			" t JOIN subject s ON s.id = t.subject WHERE t.from_run = ? OR t.to_run = ?"
		err := v.h.each(ctx, query, []any{run, run}, func(rows *sql.Rows) error {
			var subject, from int64
			var tenant, export string
			var digest []byte
			if err := rows.Scan(&subject, &tenant, &export, &digest, &from); err != nil {
				return err
			}
			var k key
			copy(k[:], digest) // one of another length was named already
			if from == run {
				of(subject, tenant, export).opened[table] = &k
			} else {
				of(subject, tenant, export).closed[table] = &k
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	query := "SELECT " + episodeColumns + ", s.tenant, s.export_id FROM finding f JOIN subject s ON s.id = f.subject WHERE f.first_run = ? OR f.resolved_run = ?"
	err := v.h.each(ctx, query, []any{run, run}, func(rows *sql.Rows) error {
		var tenant, export string
		e, err := scanEpisode(rows, &tenant, &export)
		if err != nil {
			return err
		}
		c := of(e.subject, tenant, export)
		if e.first == run {
			begun := e
			begun.resolved = sql.NullInt64{} // what came later is another run's
			c.findings = append(c.findings, begun)
		}
		if e.resolved.Valid && e.resolved.Int64 == run {
			c.findings = append(c.findings, e)
		}
		return nil
	})
	for _, c := range changes {
		slices.SortFunc(c.findings, compareEpisodes)
	}
	return changes, err
}
