package facts

import (
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// view is one record as facts read it. What several facts ask for is read once. It
// is for one goroutine.
type view struct {
	run    *run
	record *scanner.Record
	cfg    *scanner.ExportConfiguration
	tenant *scanner.Tenant // never nil
	expect scanner.Expect
	hint   scanner.ExportHint
	// resource names the configuration, configRef its document.
	resource, configRef string
	form                string    // of the bucket field, as package destinations has it
	bucketARN           string    // empty: the destination is not a plain S3 bucket
	who                 writer    // the writer
	set                 policySet // everything that decides what the writer may do

	// controlled are control policies by their type and the account below them.
	controlled    map[string]*controls
	bucketRead    func() (*document.Bucket, bool)
	ownerRead     func() (string, look)
	principalRead func() (*document.PrincipalDetail, bool)
	blocksRead    func() []blockLook
}

// newView reads a record of a run.
func newView(run *run, r *scanner.Record) *view {
	cfg := &r.Configuration
	e := &view{
		run: run, record: r, cfg: cfg, tenant: run.tenants[cfg.Tenant],
		expect: run.settings.Expect[cfg.Tenant],
		hint:   run.settings.Exports[cfg.ID],
	}
	if e.tenant == nil {
		e.tenant = &scanner.Tenant{Name: cfg.Tenant}
	}
	e.resource = e.tenant.URL + "#" + cfg.ID
	if ev, ok := r.Find(document.KindConfiguration, "", ""); ok {
		e.resource = ev.Resource
	}
	e.configRef = scanner.Ref(document.KindConfiguration, e.resource, "")
	e.bucketRead = sync.OnceValues(e.readBucket)
	e.ownerRead = sync.OnceValues(e.readOwner)
	e.principalRead = sync.OnceValues(e.readPrincipal)
	e.blocksRead = sync.OnceValue(e.readBlocks)
	e.form = e.bucketForm()
	e.bucketARN = e.findBucketARN()
	e.who = e.findWriter()
	e.set = e.writerPolicies()
	return e
}
