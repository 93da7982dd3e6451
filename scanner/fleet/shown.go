package fleet

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
)

// Report is the latest report of a tenant, and when it was made; fs.ErrNotExist
// where there is none.
func (f *Fleet) Report(ctx context.Context, tenant, name string) (body []byte, made time.Time, err error) {
	err = f.pool.QueryRow(ctx, "SELECT body, made FROM fleet_report WHERE tenant = $1 AND name = $2", tenant, name).Scan(&body, &made)
	if errors.Is(err, pgx.ErrNoRows) {
		err = fs.ErrNotExist
	}
	return body, made, err
}

// Figures are what a fleet has to do, and by whom it is done.
type Figures struct {
	Workers, Slots    int64
	Runs              int64 // that go on
	Waiting, Admitted int64 // their steps
	OldestRun         time.Duration
}

// Figures counts.
func (f *Fleet) Figures(ctx context.Context) (v Figures, err error) {
	var seconds float64
	err = f.pool.QueryRow(ctx, `SELECT
		(SELECT COUNT(*) FROM fleet_worker WHERE seen > now() - $1::interval),
		(SELECT COALESCE(SUM(slots), 0) FROM fleet_worker WHERE seen > now() - $1::interval),
		(SELECT COUNT(*) FROM fleet_run WHERE ended IS NULL),
		(SELECT COUNT(*) FROM fleet_step WHERE state = 'waiting'),
		(SELECT COUNT(*) FROM fleet_step WHERE state = 'admitted'),
		COALESCE((SELECT EXTRACT(EPOCH FROM now() - MIN(began)) FROM fleet_run WHERE ended IS NULL), 0)`,
		f.o.silence).Scan(&v.Workers, &v.Slots, &v.Runs, &v.Waiting, &v.Admitted, &seconds)
	v.OldestRun = time.Duration(seconds * float64(time.Second))
	return v, err
}
