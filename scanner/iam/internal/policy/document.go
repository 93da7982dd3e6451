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
	StandIn    bool // made by NewStandIn, not read
	Public     bool // S3's public-policy test, decided at parse time
}

// AllMatch reports whether all statements match, so that none has to be left out.
func (d *Document) AllMatch(matches func(*Statement) bool) bool {
	for i := range d.Statements {
		if !matches(&d.Statements[i]) {
			return false
		}
	}
	return true
}

// CopyMatching copies the document to another, with those statements that match. It reuses the
// other's list of statements when that is large enough.
func (d *Document) CopyMatching(matches func(*Statement) bool, to *Document) {
	statements := to.Statements[:0]
	*to = *d
	to.Statements = statements
	for i := range d.Statements {
		s := &d.Statements[i]
		if !matches(s) {
			continue
		}
		if to.Statements == nil {
			to.Statements = make([]Statement, 0, len(d.Statements)-i)
		}
		to.Statements = append(to.Statements, *s)
	}
}
