package listed

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// IsOpen says that the search was cut short before it was known whether there is such
// an access.
func IsOpen(a iam.Access) bool { return a.Capped && a.Verdict == iam.Depends && a.Witness == nil }

// IsRest says that an access stands for all about whom the question was not asked any
// more.
func IsRest(a iam.Access) bool { return a.Rest }

// Describe names a principal class as a person does.
func Describe(p *iam.PrincipalClass) string {
	switch p.Kind {
	case iam.ClassAnonymous:
		return "anyone, without credentials"
	case iam.ClassAnyAccount:
		return "anyone with an AWS account"
	case iam.ClassAccount:
		return "account " + p.Value
	case iam.ClassPrincipal, iam.ClassService, iam.ClassFederated, iam.ClassCanonicalUser:
	}
	return p.Value
}

// AccountOf is the account that a principal class is, or belongs to; empty where it
// has none.
func AccountOf(p *iam.PrincipalClass) string {
	if p.Account != "" {
		return p.Account
	}
	if iam.IsAccountID(p.Value) {
		return p.Value
	}
	return iam.AccountOf(p.Value)
}

// Actions names the actions of a statement.
func Actions(s *iam.Statement) string {
	if len(s.NotActions) > 0 {
		return "everything but " + strings.Join(s.NotActions, ", ")
	}
	return strings.Join(s.Actions, ", ")
}
