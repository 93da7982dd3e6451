package facts

import (
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
)

// restriction is a setting that is on, off, or not known for its gaps.
type restriction struct {
	on   bool
	refs []string
	gaps []scanner.Gap
}

// question is an access question about the writer, and the documents that it
// is asked of. Its request leaves out who owns the resource where owner is a
// gap.
type question struct {
	iam.Question
	name     string // of the resource's policy
	resource slot
	restrict restriction // RestrictPublicBuckets
	owner    *scanner.Gap
}

// ruling is the answer to a question, with the documents that its reasons name
// and the gaps that it may rest on.
type ruling struct {
	iam.Ruling
	refs map[string]string
	gaps []scanner.Gap
}

// ask answers a question about the writer, for whatever its role's session is
// called. What nobody could read is left to package iam to decide without.
func (e *export) ask(q *question) ruling {
	r := ruling{refs: maps.Clone(e.set.refs), gaps: e.set.gaps()}
	r.refs[q.name] = q.resource.ref
	q.Policies = e.set.policies
	q.Policies.Resource, q.Policies.RestrictPublicBuckets = q.resource.policy, q.restrict.on
	q.Unread = iam.Unread{
		Identity: len(e.set.identityGaps) > 0, Boundary: len(e.set.boundaryGaps) > 0,
		Resource: q.resource.gap != nil, RestrictPublicBuckets: len(q.restrict.gaps) > 0,
	}
	if q.resource.gap != nil {
		r.gaps = append(r.gaps, *q.resource.gap)
	} else if q.resource.policy != nil && q.resource.doc.public().public {
		r.gaps = append(r.gaps, q.restrict.gaps...)
	}
	if q.AnyOwner = q.owner != nil; q.AnyOwner {
		r.gaps = append(r.gaps, *q.owner)
	}
	if q.AnySession = e.who.method == methodRole; q.AnySession {
		if record, ok := e.principalRecord(); ok {
			q.RoleID = record.RoleID
		}
	}
	r.Ruling = iam.Ask(&q.Question)
	return r
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
	if read && record.ARN != "" && iam.AccountOf(record.ARN) == iam.AccountOf(arn) {
		arn = record.ARN
	}
	p := parseARN(arn)
	values := e.d.contexts.clock()
	values["aws:PrincipalArn"] = []string{arn}
	values["aws:PrincipalAccount"] = []string{p.Account}
	values["aws:PrincipalIsAWSService"] = []string{"false"}
	values["aws:ViaAWSService"] = []string{"false"}
	values["aws:SecureTransport"] = []string{"true"}
	if owner != "" {
		values["aws:ResourceAccount"] = []string{owner}
	}
	req := iam.Request{
		Principal: arn, Action: action, Resource: resource, ResourceAccount: owner,
		Absent: absentKeys, OthersUnknown: true,
	}
	if e.who.method == methodRole {
		req.Principal = e.who.arn
		values["aws:PrincipalType"] = []string{"AssumedRole"}
	} else {
		req.Absent = absentKeysUser
		values["aws:PrincipalType"] = []string{"User"}
		values["aws:username"] = []string{roleName(arn)}
		if read && record.UserID != "" {
			values["aws:userid"] = []string{record.UserID}
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
