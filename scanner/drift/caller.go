package drift

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// unnamedRole marks the ARN of a made-up role, which stands for everybody in an
// account in a comparison.
const unnamedRole = ":role/example"

// told returns a witness with a caller that a person recognises. A made-up caller
// stands for others and is not shown by its ARN.
func told(w *iam.Witness, u unit, texts ...string) *iam.Witness {
	if w == nil || !strings.HasPrefix(w.Principal, "arn:") {
		return w
	}
	out := *w
	out.Context = maps.Clone(w.Context)
	if u.kind.OfIdentity() {
		out.Principal = u.resource
	} else if named(w.Principal, texts) {
		return w
	} else {
		out.Principal = standsFor(w.Principal, u, texts)
	}
	maps.DeleteFunc(out.Context, func(key string, _ []string) bool {
		return slices.Contains([]string{"aws:principalarn", "aws:principalaccount", "aws:principalisawsservice"}, strings.ToLower(key))
	})
	return &out
}

// standsFor says whom a made-up principal stands for.
func standsFor(principal string, u unit, texts []string) string {
	account := iam.AccountOf(principal)
	whose := "account " + account
	if account != iam.AccountOf(u.resource) && !named(account, texts) {
		whose = "any AWS account"
	}
	if strings.Contains(principal, unnamedRole) {
		return "anybody in " + whose
	}
	return "principals of " + whose + " that the conditions on aws:PrincipalArn let in"
}

func named(name string, texts []string) bool {
	for _, text := range texts {
		if strings.Contains(text, name) {
			return true
		}
	}
	return false
}
