package fleet

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ending is what a step came to.
type ending struct {
	traffic Traffic
	result  []byte
	// follow writes down what follows from it, in the transaction that ends the step;
	// nil: nothing does.
	follow func(ctx context.Context, tx pgx.Tx, s step) error
}

// end ends a step, with its result and all that follows in one transaction. Where
// another attempt has taken its place, it changes nothing.
func (f *Fleet) end(ctx context.Context, s step, e ending) error {
	if e.follow == nil {
		_, err := e.write(ctx, f.pool, s) // one statement is a transaction, too
		return err
	}
	return pgx.BeginFunc(ctx, f.pool, func(tx pgx.Tx) error {
		counts, err := e.write(ctx, tx, s)
		if err == nil && counts {
			err = e.follow(ctx, tx, s)
		}
		return err
	})
}

// executor is a transaction, or the pool.
type executor interface {
	Exec(ctx context.Context, statement string, args ...any) (pgconn.CommandTag, error)
}

// write writes the result down, and says whether it counts.
func (e ending) write(ctx context.Context, to executor, s step) (counts bool, err error) {
	done, err := to.Exec(ctx, `UPDATE fleet_step SET state = 'done', input = NULL, result = $4, requests = $5, retries = $6, waited = $7
		WHERE run = $1 AND number = $2 AND attempt = $3 AND state = 'admitted'`,
		s.Run, s.Number, s.Attempt, e.result, e.traffic.Requests, e.traffic.Retries, e.traffic.Waited)
	return err == nil && done.RowsAffected() > 0, err
}

// follow adds the steps of the shards, and the last.
func (l Listed) follow(ctx context.Context, tx pgx.Tx, s step) error {
	if _, err := tx.Exec(ctx, "UPDATE fleet_run SET head = $2 WHERE id = $1", s.Run, l.Head); err != nil {
		return err
	}
	last := int64(len(l.Shards)) + 1
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"fleet_step"}, []string{"run", "number", "kind", "state", "input"},
		pgx.CopyFromSlice(len(l.Shards)+1, func(i int) ([]any, error) {
			if i == len(l.Shards) {
				return []any{s.Run, last, finish, "blocked", nil}, nil
			}
			return []any{s.Run, int64(i) + 1, shard, "waiting", l.Shards[i]}, nil
		}))
	return err
}

// follow ends the run.
func (e Finished) follow(ctx context.Context, tx pgx.Tx, s step) error {
	var tenant string
	err := tx.QueryRow(ctx, `UPDATE fleet_run r SET ended = now(), status = $2, problem = $3, head = NULL,
		requests = t.requests, retries = t.retries, waited = t.waited
		FROM (SELECT SUM(requests) AS requests, SUM(retries) AS retries, SUM(waited) AS waited FROM fleet_step WHERE run = $1) t
		WHERE r.id = $1 RETURNING tenant`, s.Run, e.Status, e.Problem).Scan(&tenant)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(e.Reports)) {
		if _, err := tx.Exec(ctx, `INSERT INTO fleet_report (tenant, name, made, body) VALUES ($1, $2, now(), $3)
			ON CONFLICT (tenant, name) DO UPDATE SET made = EXCLUDED.made, body = EXCLUDED.body`, tenant, name, e.Reports[name]); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, "DELETE FROM fleet_step WHERE run = $1", s.Run)
	return err
}
