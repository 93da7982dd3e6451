package pipeline

import (
	"maps"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Who says of which resources CloudTrail is asked who changed them: of all, or of
// those whose documents are not what they were in a baseline.
type Who struct {
	now   func() time.Time
	since time.Time         // when the baseline was collected
	known map[string]string // digests of its documents by resource; nil: there is none
}

// WhoOfAll asks about every resource, as far back as CloudTrail goes.
func WhoOfAll(now func() time.Time) *Who { return &Who{now: now} }

// WhoSince asks about what differs from a baseline: since it was collected, and as
// far back as CloudTrail goes about what it does not hold.
func WhoSince(baseline string, now func() time.Time) (*Who, error) {
	records, err := OpenSnapshot(baseline)
	if err != nil {
		return nil, err
	}
	defer records.Close() //nolint:errcheck // it was only read
	w := &Who{now: now, since: records.Header().CollectedAt, known: map[string]string{}}
	err = Each(records, func(record *scanner.Record) error {
		maps.Copy(w.known, states(record))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Asked are the resources to ask about, with the times since when.
func (w *Who) Asked(record *scanner.Record) map[string]time.Time {
	asked := map[string]time.Time{}
	earliest := w.now().Add(-document.HistoryKept).UTC().Truncate(time.Second)
	for resource, digest := range states(record) {
		before, known := w.known[resource]
		switch {
		case before == digest:
		case known && w.since.After(earliest):
			asked[resource] = w.since.UTC().Truncate(time.Second)
		default:
			asked[resource] = earliest
		}
	}
	return asked
}

// states are the digests of what is known of each resource that has an event
// history, over all of its documents. What moves by itself is left out.
func states(record *scanner.Record) map[string]string {
	byResource := map[string][]byte{}
	for i := range record.Evidence { // sorted
		e := &record.Evidence[i]
		for _, resource := range document.Histories(e.Kind, e.Resource, e.Name) {
			digest := e.Digest
			if compared := e.Kind.Compared(e.Text); compared != e.Text {
				digest = scanner.Digest(compared)
			}
			byResource[resource] = append(byResource[resource], e.Ref()+"\n"+digest+"\n"...)
		}
	}
	digests := map[string]string{}
	for resource, text := range byResource {
		digests[resource] = scanner.Digest(string(text))[:16]
	}
	return digests
}
