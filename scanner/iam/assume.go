package iam

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// AssumeQuestion asks who outside an account may assume its role.
type AssumeQuestion struct {
	RoleARN string
	// Account owns the role; empty takes it from the ARN.
	Account string
	// KnownExternalIDs are the external ids that are meant to be accepted.
	KnownExternalIDs []string
	// Context and Absent are as in Request; every other key is unknown.
	Context Context
	Absent  []string
	// Effort adds up the work of the answers; it may be nil.
	Effort *Effort
	// RCPs are the resource control policies of the role's account.
	RCPs [][]*Policy
	// ManagementAccount is as in Policies.
	ManagementAccount string
}

// The ways to assume a role.
const (
	actionAssume            = "sts:AssumeRole"
	actionAssumeSAML        = "sts:AssumeRoleWithSAML"
	actionAssumeWebIdentity = "sts:AssumeRoleWithWebIdentity"
	externalIDKey           = "sts:externalid"
)

// WhoCanAssume lists everybody outside the role's account who may assume it without an ExternalId,
// or with one that is not known: whoever the trust policy names, any AWS account, services as in
// WhoCan, and identity providers, whose users count as outside wherever the provider is registered.
// Action says by which call. External principals are assumed to have full rights in their own
// account. It tries no id, a new one, and one for each that the policy names, patterns included.
func WhoCanAssume(trust *Policy, q AssumeQuestion) []Access {
	if trust == nil {
		return nil
	}
	owner := cmp.Or(q.Account, ownerOf(q.RoleARN, &principal.Caller{}))
	p := &Policies{Identity: everything, Resource: trust, RCPs: q.RCPs, ManagementAccount: q.ManagementAccount}
	ids, complete := externalIDs(p.documents(), q.KnownExternalIDs)
	var out []Access
	in := newWhoCanAsker(p, owner)
	in.eval.Steps = weight(p.documents())
	defer func() { q.Effort.add(in.eval.Steps) }()
	for _, c := range listCallers(p.documents(), owner, principal.PartitionOf(q.RoleARN)).Candidates {
		if in.exhausted() {
			return append(out, notAsked(actionAssume))
		}
		if c.Class.Kind == ClassFederated {
			for _, door := range [...]string{actionAssumeSAML, actionAssumeWebIdentity} {
				if !in.turnTo(c, door) {
					continue
				}
				if a, ok := in.ask(requestOf(c, door, q.RoleARN, owner, q.Context, q.Absent)); ok {
					out = append(out, a)
				}
			}
			continue
		}
		if c.Class.Account == owner && owner != "" || !in.turnTo(c, actionAssume) {
			continue
		}
		if a, ok := in.assumeWith(c, q, ids, complete); ok {
			out = append(out, a)
		}
	}
	return out
}

// assumeWith asks for one candidate with every ExternalId in turn and keeps the answer that grants
// most.
func (in *whoCanAsker) assumeWith(c *candidate, q AssumeQuestion, ids []string, complete bool) (best Access, found bool) {
	ask := func(id ...string) {
		req := requestOf(c, actionAssume, q.RoleARN, in.owner, q.Context.With("sts:ExternalId", id...), append(slices.Clone(q.Absent), externalIDKey))
		if a, ok := in.ask(req); ok && (!found || a.Verdict > best.Verdict) {
			best, found = a, true
		}
	}
	ask()
	if c.Class.Kind == ClassService { // a service sends no ExternalId
		return best, found
	}
	for _, id := range ids {
		if best.Verdict == Yes {
			return best, found
		}
		if complete = complete && !in.exhausted(); !complete {
			break
		}
		ask(id)
	}
	if !found && !complete {
		req := requestOf(c, actionAssume, q.RoleARN, in.owner, q.Context, q.Absent)
		best, found = in.ask(req)
		best.Capped = true
		best.Verdict = min(best.Verdict, Depends)
	}
	return best, found
}

// externalIDs returns one ExternalId for every way in which the policies tell them apart, without
// the known ones. complete is false when there may be more ways.
func externalIDs(policies []*Policy, known []string) (ids []string, complete bool) {
	f := constants{complete: true}
	for _, id := range known {
		f.AddAtom(representative.Atom{Text: id})
	}
	f.addConditions(&Request{}, policies, externalIDKey)
	found, complete := representative.All(f.Atoms, representative.Domain{MinLength: 2, Allowed: externalIDRune})
	for _, id := range found {
		if !slices.Contains(known, id) {
			ids = append(ids, id)
		}
	}
	return ids, complete && !f.variable
}

// externalIDRune reports whether STS accepts the character in an ExternalId.
func externalIDRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("+=,.@:/_-", r)
}
