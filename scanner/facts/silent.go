package facts

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/uploads"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// silence gathers what refuses uploads for certain, and what might.
type silence struct {
	refusals  []fact.Refusal
	reasons   []scanner.Reason
	evidence  []string
	open      []scanner.FactStatus
	assumes   []string
	unrelated bool // the upload is refused whatever it holds
}

func (s *silence) refuse(cause, action, what, at string) {
	s.refusals = append(s.refusals, fact.Refusal{Cause: cause, Action: action, What: what, At: at, Key: cause + action})
	s.reasons = append(s.reasons, fact.Note(at, what))
}

// silentDenial looks for what refuses uploads. What certainly does decides,
// whatever else could not be read.
func (e *export) silentDenial() *fact.Of[fact.SilentDenial] {
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.SilentDenial](status)
	}
	var s silence
	put := e.putRead()
	switch {
	case put.State != scanner.FactKnown:
		s.open = append(s.open, put.FactStatus)
	case !put.Value.Granted:
		e.deniedByRequest(&s, put)
	}
	if e.Writer.ARN != "" && !e.Policies.WriterMissing {
		e.whoPays(&s)
		e.takesACL(&s, put)
		e.demands(&s)
	}
	e.wantsChecksum(&s)
	value := fact.SilentDenial{Bucket: e.Config.Endpoint.Bucket, Writer: e.Writer.ARN, Target: e.Target(), Refusals: fact.NonNil(s.refusals)}
	switch {
	case len(s.refusals) > 0:
	case len(s.open) > 0:
		return fact.Unresolved[fact.SilentDenial](together(e.BucketARN, s.open))
	case s.unrelated:
		return fact.Unresolved[fact.SilentDenial](fact.NotApplicable(e.BucketARN, "the writer may not upload, whatever its requests hold"))
	default:
		s.reasons = append([]scanner.Reason{fact.Note(put.Value.At, "nothing refuses an upload that the policies grant")}, s.reasons...)
	}
	status := fact.Rests(e.BucketARN, proof.Evidence(s.reasons, s.evidence...), s.reasons...)
	status.Assumptions = slices.Concat(put.Assumptions, s.assumes)
	return fact.Known(value, status)
}

// together is the status of a fact that several things leave open.
func together(resource string, open []scanner.FactStatus) scanner.FactStatus {
	status := fact.Unknown(resource, open[0].Because)
	for i := range open {
		o := &open[i]
		if i > 0 && o.Because != open[i-1].Because {
			status.Because += "; " + o.Because
		}
		status.Gaps, status.Needs = append(status.Gaps, o.Gaps...), append(status.Needs, o.Needs...)
		status.Reasons, status.Evidence = append(status.Reasons, o.Reasons...), append(status.Evidence, o.Evidence...)
		status.DeclaredIn = cmp.Or(status.DeclaredIn, o.DeclaredIn)
	}
	return status
}

// deniedByRequest is about an upload that is not granted. Only a Deny that depends on
// what the request holds refuses silently; put_object_granted judges any other.
func (e *export) deniedByRequest(s *silence, put *fact.Of[fact.PutObject]) {
	s.unrelated = true
	if !put.Value.Denied {
		return
	}
	r := &put.Reasons[0]
	for _, c := range e.conditionsOf(r) {
		if uploads.OfRequest(c.Key) {
			s.refuse("deny", "", fmt.Sprintf("a Deny goes by %s, and refuses what Immuta sends", c.Key), r.At)
			return
		}
	}
}

// conditionsOf are those of a statement about the writer's access.
func (e *export) conditionsOf(r *scanner.Reason) []iam.Condition {
	for _, p := range slices.Concat(e.Policies.Policies.Identity, e.Policies.Policies.Boundary, []*iam.Policy{e.BucketPolicy().Policy}) {
		if p == nil || p.Name() != r.Policy {
			continue
		}
		if statements := p.Statements(); r.Index >= 0 && r.Index < len(statements) {
			return statements[r.Index].Conditions
		}
	}
	return nil
}

// whoPays: where the requester pays, S3 refuses whoever does not offer to, but for
// the owner's own account. Immuta has no field by which it would.
func (e *export) whoPays(s *silence) {
	owner, ownerLook := e.BucketAccount()
	if owner == iam.AccountOf(e.Writer.ARN) {
		return
	}
	doc, l, status, ok := setting(e, document.KindRequestPayment, (*document.RequestPayment).Valid)
	switch {
	case !ok:
		s.open = append(s.open, status)
	case doc.Payer != document.PayerRequester:
		s.evidence = append(s.evidence, l.Ref())
	case owner == "":
		s.open = append(s.open, fact.Unknown(e.BucketARN,
			proof.Because("whether the writer is of the account that the bucket belongs to, while the requester pays:", &ownerLook.Gap), ownerLook.Gap))
	default:
		s.refuse("requester_pays", "",
			"the requester pays (Requester Pays), and Immuta does not offer to, which S3 wants of all but the owner's account "+owner, l.At("/Payer"))
	}
}

// takesACL: under BucketOwnerEnforced S3 takes no ACL but one, whatever a policy
// demands.
func (e *export) takesACL(s *silence, put *fact.Of[fact.PutObject]) {
	declared, known := e.Expect.Requests[uploads.ACLKey]
	harmless := len(declared) == 0 || slices.Equal(declared, []string{uploads.FullControl})
	if depends := slices.Contains(put.Needs, uploads.ACLKey); known && harmless || !known && !depends {
		return
	}
	doc, l, status, ok := setting(e, document.KindOwnership, (*document.Ownership).Valid)
	if !ok {
		s.open = append(s.open, status)
		return
	}
	if doc.Setting() != document.OwnerEnforced {
		return
	}
	if known {
		s.refuse("acl", "",
			fmt.Sprintf("object ownership is BucketOwnerEnforced, under which S3 takes no ACL but %s, and Immuta's uploads hold %s", uploads.FullControl, declared[0]), l.At("/OwnershipControls"))
		s.assumes = e.Expect.Declarations([]string{uploads.ACLKey})
		return
	}
	for _, acl := range [][]string{nil, {uploads.FullControl}} {
		q := e.uploadQuestion("s3:PutObject")
		view.DeclareKey(&q.Request, uploads.ACLKey, acl...)
		if r := e.Ask(&q); r.Open || r.Verdict != iam.No {
			return
		}
	}
	s.refuse("acl_demanded", "",
		"a policy demands an ACL that S3 takes from nobody under BucketOwnerEnforced", proof.FirstAt(put.Reasons, l.At("/OwnershipControls")))
	s.evidence = append(s.evidence, l.Ref())
}

// demands asks whether the writer has the permissions that S3 wants besides, for the
// headers that are declared of the uploads.
func (e *export) demands(s *silence) {
	for _, d := range uploads.Demands(e.Expect.Requests) {
		q := e.uploadQuestion(d.Action)
		r := e.Ask(&q)
		status, decided := e.ruled(&r, "whether the writer may "+d.Action+", which S3 wants of uploads with "+d.Header+",", []string{q.Resource.Ref})
		switch {
		case !decided:
			s.open = append(s.open, status)
		case r.Verdict != iam.Yes:
			at := e.whereDecided(&status, &r, "bucket policy", q.Resource)
			s.refuse("permission", d.Action, fmt.Sprintf("S3 wants %s of uploads with %s, and the writer may not", d.Action, d.Header), at)
			s.assumes = e.Expect.Declarations([]string{d.Header})
		}
	}
}

// wantsChecksum: under a default retention S3 takes no upload without a checksum.
// An object that was uploaded with one shows that Immuta sends it.
func (e *export) wantsChecksum(s *silence) {
	lock, l, status, ok := setting(e, document.KindObjectLock, (*document.ObjectLock).Valid)
	if !ok {
		s.open = append(s.open, status)
		return
	}
	s.evidence = append(s.evidence, l.Ref())
	if lock.Retention().Mode == "" {
		return
	}
	if e.Expect.UploadChecksums {
		s.assumes = append(s.assumes, scanner.ChecksumsDeclared)
		s.reasons = append(s.reasons, fact.Note(l.At(lockRule), "the default retention demands a checksum, which expect.uploadChecksums declares"))
		return
	}
	if shown := e.Look(document.KindDelivery); shown.Read() {
		doc, gap := view.Decode(e.Run, shown, (*document.Delivery).Valid)
		if gap == nil && uploads.Checksummed(doc.Newest) && hides(doc) == "" {
			if doubt, policy := e.whoseDelivery(doc); doubt == "" && policy == nil {
				s.evidence = append(s.evidence, shown.Ref())
				s.reasons = append(s.reasons, fact.Note(shown.At("/Newest/Checksum"),
					"the default retention demands a checksum, with which the newest object was uploaded"))
				return
			}
		}
	}
	text := "whether Immuta sends a checksum is not known: Object Lock has a default retention, " +
		"under which S3 takes no upload without one, and no object shows that it does"
	open := fact.Unknown(e.BucketARN, text, scanner.Gap{
		Kind: document.KindObjectLock, Resource: e.BucketARN, Reason: scanner.ReasonSubjectMissing,
		Detail: "nothing shows it; test the connection in Immuta while the retention is in force, and set expect.uploadChecksums once an object has arrived",
	})
	open.Reasons, open.Evidence = []scanner.Reason{fact.Note(l.At(lockRule), "uploads need a checksum under this default retention")}, []string{l.Ref()}
	s.open = append(s.open, open)
}
