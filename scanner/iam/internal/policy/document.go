package policy

import "github.com/trailguard/trailguard/scanner/iam/internal/source"

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

// Document is a parsed policy document.
type Document struct {
	Name       string
	Kind       Type
	Version    string
	ID         string
	Statements []Statement
	Warnings   []source.Warning
	lone       bool // Statement is an object, not a list
	StandIn    bool // made by newStandIn, not read
	Public     bool // S3's public-policy test, decided at parse time
}
