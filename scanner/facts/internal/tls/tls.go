// Package tls derives whether plain HTTP is denied to everybody at a bucket.
package tls

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Condition keys that tell plain HTTP apart. A request over it has no version of TLS.
const (
	secureTransportKey = "aws:SecureTransport"
	tlsVersionKey      = "s3:TlsVersion"
)

// export is the record of an export whose bucket is asked about.
type export struct{ *view.View }

// Required is whether plain HTTP is denied to everybody, for every action, on the
// bucket and its objects. The question is put to the policy as a whole: two statements
// may deny it together, and a Deny with a hole is not enough.
func Required(v *view.View) *fact.Of[fact.TLS] {
	e := export{v}
	if status, ok := e.BucketIsThere(); !ok {
		return fact.Unresolved[fact.TLS](status)
	}
	controls := e.OwnerControls()
	if required := e.byControl(controls); required != nil {
		return required
	}
	own := e.byPolicy()
	if own.Value != nil && own.Value.Required || len(controls.Gaps) == 0 {
		return own
	}
	gaps := append(slices.Clone(own.Gaps), controls.Gaps...)
	return fact.Unresolved[fact.TLS](fact.Unknown(e.BucketARN,
		"the bucket policy is not known to deny plain HTTP to everybody, nor whether a resource control policy does: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0]), gaps...))
}

// byControl is a resource control policy that denies plain HTTP to everybody, as a
// bucket policy would; nil: none does. AWS's own service-linked roles, which such
// policies do not bind, send nothing over plain HTTP.
func (e export) byControl(controls *view.Controls) *fact.Of[fact.TLS] {
	owner, _ := e.BucketAccount()
	var effort iam.Effort
	for i := range controls.Denying {
		c := &controls.Denying[i]
		if c.Gap != nil {
			continue
		}
		nearest := nearestDeny(c.Doc.Statements())
		if nearest == nil {
			continue
		}
		if found := e.missingIn(c.Doc, nearest, owner, &effort); len(found.missing) > 0 || found.open {
			continue
		}
		value := fact.TLS{Bucket: e.Config.Endpoint.Bucket, Missing: []string{}, At: scanner.At(c.Ref, nearest.Pointer), Required: true}
		return fact.Known(value, fact.Rests(e.BucketARN, []string{c.Ref}, scanner.Reason{
			At: value.At, Policy: c.Policy.Name(), Sid: nearest.Sid, Index: nearest.Index, Effect: string(nearest.Effect), Note: "denies plain HTTP",
		}))
	}
	return nil
}

// byPolicy is what the bucket policy alone says.
func (e export) byPolicy() *fact.Of[fact.TLS] {
	p := e.BucketPolicy()
	if p.Gap != nil {
		return fact.Unresolved[fact.TLS](fact.Unknown(e.BucketARN, proof.Because("the bucket policy", p.Gap), *p.Gap))
	}
	value := fact.TLS{Bucket: e.Config.Endpoint.Bucket, Missing: []string{}, At: scanner.At(p.Ref, "")}
	if p.Policy == nil {
		value.Missing = []string{"the bucket has no policy"}
		return fact.Known(value, fact.Rests(e.BucketARN, []string{p.Ref}, fact.Note(value.At, value.Missing[0])))
	}
	nearest := nearestDeny(p.Doc.Statements())
	if nearest == nil {
		value.Missing = []string{"no statement denies requests by " + secureTransportKey + " false"}
		return fact.Known(value, fact.Rests(e.BucketARN, []string{p.Ref}, fact.Note(value.At, value.Missing[0])))
	}
	value.At = scanner.At(p.Ref, nearest.Pointer)
	owner, ownerLook := e.BucketAccount()
	var effort iam.Effort
	found := e.missingIn(p.Doc, nearest, owner, &effort)
	value.Missing = found.missing
	if owner == "" && len(value.Missing) > 0 {
		covers := func(account string) bool {
			other := e.missingIn(p.Doc, nearest, account, &effort)
			return len(other.missing) == 0 || other.open
		}
		if slices.ContainsFunc(resourceAccounts(p.Doc.Statements()), covers) {
			return fact.Unresolved[fact.TLS](fact.Unknown(e.BucketARN,
				proof.Because("whether the bucket is in the account that the Deny names", &ownerLook.Gap), ownerLook.Gap))
		}
	}
	if found.open && len(value.Missing) == 0 {
		gap := proof.TooIntricate(document.KindBucketPolicy, e.BucketARN, "whether it denies plain HTTP")
		return fact.Unresolved[fact.TLS](fact.Unknown(e.BucketARN, gap.Detail, gap))
	}
	value.Required = len(value.Missing) == 0
	reason := scanner.Reason{
		At: value.At, Policy: p.Policy.Name(), Sid: nearest.Sid, Index: nearest.Index, Effect: string(nearest.Effect),
		Note: "denies plain HTTP",
	}
	if !value.Required {
		reason.Note = "denies plain HTTP, and leaves out " + strings.Join(value.Missing, "; ")
	}
	return fact.Known(value, fact.Rests(e.BucketARN, []string{p.Ref}, reason))
}

// holes are what a policy leaves open, a clause each, and whether there may be
// more.
type holes struct {
	missing []string
	open    bool
}

// missingIn are the holes in a policy, asked once for each owner.
func (e export) missingIn(d *view.PolicyDocument, nearest *iam.Statement, owner string, effort *iam.Effort) holes {
	if *effort > proof.MaxEffort {
		return holes{open: true}
	}
	key := view.AnswerKey{Question: "tls", Resource: e.BucketARN, Owner: owner}
	return view.Remember(d, key, effort, func(cost *iam.Effort) holes { return e.findHoles(d, nearest, owner, cost) })
}

// resourceAccounts are the values that conditions on the owner name.
func resourceAccounts(statements []iam.Statement) []string {
	var out []string
	for i := range statements {
		for _, c := range statements[i].Conditions {
			if slices.ContainsFunc(keys.Owner(), func(key string) bool { return strings.EqualFold(key, c.Key) }) {
				out = append(out, c.Values...)
			}
		}
	}
	return out
}

// nearestDeny is the first Deny that speaks of plain HTTP: by name, else by
// the version of TLS, which plain HTTP does not have.
func nearestDeny(statements []iam.Statement) *iam.Statement {
	for _, key := range []string{secureTransportKey, tlsVersionKey} {
		for i := range statements {
			speaks := func(c iam.Condition) bool { return strings.EqualFold(c.Key, key) }
			if statements[i].Effect == iam.Deny && slices.ContainsFunc(statements[i].Conditions, speaks) {
				return &statements[i]
			}
		}
	}
	return nil
}

// findHoles asks who is not denied plain HTTP, and says in a clause each what the
// policy leaves open. There is none when it denies plain HTTP to everybody.
func (e export) findHoles(d *view.PolicyDocument, nearest *iam.Statement, owner string, cost *iam.Effort) holes {
	actions, spared := actionsToAsk(d), sparedPrincipals(d.Statements(), view.ParseARN(e.BucketARN).Partition)
	isSpared := func(a iam.Access) bool { return spared[a.Principal.Value] }
	missing, uncovered, open := []string{}, 0, false
	resources := []string{e.BucketARN, e.BucketARN + "/*"}
	alike := iam.CoveredAlike(d.Policy, resources[0], resources[1])
	var asked []iam.Access // about the bucket, and the first of the actions
	for n, resource := range resources {
		for i, action := range actions {
			if open = open || *cost > proof.MaxEffort; open {
				break
			}
			left := asked
			if n == 0 || i > 0 || !alike {
				left = e.plainHTTP(d, action, resource, owner, cost)
			}
			open = slices.ContainsFunc(left, listed.IsOpen)
			left = slices.DeleteFunc(left, listed.IsOpen)
			if n == 0 && i == 0 {
				asked = left
			}
			named := slices.DeleteFunc(slices.Clone(left), func(a iam.Access) bool { return !isSpared(a) })
			if len(named) < len(left) && i == 0 {
				uncovered++
				missing = append(missing, "the resource "+resource)
				break
			}
			if len(named) < len(left) {
				missing = append(missing, "the action "+action)
			}
			for i := range named {
				missing = append(missing, "requests of "+named[i].Principal.Value)
			}
		}
	}
	if uncovered == 2 {
		return holes{missing: []string{reasonOf(nearest)}}
	}
	slices.Sort(missing)
	return holes{slices.Compact(missing), open}
}

// plainHTTP lists who is not denied an action over plain HTTP.
func (e export) plainHTTP(d *view.PolicyDocument, action, resource, owner string, cost *iam.Effort) []iam.Access {
	return iam.WhoIsNotDenied(iam.WhoCanQuestion{
		Action: action, Resource: resource, ResourceAccount: owner, Policies: iam.Policies{Resource: d.Policy},
		Context: e.Run.Requests.PlainHTTP, Absent: []string{tlsVersionKey}, Effort: cost,
	})
}

// actionsToAsk are the actions to ask for: one that stands for all that nobody
// names, and, where a Deny leaves some out, those and the ones that matter most.
func actionsToAsk(d *view.PolicyDocument) []string {
	actions := []string{iam.UnnamedAction([]*iam.Policy{d.Policy})}
	for _, s := range d.Statements() {
		if s.Effect != iam.Deny || len(s.NotActions) == 0 {
			continue
		}
		actions = append(actions, "s3:GetObject", "s3:PutObject", "s3:ListBucket")
		for _, action := range s.NotActions {
			plain := strings.ReplaceAll(strings.ReplaceAll(action, "*", ""), "?", "x")
			if strings.HasPrefix(strings.ToLower(plain), "s3:") {
				actions = append(actions, plain)
			}
		}
	}
	return actions
}

// sparedPrincipals are those whom a Deny leaves out by name.
func sparedPrincipals(statements []iam.Statement, partition string) map[string]bool {
	spared := map[string]bool{}
	for _, s := range statements {
		if s.Effect != iam.Deny || !s.NotPrincipal {
			continue
		}
		for _, p := range s.Principals {
			if iam.IsAccountID(p.Value) {
				p.Value = "arn:" + partition + ":iam::" + p.Value + ":root"
			}
			spared[p.Value] = true
		}
	}
	return spared
}

// reasonOf says why the nearest Deny covers nobody at all.
func reasonOf(s *iam.Statement) string {
	everyone := slices.ContainsFunc(s.Principals, func(p iam.Principal) bool { return p.Kind == iam.PrincipalAnyone })
	switch {
	case !everyone && !s.NotPrincipal:
		return "the Deny does not cover every principal"
	case !slices.ContainsFunc(s.Conditions, func(c iam.Condition) bool { return strings.EqualFold(c.Key, secureTransportKey) }) && len(s.Conditions) == 1:
		return "the Deny is on " + tlsVersionKey + ", which plain HTTP does not have"
	case len(s.Conditions) > 1:
		return "the Deny has further conditions, which leave requests over plain HTTP"
	case !slices.Contains(s.Actions, "s3:*") && !slices.Contains(s.Actions, "*"):
		return "the Deny does not cover every action: it names " + listed.Actions(s)
	default:
		return "the Deny does not cover plain HTTP to the bucket and its objects"
	}
}
