package trust

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// assumeActions are the doors into a role.
var assumeActions = []string{"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML"}

// TrustedPrincipals is who the trust policy lets in. The role's own account is
// trusted only where it is expected: Immuta's documents have people trust
// "your AWS account", which lets in everybody there whom an administrator
// permits, and not Immuta. Break-glass principals are expected everywhere.
func (r *Role) TrustedPrincipals() *fact.Of[fact.TrustedPrincipals] {
	if !r.known {
		return fact.Unresolved[fact.TrustedPrincipals](r.status)
	}
	principals, accounts, declared := r.expected()
	if !declared {
		because := "nobody said who may assume the role; set expect.immutaAccounts to the account that Immuta calls from, " +
			"which is yours only where Immuta runs in it"
		return fact.Unresolved[fact.TrustedPrincipals](fact.Unknown(r.arn, because, scanner.Gap{
			Kind: document.KindTrustPolicy, Resource: r.arn, Reason: scanner.ReasonSubjectMissing, Detail: because,
		}))
	}
	value := fact.TrustedPrincipals{
		RoleARN: r.arn, Account: r.account,
		Principals: []fact.TrustedPrincipal{}, Immuta: fact.NonNil(slices.Concat(accounts, principals)),
	}
	immuta := principals
	principals = slices.Concat(immuta, r.export.Expect.BreakGlass)
	slices.Sort(principals)
	value.Expected = fact.NonNil(slices.Concat(accounts, slices.Compact(principals)))
	slices.Sort(value.Expected)
	accesses := r.whoIsTrusted()
	status := scanner.FactStatus{Resource: r.arn, Assumptions: r.controls.Taken(r.export.Run.Assumptions, scanner.NoRCP)}
	r.giveReasons(accesses, &status)
	if len(accesses) == 0 {
		status.Reasons = []scanner.Reason{fact.Note(scanner.At(r.policy.Ref, ""), "the trust policy lets nobody in")}
	}
	status.Evidence = proof.Evidence(status.Reasons, r.policy.Ref)
	for i := range accesses {
		a := &accesses[i]
		shown := r.access(a, "")
		value.ImmutaTrusted = value.ImmutaTrusted || isExpected(&a.Principal, immuta, accounts)
		if isDoor(&a.Principal) || a.Rest {
			continue // by a door of its own: otherDoors; or decided below
		}
		value.Principals = append(value.Principals, fact.TrustedPrincipal{
			Principal: shown.Principal, Account: listed.AccountOf(&a.Principal), Kind: shown.Kind,
			Expected: isExpected(&a.Principal, principals, accounts), At: shown.At,
			// Each principal once: a statement may name several.
			Key: shown.Kind + " " + shown.Principal,
		})
	}
	stranger := func(p fact.TrustedPrincipal) bool { return !p.Expected }
	if slices.ContainsFunc(accesses, listed.IsRest) && !slices.ContainsFunc(value.Principals, stranger) {
		return fact.Unresolved[fact.TrustedPrincipals](r.open("who may assume the role"))
	}
	if gaps := r.mayKeepOut(accesses); len(gaps) > 0 && slices.ContainsFunc(value.Principals, stranger) {
		return fact.Unresolved[fact.TrustedPrincipals](r.unread("whether others than those expected may assume the role", gaps))
	}
	return fact.Known(value, status)
}

// whoIsTrusted lists who may assume the role, asked once for each policy.
func (r *Role) whoIsTrusted() []iam.Access {
	var effort iam.Effort // of a question for each door
	key := view.AnswerKey{Question: "trusted", Resource: r.arn, More: r.controls.Key + r.export.ResourceTags().Digest}
	return view.Remember(r.policy.Doc, key, &effort, func(cost *iam.Effort) []iam.Access {
		return r.askWhoIsTrusted(cost)
	})
}

// askWhoIsTrusted lists who may assume the role by any door, each once.
func (r *Role) askWhoIsTrusted(cost *iam.Effort) []iam.Access {
	context, absent := r.assumeContext()
	type who struct {
		class iam.PrincipalClass
		rest  bool
	}
	seen := map[who]bool{}
	var out []iam.Access
	actions := assumeActions
	if !namesProvider(r.policy.Doc.Statements()) {
		actions = assumeActions[:1]
	}
	for _, action := range actions {
		for _, access := range iam.WhoCan(iam.WhoCanQuestion{
			Action: action, Resource: r.arn, ResourceAccount: r.account,
			Policies: *r.policies(), Context: context, Absent: absent, Effort: cost,
		}) {
			if key := (who{access.Principal, access.Rest}); access.Verdict != iam.No && !seen[key] {
				seen[key] = true
				out = append(out, access)
			}
		}
	}
	slices.SortStableFunc(out, func(x, y iam.Access) int {
		return cmp.Or(cmp.Compare(x.Principal.Kind, y.Principal.Kind), strings.Compare(x.Principal.Value, y.Principal.Value))
	})
	return out
}

// namesProvider says whether a trust policy names anybody who could come by
// the doors of identity providers.
func namesProvider(statements []iam.Statement) bool {
	for i := range statements {
		for _, p := range statements[i].Principals {
			if statements[i].NotPrincipal || p.Kind == iam.PrincipalFederated || p.Kind == iam.PrincipalAnyone {
				return true
			}
		}
	}
	return false
}

// isExpected says whether a trusted principal is one that should be. An
// identity provider is in the role's own account and lets in others: only its
// ARN makes it expected. Anyone never is.
func isExpected(p *iam.PrincipalClass, principals, accounts []string) bool {
	switch p.Kind {
	case iam.ClassPrincipal:
		return slices.ContainsFunc(principals, func(x string) bool { return identities.Same(x, p.Value) }) ||
			slices.Contains(accounts, listed.AccountOf(p))
	case iam.ClassAccount:
		root := func(x string) bool {
			a := view.ParseARN(x)
			return a.Resource == "root" && a.Account == listed.AccountOf(p)
		}
		return slices.Contains(accounts, listed.AccountOf(p)) || slices.ContainsFunc(principals, root)
	case iam.ClassFederated, iam.ClassService:
		return slices.Contains(principals, p.Value)
	case iam.ClassAnyAccount, iam.ClassAnonymous, iam.ClassCanonicalUser:
	}
	return false
}
