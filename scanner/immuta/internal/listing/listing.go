package listing

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
	"github.com/trailguard/trailguard/scanner/redact"
)

// List is a list of configurations as received, and what is needed to make
// records of it.
type List struct {
	Source
	Items   []json.RawMessage
	LeftOut string // why a field may be absent
	// RequestID is the id of the answer; empty if it has none.
	RequestID string
	// Planned says that Immuta has not made what is listed yet, and has not told what it
	// tells by making and testing it.
	Planned  bool
	troubles []Trouble
}

// Source says whose list it is.
type Source struct {
	Tenant string // as the operator calls it
	URL    string
	At     time.Time
	Hints  map[string]scanner.ExportHint // by configuration id
	Scrub  *redact.Scrubber
}

// Trouble is what makes the list as a whole unreliable.
type Trouble struct {
	Name      string // of what it is about; empty for the whole list
	Detail    string
	RequestID string
}

// Incomplete records that the list may lack something.
func (l *List) Incomplete(t Trouble) { l.troubles = append(l.troubles, t) }

// reading is one configuration and what is wrong with it.
type reading struct {
	list          *List
	members       map[string]json.RawMessage // of the item
	configuration scanner.ExportConfiguration
	principals    []string
	gaps          []scanner.Gap
}

// Build returns the tenant and its records, sorted by id.
func (l *List) Build(source Source) (scanner.Tenant, []scanner.Record) {
	l.Source, l.LeftOut = source, cmp.Or(l.LeftOut, "the answer does not hold it")
	readings := make([]*reading, 0, len(l.Items))
	for i, item := range l.Items {
		if r := l.read(i, item); r != nil {
			readings = append(readings, r)
		}
	}
	slices.SortStableFunc(readings, func(a, b *reading) int { return cmp.Compare(a.configuration.ID, b.configuration.ID) })
	readings = l.unify(readings)
	tenant := scanner.Tenant{
		Name: l.Tenant, URL: l.URL, Complete: len(l.troubles) == 0,
		ConfigurationIDs: []string{}, Principals: []string{}, Gaps: l.gaps(),
	}
	records := make([]scanner.Record, 0, len(readings))
	for _, r := range readings {
		tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, r.configuration.ID)
		tenant.Principals = append(tenant.Principals, r.principals...)
		records = append(records, l.record(r))
		tenant.Destinations = append(tenant.Destinations, r.configuration.Destination())
	}
	slices.Sort(tenant.Principals)
	tenant.Principals = slices.Compact(tenant.Principals)
	return tenant, records
}

// unify merges readings with the same id. Where two of them disagree, the
// fields in question are not known.
func (l *List) unify(readings []*reading) []*reading {
	var kept []*reading
	for _, r := range readings {
		if len(kept) == 0 || kept[len(kept)-1].configuration.ID != r.configuration.ID {
			kept = append(kept, r)
			continue
		}
		l.Incomplete(Trouble{
			Name:   r.configuration.ID,
			Detail: fmt.Sprintf("configuration %s is listed more than once; look into Immuta's own list", l.Scrub.Said(r.configuration.ID)),
		})
		l.merge(kept[len(kept)-1], r)
	}
	return kept
}

// merge removes from the first reading whatever the second contradicts.
func (l *List) merge(first, second *reading) {
	a, b := &first.configuration, &second.configuration
	unknown := scanner.Endpoint{Type: scanner.EndpointOther, Authentication: scanner.AuthenticationUnknown}
	for _, f := range []struct {
		name    string
		differs bool
		forget  func()
	}{
		{"connectionStatus", a.ConnectionStatus != b.ConnectionStatus, func() { a.ConnectionStatus = "" }},
		{"createdAt", !a.CreatedAt.Equal(b.CreatedAt), func() { a.CreatedAt = time.Time{} }},
		{"createdBy", a.CreatedBy != b.CreatedBy, func() { a.CreatedBy = "" }},
		{"enabled", a.Enabled != b.Enabled, func() { a.Enabled = false }},
		{"endpoint", a.Endpoint != b.Endpoint, func() { a.Endpoint = unknown }},
		{"interval", a.Interval != b.Interval, func() { a.Interval = "" }},
		{"updatedAt", !a.UpdatedAt.Equal(b.UpdatedAt), func() { a.UpdatedAt = time.Time{} }},
		{"updatedBy", a.UpdatedBy != b.UpdatedBy, func() { a.UpdatedBy = "" }},
	} {
		if f.differs || slices.Contains(b.Missing, f.name) {
			f.forget()
			first.missing(f.name, scanner.ReasonMalformed, "two entries of one id disagree about it: look into Immuta's own list")
		}
	}
	first.principals = append(first.principals, second.principals...)
	for _, g := range second.gaps {
		if !slices.Contains(first.gaps, g) {
			first.gaps = append(first.gaps, g)
		}
	}
}

// gaps returns the gaps of the list as a whole.
func (l *List) gaps() []scanner.Gap {
	gaps := make([]scanner.Gap, 0, len(l.troubles))
	for _, t := range l.troubles {
		gap := scanner.Gap{
			Kind: document.KindConfigurations, Call: query.Call, Resource: l.URL, Name: t.Name,
			Reason: scanner.ReasonMalformed, Detail: t.Detail, RequestID: t.RequestID,
		}
		if !slices.Contains(gaps, gap) {
			gaps = append(gaps, gap)
		}
	}
	slices.SortFunc(gaps, scanner.CompareGaps)
	return gaps
}

// record adds the evidence: the configuration in the form that is judged.
func (l *List) record(r *reading) scanner.Record {
	slices.Sort(r.configuration.Missing)
	slices.SortFunc(r.gaps, scanner.CompareGaps)
	if r.gaps == nil {
		r.gaps = []scanner.Gap{}
	}
	e := scanner.NewEvidence(document.KindConfiguration, query.Call, l.resource(r.configuration.ID), "", encode(&r.configuration), l.At)
	e.RequestID = l.RequestID
	return scanner.Record{Configuration: r.configuration, Evidence: []scanner.Evidence{e}, Gaps: r.gaps}
}

func (l *List) resource(id string) string { return l.URL + "#" + id }

// encode returns compact JSON. It leaves < and > as they are, since people read
// it.
func encode(c *scanner.ExportConfiguration) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		// Only a time out of range could fail, and inRange accepts none.
		return "{}"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
