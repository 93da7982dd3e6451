package scanner

import (
	"slices"
	"time"
)

// Header opens a snapshot: what it is, and what judging it depends on.
type Header struct {
	ToolVersion string    `json:"toolVersion"`
	CollectedAt time.Time `json:"collectedAt"`
	Settings    Settings  `json:"settings"`
	// Interrupted means that the run was stopped before everything was
	// collected. This is known only at the end, so a snapshot holds it in its
	// trailer.
	Interrupted bool `json:"-"`
	// Requests says that the ids of requests were kept with the evidence, when it was
	// collected.
	Requests bool `json:"-"`
}

// Records is a stream of a run's records, in order. Next returns io.EOF after
// the last.
type Records interface {
	Header() Header
	Tenants() []Tenant
	Next() (*Record, error)
}

// Selection restricts what is judged. Its zero value is everything.
type Selection struct {
	Tenants []string // names; empty: all
	// Exports are configuration ids and Buckets names of buckets or storage
	// accounts: an export is meant by either. Both empty: all.
	Exports []string
	Buckets []string
}

// Tenant reports whether a tenant is to be judged.
func (s *Selection) Tenant(name string) bool {
	return len(s.Tenants) == 0 || slices.Contains(s.Tenants, name)
}

// Export reports whether an export is to be judged.
func (s *Selection) Export(c *ExportConfiguration) bool {
	return s.Tenant(c.Tenant) && (!s.Some() || slices.Contains(s.Exports, c.ID) || slices.Contains(s.Buckets, c.Endpoint.Destination()))
}

// Some reports whether only some exports are selected.
func (s *Selection) Some() bool { return len(s.Exports)+len(s.Buckets) > 0 }

// Judged is one export, or one tenant, with all that is known of it.
type Judged struct {
	Record *Record // nil for a tenant
	// Collected is the record as it was collected. In Record, gaps replace
	// documents that are larger than AWS stores.
	Collected *Record
	Tenant    *Tenant // nil for an export
	// Changes are the changes of the export since the baseline.
	Changes []Change
	Subject *Subject
	Results []Result
}
