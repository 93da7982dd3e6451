package drift

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/texts"
)

// Options say what a comparison reports.
type Options struct {
	// Equivalent includes documents that were rewritten and mean the same.
	Equivalent bool
}

// Index holds a baseline in little memory, and compares the records of a
// current run with it one by one. It is not safe for concurrent use.
type Index struct {
	options Options
	texts   *texts.Store // the baseline's documents, and its packed records
	exports map[exportID]*entry
	tenants map[string]scanner.Tenant // of the baseline, by name
	current map[string]tenantNow
	// replaced holds exports that are gone from their tenant, by destination. A
	// new export with that destination takes the place of the first of them.
	replaced map[string][]exportID
	// compared keeps comparisons of documents: many exports share them.
	compared map[pair]documentChange
}

type exportID struct{ tenant, id string }

// entry is one export of the baseline.
type entry struct {
	digest string // of the packed record, by which Texts finds it
	gone   bool   // its tenant no longer lists it
	paired bool   // a new export takes its place
}

// tenantNow is what the current run knows of a tenant.
type tenantNow struct {
	url      string
	complete bool
	ids      map[string]bool
}

// Baseline is the records of a baseline. Its texts are the documents read so
// far. The index takes them over and adds its own, so that no document is held
// twice.
type Baseline interface {
	scanner.Records
	Texts() *texts.Store
}

// NewIndex reads a baseline to its end. The tenants are those of the current
// run: their ids tell at once which exports are gone.
func NewIndex(baseline Baseline, current []scanner.Tenant, o Options) (*Index, error) {
	x := &Index{
		options: o, texts: baseline.Texts(),
		exports: map[exportID]*entry{}, tenants: map[string]scanner.Tenant{}, current: map[string]tenantNow{},
		replaced: map[string][]exportID{}, compared: map[pair]documentChange{},
	}
	for _, tenant := range current {
		now := tenantNow{url: tenant.URL, complete: tenant.Complete, ids: make(map[string]bool, len(tenant.ConfigurationIDs))}
		for _, id := range tenant.ConfigurationIDs {
			now.ids[id] = true
		}
		x.current[tenant.Name] = now
	}
	for _, tenant := range baseline.Tenants() {
		x.tenants[tenant.Name] = tenant
	}
	for {
		record, err := baseline.Next()
		if errors.Is(err, io.EOF) {
			return x, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the baseline: %w", err)
		}
		if err := x.add(record); err != nil {
			return nil, err
		}
	}
}

// Close lets go of the baseline. The index cannot be used afterwards.
func (x *Index) Close() { *x = Index{} }

func (x *Index) add(record *scanner.Record) error {
	record = record.WithinLimits()
	packed, digest, err := pack(record)
	if err != nil {
		return err
	}
	x.texts.Add(digest, packed)
	for i := range record.Evidence {
		if e := &record.Evidence[i]; isCompared(e.Kind) && !e.Absent {
			text, digest := stable(e)
			x.texts.Add(digest, text)
		}
	}
	id := exportID{record.Configuration.Tenant, record.Configuration.ID}
	now, scanned := x.current[id.tenant]
	gone := scanned && now.complete && !now.ids[id.id]
	x.exports[id] = &entry{digest: digest, gone: gone}
	if to := destination(&record.Configuration); gone && to != "" {
		x.replaced[to] = append(x.replaced[to], id)
	}
	return nil
}

// load returns the baseline's record of an export, with its documents.
func (x *Index) load(e *entry) (*scanner.Record, error) {
	packed, ok, err := x.texts.Get(e.digest)
	if err != nil || !ok {
		return nil, errors.Join(errors.New("the baseline's record is lost"), err)
	}
	record, err := unpack(packed)
	if err != nil {
		return nil, err
	}
	for i := range record.Evidence {
		document := &record.Evidence[i]
		if document.Absent || document.Digest == emptyDigest {
			continue
		}
		if document.Text, ok, err = x.texts.Get(document.Digest); err != nil || !ok {
			return nil, errors.Join(fmt.Errorf("the baseline's document %s is lost", document.Ref()), err)
		}
	}
	return record, nil
}

// Compare returns what changed about one export since the baseline, sorted. A
// planned export is no change. An error means that the baseline cannot be read
// back, never that the record is bad.
func (x *Index) Compare(record *scanner.Record) ([]scanner.Change, error) {
	if record.Configuration.Planned {
		return nil, nil
	}
	record = record.WithinLimits()
	id := exportID{record.Configuration.Tenant, record.Configuration.ID}
	before, known := x.exports[id]
	var changes []scanner.Change
	switch {
	case known:
		if same, err := x.same(before, record); same || err != nil {
			return nil, err
		}
	default:
		if before = x.replacedBy(record); before == nil {
			return []scanner.Change{x.added(&record.Configuration)}, nil
		}
	}
	earlier, err := x.load(before)
	if err != nil {
		return nil, fmt.Errorf("compare export %s with the baseline: %w", id.id, err)
	}
	if !known {
		changes = append(changes, x.recreated(earlier, record))
	}
	c := &comparison{index: x, before: earlier, after: record}
	changes = append(changes, c.run()...)
	for i := range changes {
		changes[i].Tenant, changes[i].ExportID = id.tenant, id.id
	}
	Sort(changes)
	return changes, nil
}

// same says that nothing compared differs, and that all of it was read both
// times.
func (x *Index) same(before *entry, record *scanner.Record) (bool, error) {
	_, digest, err := pack(record)
	if err != nil {
		return false, err
	}
	return digest == before.digest && !slices.ContainsFunc(record.Gaps, func(g scanner.Gap) bool { return isCompared(g.Kind) }), nil
}

// replacedBy returns the export that a new one replaces: one with the same
// destination that its tenant no longer lists.
func (x *Index) replacedBy(record *scanner.Record) *entry {
	to := destination(&record.Configuration)
	candidates := x.replaced[to]
	if to == "" || len(candidates) == 0 {
		return nil
	}
	x.replaced[to] = candidates[1:]
	before := x.exports[candidates[0]]
	before.paired = true
	return before
}

// Finish returns the changes that concern no export of the current run, sorted:
// exports that are gone, and tenants that were not looked at. Call it once,
// after the last Compare.
func (x *Index) Finish() ([]scanner.Change, error) {
	var changes []scanner.Change
	for id, before := range x.exports {
		now, scanned := x.current[id.tenant]
		if !scanned || now.ids[id.id] || before.paired {
			continue
		}
		earlier, err := x.load(before)
		if err != nil {
			return nil, fmt.Errorf("export %s of the baseline: %w", id.id, err)
		}
		changes = append(changes, x.removed(&earlier.Configuration, now.complete))
	}
	for name, tenant := range x.tenants {
		if _, scanned := x.current[name]; !scanned {
			changes = append(changes, notScanned(tenant))
		}
	}
	Sort(changes)
	return changes, nil
}

// Between compares two whole snapshots.
func Between(before Baseline, after scanner.Records, o Options) ([]scanner.Change, error) {
	x, err := NewIndex(before, after.Tenants(), o)
	if err != nil {
		return nil, err
	}
	defer x.Close()
	all := []scanner.Change{}
	for {
		record, err := after.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		changes, err := x.Compare(record)
		if err != nil {
			return nil, err
		}
		judged := scanner.Judged{Record: record, Changes: changes}
		judged.SayWho(func() time.Time { return before.Header().CollectedAt })
		all = append(all, changes...)
	}
	rest, err := x.Finish()
	if err != nil {
		return nil, err
	}
	all = append(all, rest...)
	Sort(all)
	return all, nil
}

// Sort puts changes into the order of the reports.
func Sort(changes []scanner.Change) {
	slices.SortStableFunc(changes, scanner.CompareChanges)
}
