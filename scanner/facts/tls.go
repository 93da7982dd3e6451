package facts

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
)

const secureTransportKey = "aws:SecureTransport"

// tlsActions stand for all of S3: two names that no pattern but a full
// wildcard covers, and those that matter most.
var tlsActions = []string{"s3:QzAnyAction", "s3:XvOtherOperation", "s3:GetObject", "s3:PutObject", "s3:ListBucket"}

// tls is whether plain HTTP is denied to everybody, for every action, on the
// bucket and its objects. It is asked of the policy as a whole, so that two
// statements may do it together, and a Deny with a hole does not.
func (e *export) tls() answer[TLS] {
	if status, ok := e.existing(); !ok {
		return open[TLS](status)
	}
	p := e.bucketPolicy()
	if p.gap != nil {
		return open[TLS](unknown(e.bucketARN, because("the bucket policy", p.gap), *p.gap))
	}
	value := TLS{Bucket: e.cfg.Endpoint.Bucket, Missing: []string{}, At: scanner.At(p.ref, "")}
	if p.policy == nil {
		value.Missing = []string{"the bucket has no policy"}
		return known(value, rests(e.bucketARN, []string{p.ref}, note(value.At, value.Missing[0])))
	}
	nearest := nearestTLSDeny(p.doc.statements())
	if nearest == nil {
		value.Missing = []string{"no statement denies requests by " + secureTransportKey + " false"}
		return known(value, rests(e.bucketARN, []string{p.ref}, note(value.At, value.Missing[0])))
	}
	value.At = scanner.At(p.ref, nearest.Pointer)
	owner, ownerLook := e.bucketAccount()
	value.Missing = e.tlsMissing(p.doc, nearest, owner)
	if owner == "" && len(value.Missing) > 0 {
		covers := func(account string) bool { return len(e.tlsMissing(p.doc, nearest, account)) == 0 }
		if slices.ContainsFunc(resourceAccounts(p.doc.statements()), covers) {
			return open[TLS](unknown(e.bucketARN, because("whether the bucket is in the account that the Deny names", &ownerLook.gap), ownerLook.gap))
		}
	}
	value.Required = len(value.Missing) == 0
	reason := scanner.Reason{
		At: value.At, Policy: p.policy.Name(), Sid: nearest.Sid, Index: nearest.Index, Effect: string(nearest.Effect),
		Note: "denies plain HTTP",
	}
	if !value.Required {
		reason.Note = "denies plain HTTP, and leaves out " + strings.Join(value.Missing, "; ")
	}
	return known(value, rests(e.bucketARN, []string{p.ref}, reason))
}

// tlsMissing are the holes in a policy, asked once for each owner.
func (e *export) tlsMissing(d *policyDocument, nearest *iam.Statement, owner string) []string {
	key := answerKey{question: "tls", resource: e.bucketARN, owner: owner}
	return remember(d, key, func() []string { return e.tlsHoles(d, nearest, owner) })
}

// resourceAccountKeys tell the account that owns the bucket.
var resourceAccountKeys = []string{"aws:ResourceAccount", "s3:ResourceAccount"}

// resourceAccounts are the values that conditions on the owner name.
func resourceAccounts(statements []iam.Statement) []string {
	var out []string
	for i := range statements {
		for _, c := range statements[i].Conditions {
			if slices.ContainsFunc(resourceAccountKeys, func(key string) bool { return strings.EqualFold(key, c.Key) }) {
				out = append(out, c.Values...)
			}
		}
	}
	return out
}

// nearestTLSDeny is the first Deny that speaks of plain HTTP.
func nearestTLSDeny(statements []iam.Statement) *iam.Statement {
	for i := range statements {
		speaks := func(c iam.Condition) bool { return strings.EqualFold(c.Key, secureTransportKey) }
		if statements[i].Effect == iam.Deny && slices.ContainsFunc(statements[i].Conditions, speaks) {
			return &statements[i]
		}
	}
	return nil
}

// tlsProbe is a request over plain HTTP.
type tlsProbe struct{ principal, action, resource string }

// tlsHoles asks for plain HTTP by everybody who could slip through, and says
// in a clause each what is not denied; none is left when all of it is.
func (e *export) tlsHoles(d *policyDocument, nearest *iam.Statement, owner string) []string {
	actions, principals := e.tlsUniverse(d.statements())
	objects := e.bucketARN + "/*"
	policies := iam.Policies{Identity: callersOwn, Resource: d.policy}
	context := e.d.contexts.plainHTTP
	if owner != "" {
		for _, key := range resourceAccountKeys {
			context = context.With(key, owner)
		}
	}
	covered := func(principal, action, resource string) bool {
		return denies(&policies, context, tlsProbe{principal, action, resource})
	}
	anybody, anything := principals[0], actions[0]
	holes := []string{}
	if !covered(anybody, anything, e.bucketARN) && !covered(anybody, anything, objects) {
		return []string{tlsReason(nearest)}
	}
	for _, resource := range []string{e.bucketARN, objects} {
		if !covered(anybody, anything, resource) {
			holes = append(holes, "the resource "+resource)
			continue
		}
		for _, action := range actions[1:] {
			if !covered(anybody, action, resource) {
				holes = append(holes, "the action "+action)
			}
		}
		for _, principal := range principals[1:] {
			if slices.ContainsFunc(actions, func(action string) bool { return !covered(principal, action, resource) }) {
				holes = append(holes, "requests of "+principal)
			}
		}
	}
	slices.Sort(holes)
	return slices.Compact(holes)
}

// tlsReason says what keeps the nearest Deny from covering anybody at all.
func tlsReason(s *iam.Statement) string {
	everyone := slices.ContainsFunc(s.Principals, func(p iam.Principal) bool { return p.Kind == iam.PrincipalAnyone })
	switch {
	case !everyone && !s.NotPrincipal:
		return "the Deny does not cover every principal"
	case len(s.Conditions) > 1:
		return "the Deny has further conditions, which leave requests over plain HTTP"
	case !slices.Contains(s.Actions, "s3:*") && !slices.Contains(s.Actions, "*"):
		return "the Deny does not cover every action: it names " + actionsOf(s)
	default:
		return "the Deny does not cover plain HTTP to the bucket and its objects"
	}
}

// tlsUniverse are the actions and principals to ask for: somebody and
// something that no statement names, and everything that a Deny leaves out by
// name.
func (e *export) tlsUniverse(statements []iam.Statement) (actions, principals []string) {
	actions = slices.Clone(tlsActions)
	principals = []string{"arn:" + parseARN(e.bucketARN).partition + ":iam::" + foreignAccount + ":role/anybody"}
	for _, s := range statements {
		if s.Effect != iam.Deny {
			continue
		}
		for _, action := range s.NotActions {
			if plain := strings.ReplaceAll(strings.ReplaceAll(action, "*", ""), "?", "x"); strings.HasPrefix(strings.ToLower(plain), "s3:") {
				actions = append(actions, plain)
			}
		}
		if !s.NotPrincipal {
			continue
		}
		for _, principal := range s.Principals {
			if principal.Kind == iam.PrincipalAWS && isAccount(parseARN(principal.Value).account) {
				principals = append(principals, principal.Value)
			}
		}
	}
	return actions, principals
}

// denies asks for a caller of the bucket's own account that has every
// permission: what is refused to it is refused by a Deny.
func denies(p *iam.Policies, context iam.Context, probe tlsProbe) bool {
	req := iam.Request{
		Principal: probe.principal, Action: probe.action, Resource: probe.resource, ResourceAccount: parseARN(probe.principal).account,
		Context: context, Absent: tlsAbsent, OthersUnknown: true,
	}
	return iam.Evaluate(&req, p) == iam.No
}

// callersOwn are the policies of a caller that has every permission.
var callersOwn = []*iam.Policy{iam.AllowAll("the caller's own policies")}

// tlsAbsent are the keys that a request over plain HTTP by anybody but a
// service does not have.
var tlsAbsent = []string{
	"s3:TlsVersion", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:CalledVia", "aws:CalledViaFirst",
	"aws:CalledViaLast", "aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths",
}
