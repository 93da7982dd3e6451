package facts

import (
	"cmp"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// putObject is whether the writer may upload to every key under the path, all
// policies that can be read taken together.
func (e *export) putObject() *fact.Of[fact.PutObject] {
	if status, ok := e.PathIsThere(e.BucketARN); !ok {
		return fact.Unresolved[fact.PutObject](status)
	}
	value := fact.PutObject{Writer: e.Writer.ARN, Target: e.Target(), Missing: []string{}}
	if status, ok := e.writerStatus(e.BucketARN); !ok {
		return fact.Unresolved[fact.PutObject](status)
	}
	if e.Policies.WriterMissing {
		value.Missing = []string{"the " + e.Writer.Kind() + " " + e.Writer.ARN + " does not exist"}
		value.At = scanner.At(e.Policies.MissingRef, "")
		return fact.Known(value, fact.Rests(e.BucketARN, []string{e.Policies.MissingRef}, fact.Note(value.At, value.Missing[0])))
	}
	q := e.uploadQuestion("s3:PutObject")
	r := e.Ask(&q)
	_, ownerLook := e.BucketAccount()
	status, decided := e.ruled(&r, "whether the writer may upload", []string{q.Resource.Ref, ownerLook.Ref()})
	if !decided {
		return fact.Unresolved[fact.PutObject](status)
	}
	value.Granted, value.Denied = r.Verdict == iam.Yes, r.ExplicitDeny
	if !value.Granted {
		value.Missing = fact.NonNil(r.Missing)
	}
	value.At = e.whereDecided(&status, &r, "bucket policy", q.Resource)
	return fact.Known(value, status)
}

// uploadQuestion asks whether the writer may do what an upload needs with every
// key under the path.
func (e *export) uploadQuestion(action string) view.Question {
	owner, ownerLook := e.BucketAccount()
	given := map[string]string{}
	q := view.Question{
		Name: "bucket policy", Resource: e.BucketPolicy(),
		Restrict: e.AccessBlock(func(b *document.AccessBlock) bool { return b.RestrictPublicBuckets }),
	}
	if owner != "" {
		given["s3:ResourceAccount"] = owner
	} else {
		q.Owner = &ownerLook.Gap
	}
	q.Request, q.Everywhere = e.WriterRequest(keys.RoleUpload, keys.UserUpload, action, e.Target(), owner, given), true
	return q
}

// whereDecided is the place of the deciding statement. Where a statement is lacking,
// what is missing becomes the first reasons. Each points to the document in which to
// look for it: the resource's policy, which name calls, where that one lacks it, else
// the writer's own first policy.
func (e *export) whereDecided(status *scanner.FactStatus, r *view.Ruling, name string, resource view.Slot) string {
	if r.Verdict == iam.Yes || r.ExplicitDeny {
		return proof.FirstAt(status.Reasons, scanner.At(e.ConfigRef, "/endpoint"))
	}
	var lacking []scanner.Reason
	for _, clause := range r.Missing {
		named := ""
		if resource.Ref != "" {
			named = scanner.At(resource.Ref, view.FirstAllow(resource.Policy))
		}
		at := cmp.Or(e.Policies.NearestGrant(), named, scanner.At(e.ConfigRef, ""))
		if named != "" && strings.HasPrefix(clause, "the "+name+" ") {
			at = named
		}
		if level := r.LackingLevel(clause); level != "" {
			at = scanner.At(level, "")
		}
		lacking = append(lacking, fact.Note(at, clause))
	}
	status.Reasons = append(lacking, status.Reasons...)
	status.Evidence = proof.Evidence(status.Reasons, status.Evidence...)
	return proof.FirstAt(status.Reasons, scanner.At(e.ConfigRef, "/endpoint"))
}

// writerStatus says whether it is known who writes. Where it is not, the status is
// that of every fact about the writer's access.
func (e *export) writerStatus(resource string) (scanner.FactStatus, bool) {
	if e.Writer.ARN != "" {
		return scanner.FactStatus{}, true
	}
	return fact.Unknown(resource, e.Writer.Why, e.WriterGaps()...), false
}

// ruled turns a ruling into a fact's status, and says whether it is decided.
func (e *export) ruled(r *view.Ruling, what string, others []string) (scanner.FactStatus, bool) {
	considered := r.Considered
	if r.Open {
		considered = nil // a Deny that does not apply is no place to begin where a document is unread
	}
	status := scanner.FactStatus{
		Resource: e.BucketARN, Assumptions: r.Taken(e.AssumptionsWith(r.Declared)),
		Reasons: proof.Of(r.Refs, r.Reasons, considered),
	}
	status.Evidence = proof.Evidence(status.Reasons, others...)
	switch {
	case r.Open:
		status.State, status.Gaps, status.Needs, status.DeclaredIn = scanner.FactUnknown, r.Gaps, r.Needs, view.DeclaredIn(view.DeclaredUploads, r.Kind, r.Needs)
		status.Because = what + " is open: " + proof.Because("the "+r.Gaps[0].Kind.Noun(), &r.Gaps[0])
		return status, false
	case proof.Undecided(&r.Answer):
		gap := proof.TooIntricate(document.KindIdentityPolicies, e.Writer.ARN, what)
		status.State, status.Gaps, status.Because = scanner.FactUnknown, []scanner.Gap{gap}, gap.Detail
		return status, false
	case r.Verdict == iam.Depends:
		status.State, status.Needs, status.DeclaredIn = scanner.FactUnknown, r.Needs, view.DeclaredIn(view.DeclaredUploads, r.Kind, r.Needs)
		status.Because = what + " depends on " + proof.DependsOn(r.Needs)
		if gaps := e.TagGaps(r.Kind, r.Needs); len(gaps) > 0 {
			status.Gaps, status.DeclaredIn, status.Because = gaps, "", what+" is open: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0])
		}
		return status, false
	}
	return status, true
}
