package pipeline

import (
	"context"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// trendFor is how far back a report's trend goes.
const trendFor = 90 * 24 * time.Hour

// Trend returns what the runs of a history found that can be compared with a report:
// those of the same tenants, up to the report's own time.
func Trend(ctx context.Context, store *history.Store, report *scanner.Report) ([]scanner.TrendPoint, error) {
	at := report.Scan.CollectedAt
	runs, err := store.Trend(ctx, at.Add(-trendFor))
	if err != nil {
		return nil, err
	}
	tenants := make([]string, len(report.Tenants))
	for i := range report.Tenants {
		tenants[i] = report.Tenants[i].Name
	}
	slices.Sort(tenants)
	var points []scanner.TrendPoint
	for i := range runs {
		r := &runs[i]
		if r.CollectedAt.After(at) || !slices.Equal(slices.Sorted(slices.Values(r.Tenants)), tenants) {
			continue
		}
		points = append(points, scanner.TrendPoint{
			Run: r.ID, CollectedAt: r.CollectedAt, Complete: r.Complete, Exports: r.Summary.Exports,
			Failing: r.Summary.ByStatus[scanner.StatusFail], Waived: r.Summary.Waived, NotAssessed: r.Summary.NotAssessed(),
		})
	}
	slices.SortStableFunc(points, func(x, y scanner.TrendPoint) int { return x.CollectedAt.Compare(y.CollectedAt) })
	return points, nil
}
