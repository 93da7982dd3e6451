package facts

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
)

// foreignAccount stands for an account that nobody in the policies has.
const foreignAccount = "000000000000"

// restriction is a setting that is on, off, or not known for its gaps.
type restriction struct {
	on   bool
	refs []string
	gaps []scanner.Gap
}

// question is an access question about the writer, and the resource's side of
// it. Its request holds for a known owner of the resource.
type question struct {
	request  iam.Request
	resource slot
	refs     map[string]string // documents by the names of the resource's policies
	restrict restriction       // RestrictPublicBuckets
	managed  bool              // an AWS managed KMS key
	// objects are further values of the encryption context, for other keys
	// under the path.
	objects []string
}

// ruling is the answer to a question, and whether gaps leave it open.
type ruling struct {
	answer iam.Answer
	// open says that policies nobody could read decide, which gaps stand for.
	open bool
	gaps []scanner.Gap
	refs map[string]string
}

// ask answers a question about the writer for whatever its role's session is
// called and whichever key it writes. An answer that is not the same for all is
// open.
func (e *export) ask(q *question) ruling {
	r := e.askSessions(q)
	for _, object := range q.objects {
		other := *q
		other.request.Context = q.request.Context.With(objectContextKey, object)
		if !r.agree(e.askSessions(&other), objectContextKey) {
			break
		}
	}
	return r
}

// askAny answers a question in every version of TLS.
func (e *export) askAny(q *question) ruling {
	r := e.askOnce(q)
	if r.open || r.answer.Verdict != iam.Depends || !slices.ContainsFunc(r.answer.Needs, isTLSVersion) {
		return r
	}
	// AWS takes no older TLS than 1.2: that its version is not known matters
	// only where these two differ.
	context := q.request.Context
	q.request.Context = context.With(tlsVersionKey, "1.2")
	old := e.askOnce(q)
	q.request.Context = context.With(tlsVersionKey, "1.3")
	if e.askOnce(q).answer.Verdict == old.answer.Verdict {
		return old
	}
	return r
}

const tlsVersionKey = "s3:TlsVersion"

func isTLSVersion(key string) bool { return strings.EqualFold(key, tlsVersionKey) }

// askOnce answers one question. What nobody could read is taken once for the
// most generous policy that there is and once for the strictest: an answer that
// is the same both times is decided.
func (e *export) askOnce(q *question) ruling {
	r := ruling{gaps: e.set.gaps(), refs: e.refs(q)}
	if q.resource.gap != nil {
		r.gaps = append(r.gaps, *q.resource.gap)
	} else if q.resource.policy != nil && len(q.restrict.gaps) > 0 && q.resource.doc.public().public {
		r.gaps = append(r.gaps, q.restrict.gaps...)
	}
	best := e.policies(q, true)
	r.answer = iam.Explain(&q.request, &best)
	if r.answer.Verdict == iam.Depends && e.deniedSomewhere(q, &best, &r.answer) {
		r.answer.Verdict = iam.No
	}
	if len(r.gaps) == 0 || r.answer.Verdict == iam.No {
		return r
	}
	worst := e.policies(q, false)
	if iam.Evaluate(&q.request, &worst) != iam.Yes {
		r.open = true
		return r
	}
	r.answer = iam.Explain(&q.request, &worst)
	return r
}

// deniedSomewhere says whether a question about a set of resources, whose
// answer depends, is certainly no for one of them. The writer must be able to
// write everywhere.
func (e *export) deniedSomewhere(q *question, p *iam.Policies, a *iam.Answer) bool {
	if a.WitnessDeny == nil || !strings.HasSuffix(q.request.Resource, "*") {
		return false
	}
	one := q.request
	one.Resource = a.WitnessDeny.Resource
	if strings.HasSuffix(one.Resource, "*") || iam.Evaluate(&one, p) != iam.No {
		return false
	}
	answer := iam.Explain(&one, p)
	a.ExplicitDeny, a.Reasons, a.Needs = answer.ExplicitDeny, answer.Reasons, nil
	a.Missing = []string{"not every key under the path is covered: " + one.Resource + " is refused"}
	return true
}

// policies puts together what takes part in a question, with the stand-ins of
// the generous or of the strict case in the place of gaps.
func (e *export) policies(q *question, generous bool) iam.Policies {
	standIn := iam.DenyAll
	if generous {
		standIn = iam.AllowAll
	}
	p := iam.Policies{
		Identity: e.set.identity, Boundary: e.set.boundary, HasBoundary: e.set.hasBoundary,
		Resource: q.resource.policy, RestrictPublicBuckets: q.restrict.on, AWSManagedKey: q.managed,
	}
	if len(q.restrict.gaps) > 0 {
		p.RestrictPublicBuckets = !generous
	}
	if len(e.set.identityGaps) > 0 {
		p.Identity = append(append([]*iam.Policy(nil), p.Identity...), standIn("an identity policy that could not be read"))
	}
	switch {
	case len(e.set.boundaryGaps) == 0:
	case generous && !e.set.hasBoundary:
		// It may have none.
	default:
		p.HasBoundary = true
		p.Boundary = append(append([]*iam.Policy(nil), p.Boundary...), standIn("a permissions boundary that could not be read"))
	}
	if q.resource.gap != nil {
		p.Resource = standIn("a resource policy that could not be read")
		// The one nobody could read need not be public, as the stand-in is.
		p.RestrictPublicBuckets = false
	}
	return p
}

// refs are the documents of a question by the names that reasons call them.
func (e *export) refs(q *question) map[string]string {
	refs := make(map[string]string, len(e.set.refs)+len(q.refs))
	for name, ref := range e.set.refs {
		refs[name] = ref
	}
	for name, ref := range q.refs {
		refs[name] = ref
	}
	return refs
}

// reasonsOf turns an answer's statements into reasons, the deciding ones
// first. Those of stand-ins have no document and are left out.
func reasonsOf(refs map[string]string, lists ...[]iam.Reason) []scanner.Reason {
	var out []scanner.Reason
	for _, list := range lists {
		for i := range list {
			r := &list[i]
			ref, ok := refs[r.Policy]
			if !ok {
				continue
			}
			out = append(out, scanner.Reason{
				At: scanner.At(ref, r.Pointer), Policy: r.Policy, Sid: r.Sid, Index: r.Index, Effect: r.Effect, Note: r.Note,
			})
		}
	}
	return out
}

// firstAt is the place of the first reason, else of a fallback.
func firstAt(reasons []scanner.Reason, fallback string) string {
	for i := range reasons {
		if reasons[i].At != "" {
			return reasons[i].At
		}
	}
	return fallback
}

// evidenceOf lists the documents that reasons point into, in their order, and
// then the others that an answer rests on.
func evidenceOf(reasons []scanner.Reason, others ...string) []string {
	out := make([]string, 0, len(reasons)+len(others))
	seen := make(map[string]bool, len(reasons)+len(others))
	add := func(ref string) {
		if ref != "" && !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	for i := range reasons {
		ref, _, _ := strings.Cut(reasons[i].At, "#/")
		add(strings.TrimSuffix(ref, "#"))
	}
	for _, ref := range others {
		add(ref)
	}
	return out
}

// absentKeys are the condition keys that no request of the writer carries: it
// calls the bucket itself, neither through a service nor an access point.
var absentKeys = []string{
	"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast",
	"aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths",
	"aws:PrincipalServiceName", "aws:PrincipalServiceNamesList",
	"s3:DataAccessPointArn", "s3:DataAccessPointAccount", "s3:AccessPointNetworkOrigin", "s3:AccessGrantsInstanceArn",
}

// absentKeysUser are those of a user's access key, which carries no MFA.
var absentKeysUser = append([]string{"aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:FederatedProvider", "aws:TokenIssueTime"}, absentKeys...)

// writerRequest is a request that the writer makes, with everything that is
// known of it: more adds keys, and takes those away that it gives no value. All
// other keys are unknown.
func (e *export) writerRequest(action, resource, owner string, more map[string][]string) iam.Request {
	arn := e.who.arn
	record, read := e.principalRecord()
	if read && record.ARN != "" && parseARN(record.ARN).account == parseARN(arn).account {
		arn = record.ARN
	}
	p := parseARN(arn)
	values := e.d.contexts.clock()
	values["aws:PrincipalArn"] = []string{arn}
	values["aws:PrincipalAccount"] = []string{p.account}
	values["aws:PrincipalIsAWSService"] = []string{"false"}
	values["aws:ViaAWSService"] = []string{"false"}
	values["aws:SecureTransport"] = []string{"true"}
	if owner != "" && owner != foreignAccount {
		values["aws:ResourceAccount"] = []string{owner}
	}
	req := iam.Request{
		Principal: arn, Action: action, Resource: resource, ResourceAccount: owner,
		Absent: absentKeys, OthersUnknown: true,
	}
	if e.who.method == methodRole {
		req.Principal = sessionARN(arn, freshSession)
		values["aws:PrincipalType"] = []string{"AssumedRole"}
		if read && record.RoleID != "" {
			values[userIDKey] = []string{record.RoleID + ":" + freshSession}
		}
	} else {
		req.Absent = absentKeysUser
		values["aws:PrincipalType"] = []string{"User"}
		values["aws:username"] = []string{roleName(arn)}
		if read && record.UserID != "" {
			values[userIDKey] = []string{record.UserID}
		}
	}
	for key, value := range more {
		if value == nil {
			delete(values, key)
			continue
		}
		values[key] = value
	}
	req.Context = iam.NewContext(values)
	return req
}

// contexts are what is known of requests that nothing of an export decides.
type contexts struct {
	current, epoch []string
	direct         iam.Context // made by nobody in particular, through no service
	plainHTTP      iam.Context // over plain HTTP, by anybody but a service
}

func newContexts(now time.Time) contexts {
	c := contexts{
		current: []string{now.Format(time.RFC3339)},
		epoch:   []string{strconv.FormatInt(now.Unix(), 10)},
	}
	no := []string{"false"}
	values := c.clock()
	values["aws:ViaAWSService"] = no
	c.direct = iam.NewContext(values)
	values[secureTransportKey], values["aws:PrincipalIsAWSService"] = no, no
	c.plainHTTP = iam.NewContext(values)
	return c
}

// clock holds the keys that tell the time.
func (c *contexts) clock() map[string][]string {
	values := make(map[string][]string, 16)
	values["aws:CurrentTime"], values["aws:EpochTime"] = c.current, c.epoch
	return values
}
