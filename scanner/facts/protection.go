package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/uploads"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// setting reads one of the bucket's settings. A bucket that has none is one whose
// setting is the zero value. Where the setting is not known the status says why.
func setting[T any](e *export, kind document.Kind, valid func(*T) bool) (*T, view.Look, scanner.FactStatus, bool) {
	l := e.Look(kind)
	if l.Absent() {
		return new(T), l, scanner.FactStatus{}, true
	}
	gap := &l.Gap
	if l.Read() {
		var doc *T
		if doc, gap = view.Decode(e.Run, l, valid); gap == nil {
			return doc, l, scanner.FactStatus{}, true
		}
	}
	return nil, l, fact.Unknown(e.BucketARN, proof.Because("the bucket's "+kind.Noun(), gap), *gap), false
}

// anyText takes any document of a kind whose documents may be empty.
func anyText[T any](*T) bool { return true }

func (e *export) versioning() *fact.Of[fact.Versioning] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.Versioning](status)
	}
	doc, l, status, ok := setting(e, document.KindVersioning, anyText[document.Versioning])
	if !ok {
		return fact.Unresolved[fact.Versioning](status)
	}
	text := "versioning was never switched on"
	if doc.Status != "" {
		text = "versioning is " + doc.Status
	}
	return fact.Known(
		fact.Versioning{Bucket: e.Config.Endpoint.Bucket, Status: doc.Status, Enabled: doc.Status == document.StatusEnabled},
		fact.Rests(e.BucketARN, []string{l.Ref()}, fact.Note(l.At("/Status"), text)),
	)
}

// lockRule is the place of the default retention.
const lockRule = "/ObjectLockConfiguration/Rule/DefaultRetention"

func (e *export) objectLock() *fact.Of[fact.ObjectLock] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.ObjectLock](status)
	}
	doc, l, status, ok := setting(e, document.KindObjectLock, (*document.ObjectLock).Valid)
	if !ok {
		return fact.Unresolved[fact.ObjectLock](status)
	}
	byDefault := doc.Retention()
	value := fact.ObjectLock{
		Bucket: e.Config.Endpoint.Bucket, Enabled: doc.Configuration.Enabled == document.StatusEnabled,
		Mode: byDefault.Mode, Days: byDefault.InDays(), ExpectedDays: e.Expect.RetentionDays, Bypass: []string{},
	}
	text := "Object Lock is not switched on"
	switch {
	case value.Enabled && value.Mode != "":
		text = fmt.Sprintf("Object Lock keeps new objects for %d days in %s mode", value.Days, value.Mode)
	case value.Enabled:
		text = "Object Lock is switched on, without a default retention"
	}
	status = fact.Rests(e.BucketARN, []string{l.Ref()}, fact.Note(l.At(lockRule), text))
	if value.Mode != document.LockGovernance || value.Days < value.ExpectedDays {
		return fact.Known(value, status)
	}
	p := e.BucketPolicy()
	if p.Gap != nil {
		return fact.Unresolved[fact.ObjectLock](fact.Unknown(e.BucketARN,
			proof.Because("whether the bucket policy denies s3:BypassGovernanceRetention:", p.Gap), *p.Gap))
	}
	var open bool
	if value.Bypass, open = e.bypassers(p); open && len(value.Bypass) == 0 {
		gap := proof.TooIntricate(document.KindBucketPolicy, e.BucketARN, "to whom it denies s3:BypassGovernanceRetention")
		return fact.Unresolved[fact.ObjectLock](fact.Unknown(e.BucketARN, gap.Detail, gap))
	}
	status.Evidence = append(status.Evidence, p.Ref)
	return fact.Known(value, status)
}

// bypassers are those whom the bucket policy does not keep from ending a GOVERNANCE
// retention early, without those who are meant to.
func (e *export) bypassers(p view.Slot) (names []string, open bool) {
	if p.Policy == nil {
		return []string{"anybody with the permission"}, false
	}
	owner, _ := e.BucketAccount()
	names = []string{}
	for _, a := range iam.WhoIsNotDenied(iam.WhoCanQuestion{
		Action: "s3:BypassGovernanceRetention", Resource: e.Target(), ResourceAccount: owner,
		Policies: iam.Policies{Resource: p.Policy}, Context: e.Run.Requests.Clock,
	}) {
		switch {
		case listed.IsOpen(a):
			open = true
		case !slices.Contains(e.Expect.BreakGlass, a.Principal.Value):
			names = append(names, cmp.Or(a.Principal.Value, a.Principal.Account, "anybody with the permission"))
		}
	}
	slices.Sort(names)
	return slices.Compact(names), open
}

// retention compares what lifecycle rules do under the export's path with the days
// that the operator expects. What Object Lock keeps anyway, an expiry only hides.
func (e *export) retention() *fact.Of[fact.Retention] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.Retention](status)
	}
	if e.Expect.RetentionDays == 0 {
		return fact.Unresolved[fact.Retention](fact.NotApplicable(e.BucketARN,
			"no retention is expected: expect.retentionDays says how many days the trail has to be kept"))
	}
	if status, ok := e.PathIsKnown(e.BucketARN); !ok {
		return fact.Unresolved[fact.Retention](status)
	}
	doc, l, status, ok := setting(e, document.KindLifecycle, anyText[document.Lifecycle])
	if !ok {
		return fact.Unresolved[fact.Retention](status)
	}
	value := fact.Retention{
		Bucket: e.Config.Endpoint.Bucket, Prefix: e.Config.Prefix(), ExpectedDays: e.Expect.RetentionDays,
		Expiries: earlyExpiries(doc, e.Config.Prefix(), e.Expect.RetentionDays, l),
	}
	refs := []string{l.Ref()}
	if len(value.Expiries) > 0 {
		lock, lockLook, status, ok := setting(e, document.KindObjectLock, (*document.ObjectLock).Valid)
		if !ok {
			return fact.Unresolved[fact.Retention](status)
		}
		refs = append(refs, lockLook.Ref())
		if lock.Retention().InDays() >= value.ExpectedDays {
			value.Expiries = []fact.Expiry{}
			return fact.Known(value, fact.Rests(e.BucketARN, refs, fact.Note(lockLook.At(lockRule),
				fmt.Sprintf("Object Lock keeps every object for %d days, so that an earlier expiry only hides it", lock.Retention().InDays()))))
		}
	}
	reasons := []scanner.Reason{fact.Note(l.At(""),
		fmt.Sprintf("no lifecycle rule ends the life of an object under the path before %d days", value.ExpectedDays))}
	if len(value.Expiries) > 0 {
		reasons = nil
		for _, x := range value.Expiries {
			reasons = append(reasons, fact.Note(x.At, "expires objects under the path"))
		}
	}
	return fact.Known(value, fact.Rests(e.BucketARN, refs, reasons...))
}

// earlyExpiries are the rules that expire objects under a prefix before their
// days. A rule on a tag does not reach them: Immuta's uploads carry none.
func earlyExpiries(doc *document.Lifecycle, prefix string, days int, l view.Look) []fact.Expiry {
	list := []fact.Expiry{}
	for i := range doc.Rules {
		rule := &doc.Rules[i]
		x := rule.Expiration
		if x == nil || x.Date == nil && x.Days == 0 || x.Date == nil && int(x.Days) >= days || !rule.Reaches(prefix) || rule.Filter.Tagged() {
			continue
		}
		expiry := fact.Expiry{Rule: cmp.Or(rule.ID, strconv.Itoa(i)), Days: int(x.Days), At: l.At(fmt.Sprintf("/Rules/%d/Expiration", i))}
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
func (e *export) objectOwnership() *fact.Of[fact.ObjectOwnership] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.ObjectOwnership](status)
	}
	doc, l, status, ok := setting(e, document.KindOwnership, (*document.Ownership).Valid)
	if !ok {
		return fact.Unresolved[fact.ObjectOwnership](status)
	}
	value := fact.ObjectOwnership{Bucket: e.Config.Endpoint.Bucket, Setting: doc.Setting(), At: l.At("/OwnershipControls")}
	if value.Setting != document.OwnerEnforced {
		if status, ok := e.writerStatus(e.BucketARN); !ok {
			return fact.Unresolved[fact.ObjectOwnership](status)
		}
		value.WriterAccount = iam.AccountOf(e.Writer.ARN)
		owner, ownerLook := e.BucketAccount()
		if owner == "" {
			return fact.Unresolved[fact.ObjectOwnership](fact.Unknown(e.BucketARN, proof.Because("the bucket's owner", &ownerLook.Gap), ownerLook.Gap))
		}
		value.Owner = owner
		if value.Setting == document.OwnerPreferred && owner != value.WriterAccount {
			return e.ownedByACL(value, l)
		}
	}
	value.Readable = value.Setting == document.OwnerEnforced || value.Owner == value.WriterAccount
	return fact.Known(value, fact.Rests(e.BucketARN, []string{l.Ref()}, fact.Note(value.At, "object ownership is "+value.Setting)))
}

// ownedByACL is about a setting by which the uploader's ACL decides.
func (e *export) ownedByACL(value fact.ObjectOwnership, l view.Look) *fact.Of[fact.ObjectOwnership] {
	acl, declared := e.Expect.Requests[uploads.ACLKey]
	if !declared {
		status := fact.Unknown(e.BucketARN, "whether the bucket's owner may read what account "+value.WriterAccount+" uploads depends on the ACL that Immuta sends ("+uploads.ACLKey+")")
		status.Needs, status.DeclaredIn = []string{uploads.ACLKey}, view.DeclaredUploads
		return fact.Unresolved[fact.ObjectOwnership](status)
	}
	value.Readable = slices.Equal(acl, []string{uploads.FullControl}) || slices.Equal(acl, []string{"bucket-owner-read"})
	status := fact.Rests(e.BucketARN, []string{l.Ref()}, fact.Note(value.At, "object ownership is "+value.Setting+", so that the uploader's ACL decides"))
	status.Assumptions = e.AssumptionsWith([]string{uploads.ACLKey})
	return fact.Known(value, status)
}

// owner is who answers for the export. Nobody has to where no export has one.
func (e *export) owner() *fact.Of[fact.Owner] {
	if !e.d.owned {
		return fact.Unresolved[fact.Owner](fact.NotApplicable(e.Resource, "no export has an owner: exports.<id>.owner names one"))
	}
	if status, planned := e.NotCreated(e.Resource); planned {
		return fact.Unresolved[fact.Owner](status)
	}
	text := "nobody is named in " + e.Config.Setting("owner")
	if e.Hint.Owner != "" {
		text = e.Hint.Owner + " is named in " + e.Config.Setting("owner")
	}
	return fact.Known(fact.Owner{Name: e.Hint.Owner}, fact.Rests(e.Resource, []string{e.ConfigRef}, fact.Note(e.ConfigAt(""), text)))
}
