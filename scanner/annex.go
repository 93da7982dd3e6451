package scanner

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// Annex is evidence that a report shows besides what it says about it. It is
// kept only where ReportOptions.Annex asks for it, and is not part of the JSON.
type Annex struct {
	// Documents holds the texts, as received, of the documents that findings
	// point into, by their digests.
	Documents map[string]string
	// Calls are the calls that were answered, sorted by resource. Calls without
	// an answer are gaps of the report.
	Calls []Call
	// Deliveries holds what arrived, for each export whose bucket was listed,
	// in the order of the report's exports.
	Deliveries []ExportDelivery
}

// Call is one call with the outcome of its answer.
type Call struct {
	Kind     document.Kind
	Call     string // "s3:GetBucketPolicy"
	Resource string
	Name     string
	At       time.Time
	// RequestID is the service's; empty: it is not known.
	RequestID string
	// Digest is that of the document. It is empty where the answer said that
	// there is none.
	Digest string
}

// ExportDelivery is what arrived from one export.
type ExportDelivery struct {
	Tenant, ExportID string
	At               time.Time // when the bucket was listed
	document.Delivery
}

// newAnnex returns an empty annex.
func newAnnex() *annex { return &annex{documents: map[string]string{}, calls: map[callID]Call{}} }

// annex gathers an Annex, with each document and call once.
type annex struct {
	documents  map[string]string
	calls      map[callID]Call
	deliveries []ExportDelivery
}

type callID struct {
	kind           document.Kind
	resource, name string
}

// add adds the documents and calls that one export or tenant was judged by.
func (a *annex) add(j *Judged, evidence []Evidence) {
	cited := map[string]bool{}
	for i := range j.Results {
		for k := range j.Results[i].Findings {
			f := &j.Results[i].Findings[k]
			for n := range f.Evidence {
				cited[f.Evidence[n].Digest] = true
			}
			for n := range f.Reasons {
				if at := f.Reasons[n].Location; at != nil {
					cited[at.Digest] = true
				}
			}
		}
	}
	for i := range evidence {
		e := &evidence[i]
		if cited[e.Digest] && !e.Absent {
			a.documents[e.Digest] = e.Text
		}
		c := Call{Kind: e.Kind, Call: e.Call, Resource: e.Resource, Name: e.Name, At: e.CollectedAt, RequestID: e.RequestID, Digest: e.Digest}
		if e.Absent {
			c.Digest = ""
		}
		a.calls[callID{e.Kind, e.Resource, e.Name}] = c
	}
	a.delivered(j)
}

// delivered adds what arrived, where the bucket was listed.
func (a *annex) delivered(j *Judged) {
	if j.Record == nil {
		return
	}
	e, ok := j.Record.Find(document.KindDelivery, "", "")
	if !ok || e.Absent {
		return
	}
	d := ExportDelivery{Tenant: j.Record.Configuration.Tenant, ExportID: j.Record.Configuration.ID, At: e.CollectedAt}
	if json.Unmarshal([]byte(e.Text), &d.Delivery) == nil && d.Valid() {
		a.deliveries = append(a.deliveries, d)
	}
}

// annex returns everything that was added, sorted.
func (a *annex) annex() *Annex {
	list := make([]Call, 0, len(a.calls))
	for _, c := range a.calls {
		list = append(list, c)
	}
	// The map's order must not reach the report.
	slices.SortFunc(list, func(x, y Call) int {
		return cmp.Or(strings.Compare(x.Resource, y.Resource), cmp.Compare(x.Kind, y.Kind), strings.Compare(x.Name, y.Name))
	})
	slices.SortFunc(a.deliveries, func(x, y ExportDelivery) int {
		return cmp.Or(strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ExportID, y.ExportID))
	})
	return &Annex{Documents: a.documents, Calls: list, Deliveries: a.deliveries}
}
