package facts

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
	"github.com/trailguard/trailguard/scanner/facts/internal/documents"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// Options are what judging depends on besides the records.
type Options struct {
	Settings scanner.Settings
	// AsOf is the time as of which everything is judged.
	AsOf time.Time
	// Requires are the names of the facts and of the raw documents
	// (scanner.DocumentFact) that rules read: no others of an export are derived, but
	// for what reports say of it besides. Nil: every fact, and no document.
	Requires []string
	// Tenants are all tenants of the run, with every configuration id.
	Tenants []scanner.Tenant
}

// Since is what changed about a subject since the baseline.
type Since struct {
	Baseline string // digest
	// Changes are those of an export, or the exports of a tenant that are gone.
	Changes []scanner.Change
}

// Deriver turns records into subjects. It is safe for concurrent use.
type Deriver struct {
	options  Options
	run      *view.Run
	places   *destinations.Index // of all exports
	exported map[string]bool     // the names of buckets that exports write to
	// owned and dated say that some export has an owner, or a day on which its SAS
	// token expires.
	owned, dated bool
	derivations  []func(*export) // of the facts that are required
	documents    []document.Kind // those that are required

	mu     sync.Mutex
	counts map[string]*tenantCount
}

// New returns a deriver for one run.
func New(o Options) *Deriver {
	d := &Deriver{
		options:  o,
		run:      view.NewRun(o.Settings, o.AsOf, o.Tenants),
		places:   destinations.New(o.Tenants),
		counts:   make(map[string]*tenantCount, len(o.Tenants)),
		exported: map[string]bool{},
	}
	d.require(o.Requires)
	for _, hint := range o.Settings.Exports {
		d.owned, d.dated = d.owned || hint.Owner != "", d.dated || hint.SASExpires != ""
	}
	for i := range o.Tenants {
		for j := range o.Tenants[i].Destinations {
			d.exported[o.Tenants[i].Destinations[j].Place] = true
		}
	}
	return d
}

// require picks what is derived of an export.
func (d *Deriver) require(names []string) {
	all := names == nil
	names = slices.Concat(names, reported)
	for _, name := range names {
		if kind, ok := scanner.DocumentKind(name); ok {
			d.documents = append(d.documents, kind)
			names = append(names, documents.About(kind))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(derivations)) {
		if all || slices.Contains(names, name) {
			d.derivations = append(d.derivations, derivations[name])
		}
	}
}

// Record derives the facts of one export. Where there is no baseline, nothing
// has changed since: since is nil.
func (d *Deriver) Record(r *scanner.Record, since *Since) *scanner.Subject {
	e := newExport(d, r, since)
	e.derive()
	d.count(e)
	info := &fact.ExportInfo{ID: r.Configuration.ID, Owner: e.Hint.Owner}
	statuses := e.facts.Statuses()
	subject := (&fact.Input{Export: info, Facts: e.facts, Documents: e.raw(statuses)}).Subject(e.Tenant, statuses)
	subject.Documents, subject.Seen = r.Evidence, seen(&e.facts)
	return subject
}

// Tenant derives the facts of one tenant from the records seen so far, in
// whatever order.
func (d *Deriver) Tenant(t *scanner.Tenant, since *Since) (*scanner.Subject, error) {
	doc, err := scanner.TenantEvidence(t, d.run.Now)
	if err != nil {
		return nil, fmt.Errorf("derive facts of tenant %s: %w", t.Name, err)
	}
	counted := d.tenantExports(t)
	counted.Evidence = []string{doc.Ref()}
	facts := fact.Facts{TenantExports: counted, RemovedExports: removedExports(t, since)}
	in, statuses := &fact.Input{Facts: facts}, facts.Statuses()
	if slices.Contains(d.documents, document.KindTenant) {
		list, status := documents.Read(document.KindTenant, []scanner.Evidence{doc}, t.Gaps)
		in.Documents, statuses[scanner.DocumentFact(document.KindTenant)] = map[string][]documents.Document{string(document.KindTenant): list}, status
	}
	subject := in.Subject(t, statuses)
	subject.Documents = []scanner.Evidence{doc}
	return subject, nil
}
