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
	// Interrupted says that the run was stopped before everything was
	// collected. It is known only at the end, so a snapshot carries it in its
	// trailer.
	Interrupted bool `json:"-"`
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

// Tenant says whether a tenant is to be judged.
func (s *Selection) Tenant(name string) bool {
	return len(s.Tenants) == 0 || slices.Contains(s.Tenants, name)
}

// Export says whether an export is to be judged.
func (s *Selection) Export(c *ExportConfiguration) bool {
	return s.Tenant(c.Tenant) && (!s.Some() || slices.Contains(s.Exports, c.ID) || slices.Contains(s.Buckets, c.Endpoint.Destination()))
}

// Some says that not all exports are meant.
func (s *Selection) Some() bool { return len(s.Exports)+len(s.Buckets) > 0 }

// Judged is one export with all that is known of it, or one tenant.
type Judged struct {
	Record *Record // nil: it is a tenant
	// Collected is the record as it was collected; Record is without what is
	// larger than AWS stores.
	Collected *Record
	Tenant    *Tenant // nil: it is an export
	// Changes are those of the export since the baseline.
	Changes []Change
	Subject *Subject
	Results []Result
}
