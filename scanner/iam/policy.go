package iam

// Type says where a policy document stands. It decides which elements AWS demands there and
// which it does not support.
type Type uint8

// The places a policy can stand.
const (
	// IdentityPolicy is attached to a user, group or role; boundaries and session policies have its grammar.
	IdentityPolicy Type = iota
	// ResourcePolicy is attached to a resource: a bucket policy, a key policy.
	ResourcePolicy
	// TrustPolicy is a role's trust policy.
	TrustPolicy
	// ControlPolicy is an organisation's service or resource control policy.
	ControlPolicy
)

// Effect is what a statement does when it matches.
type Effect string

// The two effects.
const (
	Allow Effect = "Allow"
	Deny  Effect = "Deny"
)

// PrincipalKind is the key under which a principal stands in a Principal element.
type PrincipalKind string

// The kinds of principal that a policy names.
const (
	// PrincipalAnyone is the lone wildcard: "*" or {"AWS":"*"}.
	PrincipalAnyone PrincipalKind = "*"
	// PrincipalAWS is an account, user, role or session.
	PrincipalAWS PrincipalKind = "AWS"
	// PrincipalService is an AWS service.
	PrincipalService PrincipalKind = "Service"
	// PrincipalFederated is a SAML or web identity provider.
	PrincipalFederated PrincipalKind = "Federated"
	// PrincipalCanonicalUser is an account named by its S3 canonical user id.
	PrincipalCanonicalUser PrincipalKind = "CanonicalUser"
)

// Principal is one entry of a Principal or NotPrincipal element.
type Principal struct {
	Kind  PrincipalKind
	Value string
}

// Condition is one operator applied to one key of a statement's Condition element.
type Condition struct {
	Operator  string   // without qualifier and suffix: "StringEquals", "Null"
	Qualifier string   // "", "ForAllValues" or "ForAnyValue"
	IfExists  bool     // the operator carries the IfExists suffix
	Key       string   // as the document spells it
	Values    []string // as the document writes them; numbers and booleans as their JSON text
	Pointer   string   // JSON Pointer into the document
	Line      int      // 1-based, of the condition key
	Column    int      // 1-based, in characters
}

// Statement is a read-only view of one statement.
type Statement struct {
	Index        int
	Sid          string
	Effect       Effect
	Pointer      string // "/Statement/0", or "/Statement" when the element is a lone object
	Line         int    // 1-based, of the openAnswer brace
	Column       int    // 1-based, in characters
	Digest       string // SHA-256, hexadecimal, of the normalised statement without its Sid
	Actions      []string
	NotActions   []string
	Resources    []string
	NotResources []string
	Principals   []Principal
	// NotPrincipal says that Principals lists those whom the statement spares.
	NotPrincipal bool
	Conditions   []Condition
}

// Policy is a parsed policy document. It never changes after Parse and may be used by any
// number of goroutines.
type Policy struct {
	name       string
	kind       Type
	version    string
	id         string
	statements []statement
	warnings   []Warning
	lone       bool // Statement is an object, not a list
	standIn    bool // made by AllowAll or DenyAll, not read
	public     bool // S3's public-policy test, decided at parse time
}

// Name is what reasons call the policy.
func (p *Policy) Name() string { return p.name }

// Type says where the policy stands.
func (p *Policy) Type() Type { return p.kind }

// Version is the policy language version as written; empty when the document has none.
func (p *Policy) Version() string { return p.version }

// ID is the document's Id element.
func (p *Policy) ID() string { return p.id }

// Warnings lists what AWS accepts and the author most likely did not mean.
func (p *Policy) Warnings() []Warning { return append([]Warning(nil), p.warnings...) }

// StandIn reports whether the policy was made by AllowAll or DenyAll in place of one that
// nobody could read.
func (p *Policy) StandIn() bool { return p.standIn }
