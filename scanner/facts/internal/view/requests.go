package view

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Requests are what is known of every request, by its kind, at the time as of
// which a run is judged.
type Requests struct {
	ByKind    [keys.Provider + 1]iam.Context
	Clock     iam.Context // the time alone, which every request has
	PlainHTTP iam.Context // over plain HTTP, by anybody but a service
}

func newRequests(now time.Time) *Requests {
	var r Requests
	for kind := range r.ByKind {
		values, times := keys.Constant(keys.Kind(kind))
		for _, name := range times {
			values[name] = timeAs(name, now)
		}
		r.ByKind[kind] = r.ByKind[kind].WithEach(values)
	}
	times := map[string]string{}
	for _, name := range []string{"aws:CurrentTime", "aws:EpochTime"} {
		times[name] = timeAs(name, now)
	}
	r.Clock = r.Clock.WithEach(times)
	r.PlainHTTP = r.Clock.WithEach(keys.PlainHTTP())
	return &r
}

// timeAs is a time as a key holds it.
func timeAs(name string, t time.Time) string {
	if name == "aws:EpochTime" {
		return strconv.FormatInt(t.Unix(), 10)
	}
	return t.Format(time.RFC3339)
}

// WriterRequest is a request that the writer makes, or that S3 makes for it,
// with what is known of this one. All other keys are as its kind leaves them.
func (v *View) WriterRequest(role, user keys.Kind, action, resource, owner string, known map[string]string) iam.Request {
	arn := v.Writer.ARN
	record, read := v.principalRecord()
	if read && record.ARN != "" && iam.AccountOf(record.ARN) == iam.AccountOf(arn) {
		arn = record.ARN
	}
	known["aws:PrincipalArn"] = arn
	known["aws:PrincipalAccount"] = iam.AccountOf(arn)
	if owner != "" {
		known["aws:ResourceAccount"] = owner
	}
	if region := v.Region(); region != "" {
		known["aws:RequestedRegion"] = region
	}
	req := iam.Request{Principal: v.Writer.ARN, Action: action, Resource: resource, ResourceAccount: owner, OthersUnknown: true, Kind: role}
	if v.Writer.Method != MethodRole {
		req.Principal, req.Kind = arn, user
		known["aws:username"] = identities.Name(arn)
		if read && record.UserID != "" {
			known["aws:userid"] = record.UserID
		}
	}
	req.Absent = v.principalTagsRead().Put(known, nil)
	if v.isOfBucket(resource) {
		req.Absent = v.BucketTags().Put(known, req.Absent)
	}
	req.Context = v.Run.Requests.ByKind[req.Kind].WithEach(known)
	v.Declare(&req, v.Expect.Requests)
	v.Place(&req, iam.AccountOf(arn), PrincipalOrgKey, principalPathsKey, v.Expect.Organization)
	declared := ""
	if owner == iam.AccountOf(arn) {
		declared = v.Expect.Organization
	}
	v.Place(&req, owner, ResourceOrgKey, ResourcePathsKey, declared)
	return req
}

// Declare adds to a request of Immuta's what the operator declared of its kind,
// as far as the kind leaves it open, and no document tells or would tell if it could
// be read.
func (v *View) Declare(req *iam.Request, declared map[string][]string) {
	for name, values := range declared {
		if k := keys.Find(name); k != nil && k.DeclaredIn(req.Kind) && !isTold(req, name) && len(v.TagGaps(req.Kind, []string{name})) == 0 {
			DeclareKey(req, name, values...)
		}
	}
}

// isTold says that a document tells what a request holds under a key.
func isTold(req *iam.Request, name string) bool {
	if _, told := req.Context.Get(strings.ToLower(name)); told {
		return true
	}
	return slices.ContainsFunc(req.Absent, func(absent string) bool {
		return strings.HasSuffix(absent, "/") && len(name) > len(absent) && strings.EqualFold(name[:len(absent)], absent)
	})
}

// DeclareKey adds one key, which is declared absent where it has no values.
func DeclareKey(req *iam.Request, name string, values ...string) {
	req.Declared = append(req.Declared, name)
	if len(values) == 0 {
		req.Absent = append(req.Absent, name)
		return
	}
	req.Context = req.Context.With(name, values...)
}

// AssumptionsWith are what an answer takes for granted, with what the operator
// declared of the keys that decide.
func (v *View) AssumptionsWith(declared []string) []string {
	if len(declared) == 0 {
		return v.Run.Assumptions
	}
	return slices.Concat(v.Run.Assumptions, v.Expect.Declarations(declared))
}

// The settings in which the operator declares what requests of Immuta's hold.
const (
	DeclaredUploads = "expect.requests"
	DeclaredAssumes = "expect.assumeRequests"
)

// DeclaredIn is that setting where all keys can be declared for a kind of
// request, else empty.
func DeclaredIn(setting string, kind keys.Kind, needs []string) string {
	for _, name := range needs {
		if k := keys.Find(name); k == nil || !k.DeclaredIn(kind) {
			return ""
		}
	}
	return setting
}
