package history

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
)

// The ways in which an episode ends.
const (
	EndResolved = "resolved" // the rule was assessed, and no longer reports it
	EndGone     = "gone"     // the export was deleted
	// EndRules says that it ended in the first run with other rules: whether
	// the world changed is not known.
	EndRules = "rules"
)

// Episode is one finding from the run that first had it to the one that no
// longer did. A failure's episode goes on while the rule cannot be assessed; an
// unknown's own episode then runs beside it.
type Episode struct {
	Tenant      string           `json:"tenant"`
	ExportID    string           `json:"exportId,omitempty"` // empty: the finding is about the tenant
	Rule        string           `json:"ruleId"`
	Severity    scanner.Severity `json:"severity"`
	Status      scanner.Status   `json:"status"`
	Resource    string           `json:"resource"`
	Fingerprint string           `json:"fingerprint"`
	FirstRun    int64            `json:"firstRun"`
	FirstSeen   time.Time        `json:"firstSeen"`
	// LastRun is the last complete run of an episode that ended; 0 where there
	// was none, or while the episode goes on.
	LastRun int64 `json:"lastRun,omitzero"`
	// ResolvedRun is the run that no longer had it; 0 while it goes on.
	ResolvedRun int64     `json:"resolvedRun,omitzero"`
	ResolvedAt  time.Time `json:"resolvedAt,omitzero"`
	Ending      string    `json:"ending,omitempty"` // one of the End constants; empty: it goes on
}

// identity tells findings apart. Without a status it stands for a finding of any
// status.
type identity struct {
	exportName

	fingerprint string
	status      scanner.Status
}

func (e *Episode) identity() identity {
	return identity{exportName{e.Tenant, e.ExportID}, e.Fingerprint, e.Status}
}

func compareEpisodes(a, b Episode) int {
	return cmp.Or(strings.Compare(a.Tenant, b.Tenant), strings.Compare(a.ExportID, b.ExportID), cmp.Compare(a.Severity.Rank(), b.Severity.Rank()),
		strings.Compare(a.Rule, b.Rule), strings.Compare(a.Resource, b.Resource), strings.Compare(a.Fingerprint, b.Fingerprint),
		cmp.Compare(a.FirstRun, b.FirstRun), cmp.Compare(a.Status, b.Status))
}

// openEpisodes returns the episodes that go on after each tenant's run.
func openEpisodes(ctx context.Context, h handle, runs map[string]*runEntry) ([]Episode, error) {
	var open []Episode
	read := map[*runEntry]bool{}
	for _, run := range runs {
		if read[run] {
			continue
		}
		read[run] = true
		err := eachLine(ctx, run.content(h), partOpen, func(e *Episode) {
			if runs[e.Tenant] == run {
				open = append(open, *e)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(open, compareEpisodes) // the runs come from a map
	return open, nil
}

// results returns the statuses of each export and tenant that a report judged, by
// rule.
func results(report *scanner.Report) map[exportName]map[string]scanner.Status {
	all := make(map[exportName]map[string]scanner.Status, len(report.Exports)+len(report.Tenants))
	for i := range report.Exports {
		all[exportName{text(report.Exports[i].Tenant), text(report.Exports[i].ID)}] = report.Exports[i].Results
	}
	for i := range report.Tenants {
		all[exportName{text(report.Tenants[i].Name), ""}] = report.Tenants[i].Results
	}
	return all
}

// recordedFindings returns the findings of the run itself, without those that a
// comparison added, and without states and waivers.
func recordedFindings(report *scanner.Report) []scanner.Finding {
	judged := results(report)
	var findings []scanner.Finding
	for _, f := range report.Findings {
		if _, ok := judged[exportName{text(f.Tenant), text(f.ExportID)}]; !ok || f.State == scanner.StateResolved {
			continue
		}
		f.State, f.Waiver, f.Gaps = "", nil, slices.Clone(f.Gaps)
		for i := range f.Gaps {
			f.Gaps[i].Accepted = nil
		}
		findings = append(findings, f)
	}
	return findings
}

// advance returns the episodes that go on after the run, new ones included, and
// those that it ends.
func (r *Run) advance(b *book, was []Episode, findings []scanner.Finding, report *scanner.Report) (open, ended []Episode) {
	now, begun := map[identity]bool{}, map[identity]Episode{}
	unassessed := map[identity]bool{} // by findings of any status
	for i := range findings {
		f := &findings[i]
		e := Episode{
			Tenant: text(f.Tenant), ExportID: text(f.ExportID), Rule: text(f.RuleID), Severity: f.Severity, Status: f.Status, Resource: text(f.Resource),
			Fingerprint: f.Fingerprint, FirstRun: r.ID, FirstSeen: r.info.Header.CollectedAt.UTC(),
		}
		id := e.identity()
		now[id], begun[id] = true, e
		if f.Status == scanner.StatusUnknown || f.Status == scanner.StatusError {
			id.status = ""
			unassessed[id] = true
		}
	}
	listed := newLists(r.info.Tenants)
	judged := results(report)
	for _, e := range was {
		id := e.identity()
		found := now[id]
		delete(begun, id)
		id.status = ""
		previous := b.last(e.Tenant, true)
		rulesChanged := previous != nil && previous.RulesDigest != r.info.RulesDigest
		switch {
		case listed.lack(id.exportName):
			e.Ending = EndGone
		case !found:
			e.Ending = e.ending(judged[id.exportName], unassessed[id], rulesChanged)
		}
		if e.Ending == "" {
			open = append(open, e)
			continue
		}
		if previous != nil {
			e.LastRun = previous.ID
		}
		e.ResolvedRun, e.ResolvedAt = r.ID, r.info.Header.CollectedAt.UTC()
		ended = append(ended, e)
	}
	for _, e := range begun {
		open = append(open, e)
	}
	slices.SortFunc(open, compareEpisodes)
	return open, ended
}

// ending says how an episode ends whose finding is gone, by the present results
// of its export; empty where it goes on.
func (e *Episode) ending(results map[string]scanner.Status, unassessed, rulesChanged bool) string {
	status, ran := results[e.Rule]
	unassessed = unassessed || status == scanner.StatusUnknown || status == scanner.StatusError
	switch {
	case results == nil:
		return "" // the export was not judged
	case !ran && !rulesChanged:
		return "" // the rule was not selected
	case e.Status == scanner.StatusFail && ran && unassessed:
		return "" // whether it still fails is not known
	case rulesChanged:
		return EndRules
	default:
		return EndResolved
	}
}
