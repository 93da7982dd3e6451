package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/uploads"
	"github.com/trailguard/trailguard/scanner/iam"
)

// setting reads one of the bucket's settings. A bucket that has none is one whose
// setting is the zero value. Where the setting is not known the status says why.
func setting[T any](e *export, kind document.Kind, valid func(*T) bool) (*T, look, scanner.FactStatus, bool) {
	l := e.look(kind)
	if l.absent() {
		return new(T), l, scanner.FactStatus{}, true
	}
	gap := &l.gap
	if l.read() {
		var doc *T
		if doc, gap = decode(e.d, l, valid); gap == nil {
			return doc, l, scanner.FactStatus{}, true
		}
	}
	return nil, l, unknown(e.bucketARN, because("the bucket's "+kind.Noun(), gap), *gap), false
}

// anyText is for documents that may hold nothing.
func anyText[T any](*T) bool { return true }

func (e *export) versioning() *Fact[Versioning] {
	if status, ok := e.existing(); !ok {
		return unresolved[Versioning](status)
	}
	doc, l, status, ok := setting(e, document.KindVersioning, anyText[document.Versioning])
	if !ok {
		return unresolved[Versioning](status)
	}
	text := "versioning was never switched on"
	if doc.Status != "" {
		text = "versioning is " + doc.Status
	}
	return known(
		Versioning{Bucket: e.cfg.Endpoint.Bucket, Status: doc.Status, Enabled: doc.Status == document.StatusEnabled},
		rests(e.bucketARN, []string{l.ref()}, note(l.at("/Status"), text)),
	)
}

// lockRule is the place of the default retention.
const lockRule = "/ObjectLockConfiguration/Rule/DefaultRetention"

func (e *export) objectLock() *Fact[ObjectLock] {
	if status, ok := e.existing(); !ok {
		return unresolved[ObjectLock](status)
	}
	doc, l, status, ok := setting(e, document.KindObjectLock, (*document.ObjectLock).Valid)
	if !ok {
		return unresolved[ObjectLock](status)
	}
	byDefault := doc.Retention()
	value := ObjectLock{
		Bucket: e.cfg.Endpoint.Bucket, Enabled: doc.Configuration.Enabled == document.StatusEnabled,
		Mode: byDefault.Mode, Days: byDefault.InDays(), ExpectedDays: e.expect.RetentionDays, Bypass: []string{},
	}
	text := "Object Lock is not switched on"
	switch {
	case value.Enabled && value.Mode != "":
		text = fmt.Sprintf("Object Lock keeps new objects for %d days in %s mode", value.Days, value.Mode)
	case value.Enabled:
		text = "Object Lock is switched on, without a default retention"
	}
	status = rests(e.bucketARN, []string{l.ref()}, note(l.at(lockRule), text))
	if value.Mode != document.LockGovernance || value.Days < value.ExpectedDays {
		return known(value, status)
	}
	p := e.bucketPolicy()
	if p.gap != nil {
		return unresolved[ObjectLock](unknown(e.bucketARN, because("whether the bucket policy denies s3:BypassGovernanceRetention:", p.gap), *p.gap))
	}
	var open bool
	if value.Bypass, open = e.bypassers(p); open && len(value.Bypass) == 0 {
		gap := tooIntricate(document.KindBucketPolicy, e.bucketARN, "to whom it denies s3:BypassGovernanceRetention")
		return unresolved[ObjectLock](unknown(e.bucketARN, gap.Detail, gap))
	}
	status.Evidence = append(status.Evidence, p.ref)
	return known(value, status)
}

// bypassers are those to whom the bucket policy does not deny to end a GOVERNANCE
// retention early, without those who are meant to.
func (e *export) bypassers(p slot) (names []string, open bool) {
	if p.policy == nil {
		return []string{"anybody with the permission"}, false
	}
	owner, _ := e.bucketAccount()
	names = []string{}
	for _, a := range iam.WhoIsNotDenied(iam.WhoCanQuestion{
		Action: "s3:BypassGovernanceRetention", Resource: e.target(), ResourceAccount: owner,
		Policies: iam.Policies{Resource: p.policy}, Context: e.d.requests.clock,
	}) {
		switch {
		case isOpen(a):
			open = true
		case !slices.Contains(e.expect.BreakGlass, a.Principal.Value):
			names = append(names, cmp.Or(a.Principal.Value, a.Principal.Account, "anybody with the permission"))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), open
}

// retention compares what lifecycle rules do under the export's path with the days
// that the operator expects. What Object Lock keeps anyway, an expiry only hides.
func (e *export) retention() *Fact[Retention] {
	if status, ok := e.existing(); !ok {
		return unresolved[Retention](status)
	}
	if e.expect.RetentionDays == 0 {
		return unresolved[Retention](notApplicable(e.bucketARN, "no retention is expected: expect.retentionDays says how many days the trail has to be kept"))
	}
	if status, ok := e.path(e.bucketARN); !ok {
		return unresolved[Retention](status)
	}
	doc, l, status, ok := setting(e, document.KindLifecycle, anyText[document.Lifecycle])
	if !ok {
		return unresolved[Retention](status)
	}
	value := Retention{
		Bucket: e.cfg.Endpoint.Bucket, Prefix: e.cfg.Prefix(), ExpectedDays: e.expect.RetentionDays,
		Expiries: earlyExpiries(doc, e.cfg.Prefix(), e.expect.RetentionDays, l),
	}
	refs := []string{l.ref()}
	if len(value.Expiries) > 0 {
		lock, lockLook, status, ok := setting(e, document.KindObjectLock, (*document.ObjectLock).Valid)
		if !ok {
			return unresolved[Retention](status)
		}
		refs = append(refs, lockLook.ref())
		if lock.Retention().InDays() >= value.ExpectedDays {
			value.Expiries = []Expiry{}
			return known(value, rests(e.bucketARN, refs, note(lockLook.at(lockRule),
				fmt.Sprintf("Object Lock keeps every object for %d days, so that an earlier expiry only hides it", lock.Retention().InDays()))))
		}
	}
	reasons := []scanner.Reason{note(l.at(""), fmt.Sprintf("no lifecycle rule ends the life of an object under the path before %d days", value.ExpectedDays))}
	if len(value.Expiries) > 0 {
		reasons = nil
		for _, x := range value.Expiries {
			reasons = append(reasons, note(x.At, "expires objects under the path"))
		}
	}
	return known(value, rests(e.bucketARN, refs, reasons...))
}

// earlyExpiries are the rules that expire objects under a prefix before their
// days. A rule on a tag does not reach them: Immuta's uploads carry none.
func earlyExpiries(doc *document.Lifecycle, prefix string, days int, l look) []Expiry {
	list := []Expiry{}
	for i := range doc.Rules {
		rule := &doc.Rules[i]
		x := rule.Expiration
		if x == nil || x.Date == nil && x.Days == 0 || x.Date == nil && int(x.Days) >= days || !rule.Reaches(prefix) || rule.Filter.Tagged() {
			continue
		}
		expiry := Expiry{Rule: cmp.Or(rule.ID, strconv.Itoa(i)), Days: int(x.Days), At: l.at(fmt.Sprintf("/Rules/%d/Expiration", i))}
		if x.Date != nil {
			expiry.Date = x.Date.UTC().Format(time.RFC3339)
		}
		expiry.Key = expiry.Rule
		list = append(list, expiry)
	}
	return list
}

// objectOwnership asks whether the bucket's owner may read what the writer
// uploads. Within one account nothing is in the way.
func (e *export) objectOwnership() *Fact[ObjectOwnership] {
	if status, ok := e.existing(); !ok {
		return unresolved[ObjectOwnership](status)
	}
	doc, l, status, ok := setting(e, document.KindOwnership, (*document.Ownership).Valid)
	if !ok {
		return unresolved[ObjectOwnership](status)
	}
	value := ObjectOwnership{Bucket: e.cfg.Endpoint.Bucket, Setting: doc.Setting(), At: l.at("/OwnershipControls")}
	if value.Setting != document.OwnerEnforced {
		if status, ok := e.writerStatus(e.bucketARN); !ok {
			return unresolved[ObjectOwnership](status)
		}
		value.WriterAccount = iam.AccountOf(e.who.arn)
		owner, ownerLook := e.bucketAccount()
		if owner == "" {
			return unresolved[ObjectOwnership](unknown(e.bucketARN, because("the bucket's owner", &ownerLook.gap), ownerLook.gap))
		}
		value.Owner = owner
		if value.Setting == document.OwnerPreferred && owner != value.WriterAccount {
			return e.ownedByACL(value, l)
		}
	}
	value.Readable = value.Setting == document.OwnerEnforced || value.Owner == value.WriterAccount
	return known(value, rests(e.bucketARN, []string{l.ref()}, note(value.At, "object ownership is "+value.Setting)))
}

// ownedByACL is about a setting by which the uploader's ACL decides.
func (e *export) ownedByACL(value ObjectOwnership, l look) *Fact[ObjectOwnership] {
	acl, declared := e.expect.Requests[uploads.ACLKey]
	if !declared {
		status := unknown(e.bucketARN, "whether the bucket's owner may read what account "+value.WriterAccount+" uploads depends on the ACL that Immuta sends ("+uploads.ACLKey+")")
		status.Needs, status.DeclaredIn = []string{uploads.ACLKey}, declaredUploads
		return unresolved[ObjectOwnership](status)
	}
	value.Readable = slices.Equal(acl, []string{uploads.FullControl}) || slices.Equal(acl, []string{"bucket-owner-read"})
	status := rests(e.bucketARN, []string{l.ref()}, note(value.At, "object ownership is "+value.Setting+", so that the uploader's ACL decides"))
	status.Assumptions = e.assumptions([]string{uploads.ACLKey})
	return known(value, status)
}

// owner is who answers for the export. Nobody has to where no export has one.
func (e *export) owner() *Fact[Owner] {
	if !e.d.owned {
		return unresolved[Owner](notApplicable(e.resource, "no export has an owner: exports.<id>.owner names one"))
	}
	text := "nobody is named in exports." + e.cfg.ID + ".owner"
	if e.hint.Owner != "" {
		text = e.hint.Owner + " is named in exports." + e.cfg.ID + ".owner"
	}
	return known(Owner{Name: e.hint.Owner}, rests(e.resource, []string{e.configRef}, note(e.at(""), text)))
}
