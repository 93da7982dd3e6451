package facts

import (
	"cmp"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// putObject is whether the writer may upload to every key under the path, all
// policies that can be read taken together.
func (e *export) putObject() *fact.Of[fact.PutObject] {
	if status, ok := e.under(e.bucketARN); !ok {
		return fact.Unresolved[fact.PutObject](status)
	}
	value := fact.PutObject{Writer: e.who.arn, Target: e.target(), Missing: []string{}}
	if status, ok := e.writerStatus(e.bucketARN); !ok {
		return fact.Unresolved[fact.PutObject](status)
	}
	if e.set.missing {
		value.Missing = []string{"the " + writerKind(e.who.method) + " " + e.who.arn + " does not exist"}
		value.At = scanner.At(e.set.ref, "")
		return fact.Known(value, fact.Rests(e.bucketARN, []string{e.set.ref}, fact.Note(value.At, value.Missing[0])))
	}
	q := e.uploadQuestion("s3:PutObject")
	r := e.ask(&q)
	_, ownerLook := e.bucketAccount()
	status, decided := e.ruled(&r, "whether the writer may upload", []string{q.resource.ref, ownerLook.ref()})
	if !decided {
		return fact.Unresolved[fact.PutObject](status)
	}
	value.Granted, value.Denied = r.Verdict == iam.Yes, r.ExplicitDeny
	if !value.Granted {
		value.Missing = fact.NonNil(r.Missing)
	}
	value.At = e.whereDecided(&status, &r, "bucket policy", q.resource)
	return fact.Known(value, status)
}

// uploadQuestion asks whether the writer may do what an upload needs with every
// key under the path.
func (e *export) uploadQuestion(action string) question {
	owner, ownerLook := e.bucketAccount()
	given := map[string]string{}
	q := question{
		name: "bucket policy", resource: e.bucketPolicy(),
		restrict: e.accessBlock(func(b *document.AccessBlock) bool { return b.RestrictPublicBuckets }),
	}
	if owner != "" {
		given["s3:ResourceAccount"] = owner
	} else {
		q.owner = &ownerLook.gap
	}
	q.Request, q.Everywhere = e.writerRequest(keys.RoleUpload, keys.UserUpload, action, e.target(), owner, given), true
	return q
}

// whereDecided is the place of the deciding statement. Where the lack of one
// decides, what is missing becomes the first reasons, each at the document in
// which to look for it: the resource's policy, called by its name, where that
// lacks it, else the writer's own first policy.
func (e *export) whereDecided(status *scanner.FactStatus, r *ruling, name string, resource slot) string {
	if r.Verdict == iam.Yes || r.ExplicitDeny {
		return proof.FirstAt(status.Reasons, scanner.At(e.configRef, "/endpoint"))
	}
	var lacking []scanner.Reason
	for _, clause := range r.Missing {
		named := ""
		if resource.ref != "" {
			named = scanner.At(resource.ref, firstAllow(resource.policy))
		}
		at := cmp.Or(e.set.nearest(), named, scanner.At(e.configRef, ""))
		if named != "" && strings.HasPrefix(clause, "the "+name+" ") {
			at = named
		}
		if level := r.lackingLevel(clause); level != "" {
			at = scanner.At(level, "")
		}
		lacking = append(lacking, fact.Note(at, clause))
	}
	status.Reasons = append(lacking, status.Reasons...)
	status.Evidence = proof.Evidence(status.Reasons, status.Evidence...)
	return proof.FirstAt(status.Reasons, scanner.At(e.configRef, "/endpoint"))
}

// writerStatus is the status of a fact about the writer's access where it is
// not known who writes.
func (e *export) writerStatus(resource string) (scanner.FactStatus, bool) {
	if e.who.arn != "" {
		return scanner.FactStatus{}, true
	}
	return fact.Unknown(resource, e.who.why, e.writerGaps()...), false
}

// ruled turns a ruling into a fact's status, and says whether it is decided.
func (e *export) ruled(r *ruling, what string, others []string) (scanner.FactStatus, bool) {
	status := scanner.FactStatus{
		Resource: e.bucketARN, Assumptions: r.taken(e.assumptions(r.Declared)),
		Reasons: proof.Of(r.refs, r.Reasons, r.Considered),
	}
	status.Evidence = proof.Evidence(status.Reasons, others...)
	switch {
	case r.Open:
		status.State, status.Gaps, status.Needs, status.DeclaredIn = scanner.FactUnknown, r.gaps, r.Needs, declaredIn(declaredUploads, r.kind, r.Needs)
		status.Because = what + " is open: " + proof.Because("the "+r.gaps[0].Kind.Noun(), &r.gaps[0])
		return status, false
	case proof.Undecided(&r.Answer):
		gap := proof.TooIntricate(document.KindIdentityPolicies, e.who.arn, what)
		status.State, status.Gaps, status.Because = scanner.FactUnknown, []scanner.Gap{gap}, gap.Detail
		return status, false
	case r.Verdict == iam.Depends:
		status.State, status.Needs, status.DeclaredIn = scanner.FactUnknown, r.Needs, declaredIn(declaredUploads, r.kind, r.Needs)
		status.Because = what + " depends on " + proof.DependsOn(r.Needs)
		return status, false
	}
	return status, true
}

// The settings in which the operator declares what requests of Immuta's hold.
const (
	declaredUploads = "expect.requests"
	declaredAssumes = "expect.assumeRequests"
)

// declaredIn is that setting where all keys can be declared for a kind of
// request, else empty.
func declaredIn(setting string, kind keys.Kind, needs []string) string {
	for _, name := range needs {
		if k := keys.Find(name); k == nil || !k.DeclaredIn(kind) {
			return ""
		}
	}
	return setting
}
