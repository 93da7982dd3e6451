package service

import (
	"context"
	"slices"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// mostRuns is how many runs of a tenant are shown.
const mostRuns = 100

// shown is what the pages show, as of now.
func (s *Site) shown(ctx context.Context) (*reporters.Service, error) {
	runs, err := s.Runs(ctx)
	if err != nil {
		return nil, err
	}
	status := s.Service.Status()
	v := &reporters.Service{Version: s.Version, Now: s.Now()}
	if !status.Reloaded.Good {
		v.Warnings = append(v.Warnings, "The configuration was changed to one that is wrong: the one before is still in force. The log says what is wrong.")
	}
	if l := s.Ledger(); l != nil && !l.Good {
		v.Warnings = append(v.Warnings, "The history is not as it was recorded: trailguard history verify says what was altered.")
	}
	for i := range status.Settings.Tenants {
		name := status.Settings.Tenants[i].Name
		t := reporters.ServiceTenant{
			Name: name, Next: status.Next[name], Running: status.Current[name].Started, Broken: status.Figures[name].Broken,
			Runs: runsOf(runs, name), LastComplete: LastComplete(runs, name),
		}
		if !s.Service.alone() && len(t.Runs) > 0 && t.Runs[0].At.After(t.Broken) {
			t.Broken = time.Time{} // the run after it was another process's, which has its figures
		}
		v.Tenants = append(v.Tenants, t)
	}
	return v, nil
}

// runsOf are a tenant's runs, the latest first.
func runsOf(runs []history.RunSummary, tenant string) []reporters.ServiceRun {
	var list []reporters.ServiceRun
	for i := range slices.Backward(runs) {
		r := &runs[i]
		if r.Selected || !slices.Contains(r.Tenants, tenant) {
			continue
		}
		if len(list) == mostRuns {
			break
		}
		shown := reporters.ServiceRun{
			ID: r.ID, At: r.CollectedAt, Status: r.ExitStatus, Tenants: len(r.Tenants),
			Failing:     r.Summary.ByStatus[scanner.StatusFail],
			NotAssessed: r.Summary.ByStatus[scanner.StatusUnknown] + r.Summary.ByStatus[scanner.StatusError],
		}
		if r.Interrupted {
			shown.Status = scanner.ExitTerminated
		}
		list = append(list, shown)
	}
	return list
}
