package service

import (
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner/history"
)

// LastComplete is when what a tenant's last complete run judged was collected;
// zero: none is known.
func LastComplete(runs []history.RunSummary, tenant string) time.Time {
	return last(runs, tenant, func(r *history.RunSummary) bool { return r.Complete })
}

// LastScan is when a tenant was last scanned to the end, whatever came of it. One
// that was cut off is made up for.
func LastScan(runs []history.RunSummary, tenant string) time.Time {
	return last(runs, tenant, func(*history.RunSummary) bool { return true })
}

func last(runs []history.RunSummary, tenant string, counts func(*history.RunSummary) bool) time.Time {
	var at time.Time
	for i := range runs {
		r := &runs[i]
		if !r.Selected && !r.Interrupted && slices.Contains(r.Tenants, tenant) && counts(r) && r.CollectedAt.After(at) {
			at = r.CollectedAt
		}
	}
	return at
}
