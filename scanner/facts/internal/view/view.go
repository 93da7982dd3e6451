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
	Tenant *scanner.Tenant    // of the export, never nil
	Expect scanner.Expect     // what the operator declared for the tenant
	Hint   scanner.ExportHint // and for the export
	// Resource names the configuration, ConfigRef its document.
	Resource, ConfigRef string
	// Form is that of the bucket field, as package destinations has it. BucketARN is
	// empty where it is not that of a plain S3 bucket.
	Form, BucketARN string
	Writer          Writer
	Policies        WriterPolicies

	// controlled are control policies by their type and the account below them.
	controlled    map[string]*Controls
	memberships   map[string]Membership // by account
	bucketRead    func() (*document.Bucket, bool)
	ownerRead     func() (string, Look)
	principalRead func() (*document.PrincipalDetail, bool)
	blocksRead    func() []blockLook

	bucketTagsRead, ownTagsRead, principalTagsRead func() *Tags
}

// New reads a record of a run.
func New(run *Run, r *scanner.Record) *View {
	cfg := &r.Configuration
	v := &View{
		Run: run, Record: r, Config: cfg, Tenant: run.tenants[cfg.Tenant],
		Expect: run.settings.Expect[cfg.Tenant],
		Hint:   run.settings.Exports[cfg.ID],
	}
	if v.Tenant == nil {
		v.Tenant = &scanner.Tenant{Name: cfg.Tenant}
	}
	v.Resource = v.Tenant.URL + "#" + cfg.ID
	if ev, ok := r.Find(document.KindConfiguration, "", ""); ok {
		v.Resource = ev.Resource
	}
	v.ConfigRef = scanner.Ref(document.KindConfiguration, v.Resource, "")
	v.bucketRead = sync.OnceValues(v.readBucket)
	v.ownerRead = sync.OnceValues(v.readOwner)
	v.principalRead = sync.OnceValues(v.readPrincipal)
	v.blocksRead = sync.OnceValue(v.readBlocks)
	v.bucketTagsRead = sync.OnceValue(v.readBucketTags)
	v.ownTagsRead, v.principalTagsRead = sync.OnceValue(v.readOwnTags), sync.OnceValue(v.readPrincipalTags)
	v.Form = v.bucketForm()
	v.BucketARN = v.findBucketARN()
	v.Writer = v.findWriter()
	v.Policies = v.writerPolicies()
	return v
}
