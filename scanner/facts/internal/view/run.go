package view

import (
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/internal/generation"
)

// Run is what all views of a run share: what was declared, the tenants, and what
// was made of the documents' texts. It is safe for concurrent use.
type Run struct {
	Now         time.Time // as of which everything is judged, in UTC
	Requests    *Requests
	Assumptions []string // what every answer about access takes for granted
	Complete    bool     // no tenant's list of configurations is in doubt

	settings  scanner.Settings
	tenants   map[string]*scanner.Tenant
	ids       []string      // the configuration ids of every tenant, sorted
	unread    []scanner.Gap // of the lists that are in doubt
	policies  *generation.Cache[policyKey, kept[*PolicyDocument]]
	documents *generation.Cache[documentKey, kept[any]]
}

// NewRun returns what the views of a run share. Tenants are all of the run, with
// every configuration id.
func NewRun(settings scanner.Settings, asOf time.Time, tenants []scanner.Tenant) *Run {
	r := &Run{
		Now:         asOf.UTC(),
		Requests:    newRequests(asOf.UTC()),
		Assumptions: scanner.Assumptions(),
		Complete:    len(tenants) > 0,
		settings:    settings,
		tenants:     make(map[string]*scanner.Tenant, len(tenants)),
		policies:    generation.New[policyKey](policyCacheSize, weigh[*PolicyDocument]),
		documents:   generation.New[documentKey](documentCacheSize, weigh[any]),
	}
	for i := range tenants {
		t := &tenants[i]
		r.tenants[t.Name] = t
		r.ids = append(r.ids, t.ConfigurationIDs...)
		if !t.Complete {
			r.Complete = false
			r.unread = append(r.unread, ListGaps(t)...)
		}
	}
	slices.Sort(r.ids)
	r.ids = slices.Compact(r.ids)
	return r
}

// HasConfiguration says that a tenant of the run has a configuration of an id.
func (r *Run) HasConfiguration(id string) bool {
	_, ok := slices.BinarySearch(r.ids, id)
	return ok
}

// UnreadLists are the gaps of the tenants' lists of configurations that are in
// doubt, never none.
func (r *Run) UnreadLists() []scanner.Gap {
	if len(r.unread) > 0 {
		return r.unread
	}
	return []scanner.Gap{proof.Undetermined(document.KindConfigurations, "", "the run does not say which configurations its tenants have")}
}

// ListGaps are the gaps of a tenant's list of configurations, never none for a
// list that is incomplete.
func ListGaps(t *scanner.Tenant) []scanner.Gap {
	if len(t.Gaps) > 0 {
		return t.Gaps
	}
	return []scanner.Gap{{
		Kind: document.KindConfigurations, Resource: t.URL, Reason: scanner.ReasonUndetermined,
		Detail: "the list of export configurations is not complete",
	}}
}
