package scanner

import (
	"context"
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

// Source lists the export configurations of one tenant. Each record holds the
// configuration, its KindConfiguration evidence and the gaps of what Immuta
// did not tell. An error means that the list could not be read at all.
type Source interface {
	List(ctx context.Context) (Tenant, []Record, error)
}

// Collector adds what AWS says to records that a Source listed. It hands them
// to emit in the order given, completed and sorted, one at a time. What could
// not be read becomes a gap; the error is emit's, or that of credentials which
// work for nothing. When the context ends, the records that are left are
// emitted with gaps of ReasonInterrupted.
type Collector interface {
	Collect(ctx context.Context, records []Record, emit func(Record) error) error
}

// Records is a stream of a run's records, in order. Next returns io.EOF after
// the last.
type Records interface {
	Header() Header
	Tenants() []Tenant
	Next() (*Record, error)
}

// Judge evaluates rules over records. Tenant is called for each tenant after
// all of its records.
type Judge interface {
	Rules() []Rule
	Record(ctx context.Context, record *Record) ([]Result, error)
	Tenant(ctx context.Context, tenant *Tenant) ([]Result, error)
}
