package iam

import "github.com/trailguard/trailguard/scanner/iam/internal/principal"

// ARN is an Amazon Resource Name in its parts, "arn:partition:service:region:account:resource".
// Region and account are empty where the service has none.
type ARN = principal.ARN

// ParseARN takes an ARN apart. It wants "arn" and six parts, and looks at no part's content: each
// may be empty or a wildcard. For any other text ok is false and the ARN is zero.
func ParseARN(text string) (a ARN, ok bool) { return principal.ParseARN(text) }

// AccountOf is the account part of an ARN as it stands there; empty for any other text.
func AccountOf(arn string) string { return principal.AccountOf(arn) }

// IsAccountID reports whether a text is an account id: twelve digits.
func IsAccountID(text string) bool { return principal.IsAccountID(text) }
