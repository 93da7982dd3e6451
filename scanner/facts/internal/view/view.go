package view

import (
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// View is one record as facts read it. What several facts ask for is read once. It
// is for one goroutine.
type View struct {
	Run    *Run
	Record *scanner.Record
	Config *scanner.ExportConfiguration
	Tenant *scanner.Tenant // never nil
	Expect scanner.Expect
	Hint   scanner.ExportHint
	// Resource names the configuration, configRef its document.
	Resource, ConfigRef string
	Form                string         // of the bucket field, as package destinations has it
	BucketARN           string         // empty: the destination is not a plain S3 bucket
	Writer              writer         // the writer
	Policies            WriterPolicies // everything that decides what the writer may do

	// controlled are control policies by their type and the account below them.
	controlled    map[string]*Controls
	bucketRead    func() (*document.Bucket, bool)
	ownerRead     func() (string, Look)
	principalRead func() (*document.PrincipalDetail, bool)
	blocksRead    func() []blockLook
}

// New reads a record of a run.
func New(run *Run, r *scanner.Record) *View {
	cfg := &r.Configuration
	e := &View{
		Run: run, Record: r, Config: cfg, Tenant: run.tenants[cfg.Tenant],
		Expect: run.settings.Expect[cfg.Tenant],
		Hint:   run.settings.Exports[cfg.ID],
	}
	if e.Tenant == nil {
		e.Tenant = &scanner.Tenant{Name: cfg.Tenant}
	}
	e.Resource = e.Tenant.URL + "#" + cfg.ID
	if ev, ok := r.Find(document.KindConfiguration, "", ""); ok {
		e.Resource = ev.Resource
	}
	e.ConfigRef = scanner.Ref(document.KindConfiguration, e.Resource, "")
	e.bucketRead = sync.OnceValues(e.readBucket)
	e.ownerRead = sync.OnceValues(e.readOwner)
	e.principalRead = sync.OnceValues(e.readPrincipal)
	e.blocksRead = sync.OnceValue(e.readBlocks)
	e.Form = e.bucketForm()
	e.BucketARN = e.findBucketARN()
	e.Writer = e.findWriter()
	e.Policies = e.writerPolicies()
	return e
}
