package facts

import (
	"slices"
	"strconv"
	"time"

	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// requests are what is known of every request, by its kind, at the time as of
// which a run is judged.
type requests struct {
	byKind    [keys.Provider + 1]iam.Context
	clock     iam.Context // of whatever kind
	plainHTTP iam.Context // over plain HTTP, by anybody but a service
}

func newRequests(now time.Time) *requests {
	var r requests
	for kind := range r.byKind {
		values, times := keys.Constant(keys.Kind(kind))
		for _, name := range times {
			values[name] = timeAs(name, now)
		}
		r.byKind[kind] = r.byKind[kind].WithEach(values)
	}
	times := map[string]string{}
	for _, name := range []string{"aws:CurrentTime", "aws:EpochTime"} {
		times[name] = timeAs(name, now)
	}
	r.clock = r.clock.WithEach(times)
	r.plainHTTP = r.clock.WithEach(keys.PlainHTTP())
	return &r
}

// timeAs is a time as a key holds it.
func timeAs(name string, t time.Time) string {
	if name == "aws:EpochTime" {
		return strconv.FormatInt(t.Unix(), 10)
	}
	return t.Format(time.RFC3339)
}

// writerRequest is a request that the writer makes, or that S3 makes for it,
// with what is known of this one. All other keys are as its kind leaves them.
func (e *view) writerRequest(role, user keys.Kind, action, resource, owner string, known map[string]string) iam.Request {
	arn := e.who.arn
	record, read := e.principalRecord()
	if read && record.ARN != "" && iam.AccountOf(record.ARN) == iam.AccountOf(arn) {
		arn = record.ARN
	}
	known["aws:PrincipalArn"] = arn
	known["aws:PrincipalAccount"] = iam.AccountOf(arn)
	if owner != "" {
		known["aws:ResourceAccount"] = owner
	}
	if region := e.region(); region != "" {
		known["aws:RequestedRegion"] = region
	}
	req := iam.Request{Principal: e.who.arn, Action: action, Resource: resource, ResourceAccount: owner, OthersUnknown: true, Kind: role}
	if e.who.method != methodRole {
		req.Principal, req.Kind = arn, user
		known["aws:username"] = identities.Name(arn)
		if read && record.UserID != "" {
			known["aws:userid"] = record.UserID
		}
	}
	req.Context = e.run.requests.byKind[req.Kind].WithEach(known)
	e.declare(&req, e.expect.Requests)
	if organization := e.expect.Organization; organization != "" {
		declare(&req, principalOrgKey, organization)
		if owner == iam.AccountOf(arn) {
			declare(&req, resourceOrgKey, organization)
		}
	}
	return req
}

// Condition keys that expect.organization declares.
const (
	principalOrgKey = "aws:PrincipalOrgID"
	resourceOrgKey  = "aws:ResourceOrgID"
)

// declare adds to a request of Immuta's what the operator declared of its kind,
// as far as the kind leaves it open.
func (e *view) declare(req *iam.Request, declared map[string][]string) {
	for name, values := range declared {
		if k := keys.Find(name); k != nil && k.DeclaredIn(req.Kind) {
			declare(req, name, values...)
		}
	}
}

// declare adds one key, which may be absent.
func declare(req *iam.Request, name string, values ...string) {
	req.Declared = append(req.Declared, name)
	if len(values) == 0 {
		req.Absent = append(req.Absent, name)
		return
	}
	req.Context = req.Context.With(name, values...)
}

// assumptions are what an answer takes for granted, what the operator declared
// of the keys that the policies ask about among it.
func (e *view) assumptions(declared []string) []string {
	if len(declared) == 0 {
		return e.run.assumptions
	}
	return slices.Concat(e.run.assumptions, e.expect.Declarations(declared))
}
