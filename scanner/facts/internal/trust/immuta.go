package trust

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// immuta is who calls STS for Immuta: the principal that the export's own status
// text names, else those whom the operator declares, else those whom other status
// texts name. Where nothing tells, it may be anybody but a break-glass principal.
func (r *Role) immuta() iam.Callers {
	principals, accounts, _ := r.expected()
	if _, caller := view.NamedInStatus(r.export.Config.ConnectionStatus); iam.IsAccountID(iam.AccountOf(caller)) {
		principals, accounts = []string{caller}, nil
	}
	c := iam.Callers{Accounts: slices.Clone(accounts), Except: r.export.Expect.BreakGlass}
	for _, p := range principals {
		if a := view.ParseARN(p); a.Resource == "root" {
			// The root user assumes no role: who writes it means the account.
			c.Accounts = append(c.Accounts, a.Account)
		} else {
			c.Principals = append(c.Principals, p)
		}
	}
	return c
}

// trustees are what a statement has to name to let the callers in. For a session that
// is the account, because its ARN does not tell the path of its role.
func trustees(c *iam.Callers) []string {
	names := slices.Clone(c.Accounts)
	for _, p := range c.Principals {
		if a := view.ParseARN(p); a.Service == "sts" {
			p = a.Account
		}
		names = append(names, p)
	}
	slices.Sort(names)
	return fact.NonNil(slices.Compact(names))
}

// expected returns the principals and the accounts that may assume the role:
// those that the operator declares, else those that Immuta's status texts name
// as its own caller, with their accounts. A principal that the operator
// declares narrows its account to the principals declared. The last result is
// false where neither says anything.
func (r *Role) expected() (principals, accounts []string, declared bool) {
	x := &r.export.Expect
	if len(x.ImmutaAccounts) == 0 && len(x.ImmutaPrincipals) == 0 {
		principals = slices.Clone(r.export.Tenant.Principals)
		if _, principal := view.NamedInStatus(r.export.Config.ConnectionStatus); principal != "" {
			principals = append(principals, principal)
		}
		for _, p := range principals {
			if account := iam.AccountOf(p); account != "" {
				accounts = append(accounts, account)
			}
		}
	} else {
		principals = slices.Clone(x.ImmutaPrincipals)
		for _, account := range x.ImmutaAccounts {
			if !slices.ContainsFunc(principals, func(p string) bool { return iam.AccountOf(p) == account }) {
				accounts = append(accounts, account)
			}
		}
	}
	slices.Sort(principals)
	slices.Sort(accounts)
	principals, accounts = slices.Compact(principals), slices.Compact(accounts)
	return principals, accounts, len(principals)+len(accounts) > 0
}
