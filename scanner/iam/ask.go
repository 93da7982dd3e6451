package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Question is an access question with unknowns: policies that could not be read, and parts of the
// request that have one of many values. Its answer holds in each of these cases.
type Question struct {
	Request  Request
	Policies Policies
	// Unread says which policies could not be read. Policies holds the others.
	Unread Unread
	// AnyOwner means that the owner of the resource is not known: it may be the caller's account or
	// another.
	AnyOwner bool
	// AnySession makes Request.Principal, a role, stand for any session of that role. RoleID is the
	// unique id of the role, with which aws:userid begins. It is empty where it is not known.
	AnySession bool
	RoleID     string
	// ObjectPrefix begins the ARNs of the objects for which S3 uses the key in question, each with
	// an encryption context of its own. It is empty where the question is not about S3's use of a
	// key.
	ObjectPrefix string
	// Everywhere asks about a set of resources as a whole: it is No when one of them is refused.
	Everywhere bool

	listed []*Policy // the policies that take part, once policies was called
	steps  int       // of work, in all cases together
}

// all returns the policies that take part, without those that could not be read.
func (q *Question) all() []*Policy {
	if q.listed == nil {
		q.listed = q.Policies.all()
	}
	return q.listed
}

// Unread says which policies could not be read, wholly or in part.
type Unread struct {
	Identity bool
	// Boundary is a permissions boundary. Policies.HasBoundary says that there is one.
	Boundary bool
	Resource bool
	// SCPs are a level of service control policies, RCPs one of resource control policies.
	SCPs, RCPs bool
	// RestrictPublicBuckets is the Block Public Access setting of that name.
	RestrictPublicBuckets bool
	// Grants are those on a KMS key. One that nobody could read may allow, and never denies.
	Grants bool
}

// Ruling is the answer to a Question.
type Ruling struct {
	Answer
	// Open means that the verdict depends on policies that could not be read, or on who the owner
	// is. The answer is then the one for the most generous policies possible.
	Open bool
}

// Ask answers a question. A policy that could not be read is replaced once by [AllowAll] and once
// by [DenyAll]: an answer that is the same both times is decided. The question is tried with one
// session and one object for every way in which the policies tell them apart. Where the answers
// differ, the answer depends. The texts of the answer name no session that was only tried.
func Ask(q *Question) Ruling {
	if !q.AnyOwner {
		q.steps = 0
		r := q.inEveryCase()
		q.Request.Effort.add(q.steps)
		return r
	}
	own, other := *q, *q
	account := AccountOf(q.Request.Principal)
	own.Request.ResourceAccount, own.AnyOwner = account, false
	for _, key := range keys.Owner() {
		own.Request.Context = own.Request.Context.With(key, account)
	}
	other.Request.ResourceAccount, other.AnyOwner = UnnamedAccount(q.all(), account), false
	r, s := Ask(&own), Ask(&other)
	r.Open = r.Open || s.Open || r.Verdict != s.Verdict
	r.ExplicitDeny = r.ExplicitDeny && s.ExplicitDeny
	return r
}

// objectContextKey is the condition key by which key policies tell the objects of a question apart.
const objectContextKey = "kms:EncryptionContext:aws:s3:arn"

// inEveryCase answers the question for all sessions and objects.
func (q *Question) inEveryCase() Ruling {
	objects, objectsComplete := q.objects()
	sessions, sessionsComplete := q.sessions()
	var r Ruling
	for i, object := range objects {
		for j, session := range sessions {
			if q.steps > maxSteps {
				r.Verdict, r.Capped = Depends, true
				return r
			}
			other := q.inCase(object, session)
			switch {
			case i+j == 0:
				r = other
			case j == 0:
				r.agree(&other, objectContextKey)
			default:
				r.agree(&other, keyUserID)
			}
			if r.Open || r.Verdict == Depends {
				return r
			}
		}
	}
	if !objectsComplete || !sessionsComplete {
		r.Verdict, r.Capped = Depends, true
	}
	return r
}

// agree combines a ruling with that of another case. Where they differ, it depends on the key that
// tells the cases apart.
func (r *Ruling) agree(other *Ruling, key string) {
	switch {
	case other.Open:
		*r = *other
	case other.Verdict != r.Verdict:
		r.Verdict, r.Missing, r.ExplicitDeny = Depends, nil, false
		r.Reasons = append(slices.Clone(r.Reasons), other.Reasons...)
		r.Needs = []string{key}
		if other.Verdict == Depends {
			r.Needs = other.Needs
		}
	case other.ExplicitDeny != r.ExplicitDeny:
		r.ExplicitDeny = false // it is refused in both cases, but only in one of them by a Deny statement
	}
}

// inCase answers the question for one session and one object.
func (q *Question) inCase(object, userID string) Ruling {
	req := q.Request
	if q.ObjectPrefix != "" {
		req.Context = req.Context.With(objectContextKey, object)
	}
	if !q.AnySession {
		return q.once(&req)
	}
	session := userID[len(q.RoleID)+1:]
	req.Principal = q.sessionPrefix() + session
	if q.RoleID != "" {
		req.Context = req.Context.With(keyUserID, userID)
	}
	r := q.once(&req)
	r.reword(session, req.Principal, q.Request.Principal, q.RoleID+":"+session, q.RoleID+":<session>")
	return r
}

// reword replaces the names of sessions and objects that were only tried. All that are
// replaced hold the one that was made up.
func (a *Answer) reword(madeUp string, names ...string) {
	clean := func(text *string) {
		if strings.Contains(*text, madeUp) {
			*text = strings.NewReplacer(names...).Replace(*text)
		}
	}
	for i := range a.Missing {
		clean(&a.Missing[i])
	}
	for _, reasons := range [][]Reason{a.Reasons, a.Considered} {
		for i := range reasons {
			clean(&reasons[i].Note)
		}
	}
}

// once answers one request, with policies that could not be read at their best and at their worst.
func (q *Question) once(req *Request) Ruling {
	best := q.policies(AllowAll)
	if q.Unread.Grants {
		best.Grants = append(slices.Clip(best.Grants), everyGrant(req))
	}
	var r Ruling
	r.Answer, q.steps = explain(req, best, q.steps)
	if q.Everywhere && r.Verdict == Depends {
		q.refuseSomewhere(&r, req, best)
	}
	if r.Verdict == No || !q.missesPolicies() {
		return r
	}
	worst := q.policies(DenyAll)
	var v Verdict
	if v, q.steps = evaluate(req, worst, q.steps); v != Yes {
		r.Open = true
		return r
	}
	r.Answer, q.steps = explain(req, worst, q.steps)
	return r
}

// refuseSomewhere answers No where the answer about a set of resources depends, and one resource of
// the set is certainly refused.
func (q *Question) refuseSomewhere(r *Ruling, req *Request, p *Policies) {
	if r.WitnessDeny == nil || !strings.HasSuffix(req.Resource, "*") {
		return
	}
	one := *req
	one.Resource = r.WitnessDeny.Resource
	if strings.HasSuffix(one.Resource, "*") {
		return
	}
	var refused Answer
	if refused, q.steps = explain(&one, p, q.steps); refused.Verdict != No {
		return
	}
	r.Verdict, r.ExplicitDeny, r.Reasons, r.Needs = No, refused.ExplicitDeny, refused.Reasons, nil
	r.Missing = []string{"not every key under the path is covered: " + one.Resource + " is refused"}
}

// missesPolicies reports whether policies are missing that could matter.
func (q *Question) missesPolicies() bool {
	u := &q.Unread
	public := !u.Resource && q.Policies.Resource != nil && q.Policies.Resource.doc.Public
	return u.Identity || u.Boundary || u.Resource || u.SCPs || u.RCPs || u.Grants || u.RestrictPublicBuckets && public
}

// policies returns the policies that take part, with stand-ins for those that could not be read.
func (q *Question) policies(standIn func(name string) *Policy) *Policies {
	p, u := q.Policies, &q.Unread
	generous := standIn("").doc.Public
	if u.RestrictPublicBuckets {
		p.RestrictPublicBuckets = !generous
	}
	if u.Identity {
		p.Identity = append(slices.Clip(p.Identity), standIn("an identity policy that could not be read"))
	}
	// A boundary that may not exist limits nothing at best.
	if u.Boundary && (p.HasBoundary || !generous) {
		p.HasBoundary = true
		p.Boundary = append(slices.Clip(p.Boundary), standIn("a permissions boundary that could not be read"))
	}
	if u.SCPs {
		p.SCPs = append(slices.Clip(p.SCPs), []*Policy{standIn("a service control policy that could not be read")})
	}
	if u.RCPs {
		p.RCPs = append(slices.Clip(p.RCPs), []*Policy{standIn("a resource control policy that could not be read")})
	}
	if u.Resource {
		p.Resource = standIn("a resource policy that could not be read")
		p.RestrictPublicBuckets = false // at best the policy is not public, although its stand-in is
	}
	return &p
}
