package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/source"
)

// Parse reads a policy document. It refuses what AWS refuses with a *ParseError: bad JSON,
// duplicate or unknown elements, elements in the wrong case, missing elements, unknown
// operators, values of the wrong type. What AWS accepts and evaluates as written becomes a
// warning, even where the element is unsupported.
func Parse(text []byte, o ParseOptions) (*Policy, error) {
	doc, err := policy.Parse(text, o.Name, o.Type)
	if err != nil {
		return nil, err
	}
	return &Policy{doc}, nil
}

// ParseError says why AWS would refuse a policy document, and where.
type ParseError = source.Error

// Warning is something that AWS accepts and the author most likely did not mean.
type Warning = source.Warning

// ParseOptions say what kind of document is being parsed.
type ParseOptions struct {
	// Name is what reasons call the policy: "bucket policy".
	Name string
	// Type says where the policy stands.
	Type policy.Type
}

// Type says where a policy document stands. It decides which elements AWS demands there and
// which it does not support.
type Type = policy.Type

// The places a policy can stand.
const (
	// IdentityPolicy is attached to a user, group or role; boundaries and session policies have its grammar.
	IdentityPolicy = policy.IdentityPolicy
	// ResourcePolicy is attached to a resource: a bucket policy, a key policy.
	ResourcePolicy = policy.ResourcePolicy
	// TrustPolicy is a role's trust policy.
	TrustPolicy = policy.TrustPolicy
	// ControlPolicy is an organisation's service or resource control policy.
	ControlPolicy = policy.ControlPolicy
)

// Effect is what a statement does when it matches.
type Effect = policy.Effect

// The two effects.
const (
	Allow = policy.Allow
	Deny  = policy.Deny
)

// PrincipalKind is the key under which a principal stands in a Principal element.
type PrincipalKind = principal.Kind

// The kinds of principal that a policy names.
const (
	// PrincipalAnyone is the lone wildcard: "*" or {"AWS":"*"}.
	PrincipalAnyone = principal.Anyone
	// PrincipalAWS is an account, user, role or session.
	PrincipalAWS = principal.AWS
	// PrincipalService is an AWS service.
	PrincipalService = principal.Service
	// PrincipalFederated is a SAML or web identity provider.
	PrincipalFederated = principal.Federated
	// PrincipalCanonicalUser is an account named by its S3 canonical user id.
	PrincipalCanonicalUser = principal.CanonicalUser
)

// Principal is one entry of a Principal or NotPrincipal element: its kind and its value.
type Principal = principal.ID

// Statement is a read-only view of one statement.
type Statement = policy.View

// Condition is a read-only view of one operator applied to one key of a Condition element.
type Condition = policy.ConditionView

// Policy is a parsed policy document. It never changes after Parse and may be used by any
// number of goroutines.
type Policy struct {
	doc policy.Document
}

// Name is what reasons call the policy.
func (p *Policy) Name() string { return p.doc.Name }

// Type says where the policy stands.
func (p *Policy) Type() policy.Type { return p.doc.Kind }

// Statements returns a view of every statement, in the document's order.
func (p *Policy) Statements() []Statement { return p.doc.Views() }

// FirstAllow is the pointer of the first statement that allows anything; empty where none does.
func (p *Policy) FirstAllow() string {
	for i := range p.doc.Statements {
		if s := &p.doc.Statements[i]; !s.Deny {
			return s.Pointer
		}
	}
	return ""
}

// MayAllow reports whether an Allow statement covers an action, whatever its other elements demand.
func (p *Policy) MayAllow(action string) bool {
	for i := range p.doc.Statements {
		if !p.doc.Statements[i].Deny && p.CoversAction(i, action) {
			return true
		}
	}
	return false
}

// CoversAction reports whether Action or NotAction of the statement with an index covers an action,
// whatever the statement's other elements demand.
func (p *Policy) CoversAction(statement int, action string) bool {
	e := match.Matcher{Action: action}
	return e.MatchAction(&p.doc.Statements[statement])
}

// StatementDigests returns the SHA-256 of every statement in hexadecimal, normalised and without
// its Sid, in the document's order.
func (p *Policy) StatementDigests() []string {
	out := make([]string, len(p.doc.Statements))
	for i := range out {
		out[i] = p.doc.StatementDigest(&p.doc.Statements[i])
	}
	return out
}

// Version is the policy language version as written; empty when the document has none.
func (p *Policy) Version() string { return p.doc.Version }

// ID is the document's Id element.
func (p *Policy) ID() string { return p.doc.ID }

// Warnings lists what AWS accepts and the author most likely did not mean.
func (p *Policy) Warnings() []Warning { return append([]Warning(nil), p.doc.Warnings...) }

// StandIn reports whether AllowAll or DenyAll made the policy in place of one that could not be
// read.
func (p *Policy) StandIn() bool { return p.doc.StandIn }

// Digest is the SHA-256, in hexadecimal, of the normalised document. Order of statements and
// lists, repetition, one-item lists, Sid, Id, whitespace and the case of actions and condition
// keys do not change it. The version counts only where a statement uses "${".
func (p *Policy) Digest() string { return p.doc.Digest() }

// AllowAll stands in for a policy that could not be read, at its most generous: it allows
// everything to everybody, in the way that suits the caller best. Evaluate once with it and once
// with DenyAll. Where both agree, the missing policy does not matter.
func AllowAll(name string) *Policy { return &Policy{policy.NewStandIn(name, false)} }

// DenyAll stands in for a policy that could not be read, at its strictest.
func DenyAll(name string) *Policy { return &Policy{policy.NewStandIn(name, true)} }

// ARN is an Amazon Resource Name in its parts, "arn:partition:service:region:account:resource".
// Region and account are empty where the service has none.
type ARN = principal.ARN

// ParseARN splits an ARN. It requires "arn" and six parts, but does not check their content: each
// part may be empty or a wildcard. For any other text ok is false and the ARN is zero.
func ParseARN(text string) (a ARN, ok bool) { return principal.ParseARN(text) }

// AccountOf returns the account part of an ARN as written, and "" for any other text.
func AccountOf(arn string) string { return principal.AccountOf(arn) }

// IsAccountID reports whether a text is an account id: twelve digits.
func IsAccountID(text string) bool { return principal.IsAccountID(text) }
