package trust

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Why Immuta cannot assume the role, as ExternalIDAccepted.Cause has it.
const (
	causeNoRole     = "no_role"
	causeStaleID    = "stale_id"
	causeDenied     = "denied"
	causeCondition  = "condition"
	causeDeleted    = "deleted_principal"
	causeOwnAccount = "own_account"
	causeNotTrusted = "not_trusted"
)

// explainLockout finds out why a role does not let Immuta in, and with which
// change it would: the id, a Deny, a condition, or whom the policy trusts.
func (r *Role) explainLockout(callers *iam.Callers, refusal *iam.Answer, v *fact.ExternalIDAccepted) {
	statements := r.policy.Doc.Statements()
	naming := slices.IndexFunc(statements, func(s iam.Statement) bool {
		return s.Effect == iam.Allow && namesCaller(&s, callers) && r.policy.Policy.CoversAction(s.Index, assumeActions[0])
	})
	var effort iam.Effort
	opening := slices.DeleteFunc(externalIDs(statements), func(id string) bool {
		if effort > proof.MaxEffort {
			return true // the ids before it explain enough
		}
		answer := r.mayAssume(callers, id, &effort)
		return answer.Verdict == iam.No || answer.Capped
	})
	who := whoCalls(v.Immuta)
	switch {
	case len(opening) > 0:
		v.Cause, v.DemandedIDs = causeStaleID, opening
		v.Why = fmt.Sprintf("the trust policy demands the ExternalId %s, and the configuration's id is %s", quoted(opening), v.ConfigurationID)
		v.At = r.at(slices.IndexFunc(statements, func(s iam.Statement) bool { return len(idsOf(&s, false)) > 0 }))
	case naming >= 0 && refusal.ExplicitDeny:
		v.Cause, v.Why = causeDenied, "a Deny in the "+refusing(refusal)+" refuses "+who
	case naming >= 0:
		v.Cause, v.At = causeCondition, r.at(naming)
		v.Why = fmt.Sprintf("the statement that trusts %s has a condition on %s that Immuta's calls do not meet", who, unmetKeys(&statements[naming], v.ConfigurationID))
	default:
		r.explainDistrust(v)
	}
}

// refusing is the policy of the Deny that refuses.
func refusing(refusal *iam.Answer) string {
	if len(refusal.Reasons) > 0 {
		return refusal.Reasons[0].Policy
	}
	return trustName
}

// explainDistrust says whom a trust policy trusts in the place of Immuta: a
// principal that was deleted, which AWS shows by its unique id, or the role's
// own account, which Immuta's documents are read as asking for.
func (r *Role) explainDistrust(v *fact.ExternalIDAccepted) {
	v.Cause, v.Why = causeNotTrusted, "no statement of the trust policy trusts "+whoCalls(v.Immuta)
	for i, s := range r.policy.Doc.Statements() {
		for _, p := range s.Principals {
			deleted := identities.Deleted(&p)
			own := isAccount(&p, r.account) && !slices.Contains(r.export.Expect.BreakGlass, p.Value)
			if s.Effect != iam.Allow || s.NotPrincipal || !deleted && (!own || v.Cause == causeDeleted) {
				continue
			}
			if deleted && v.Cause != causeDeleted {
				v.Cause, v.Instead = causeDeleted, []string{}
				v.Why = "the trust policy names a principal that was deleted, and does not trust " + whoCalls(v.Immuta)
			}
			name := p.Value
			if own {
				name = r.account
			}
			if !slices.Contains(v.Instead, name) {
				v.Instead = append(v.Instead, name)
			}
			v.At = r.at(i)
		}
	}
	if v.Cause == causeNotTrusted && len(v.Instead) > 0 && len(v.Immuta) > 0 {
		v.Cause = causeOwnAccount
	}
}

// at is the place of a statement; of the document where the index is none.
func (r *Role) at(index int) string {
	if index < 0 {
		return scanner.At(r.policy.Ref, "")
	}
	return scanner.At(r.policy.Ref, r.policy.Doc.Statements()[index].Pointer)
}

// whoCalls names those who call for Immuta in a sentence.
func whoCalls(told []string) string {
	if len(told) == 0 {
		return "anybody"
	}
	return strings.Join(told, " or ")
}

// namesCaller says whether the principals of a statement cover one that calls
// for Immuta.
func namesCaller(s *iam.Statement, c *iam.Callers) bool {
	return slices.ContainsFunc(s.Principals, func(p iam.Principal) bool {
		account := iam.AccountOf(p.Value)
		switch {
		case slices.Contains(c.Except, p.Value), p.Kind != iam.PrincipalAWS && p.Kind != iam.PrincipalAnyone, identities.Deleted(&p):
			return false
		case s.NotPrincipal, p.Kind == iam.PrincipalAnyone, c.Anybody():
			return true
		}
		return slices.Contains(c.Accounts, account) || slices.Contains(c.Accounts, p.Value) ||
			slices.ContainsFunc(c.Principals, func(x string) bool { return identities.Same(x, p.Value) || isAccount(&p, iam.AccountOf(x)) })
	})
}

// isAccount says whether a principal is a whole account.
func isAccount(p *iam.Principal, account string) bool {
	a := view.ParseARN(p.Value)
	return p.Kind == iam.PrincipalAWS && (p.Value == account || a.Account == account && a.Resource == "root")
}

// unmetKeys are the keys of a statement's conditions, but for an ExternalId
// that is as demanded.
func unmetKeys(s *iam.Statement, id string) string {
	var keys []string
	for _, c := range s.Conditions {
		met := strings.EqualFold(c.Key, externalIDKey) && !strings.HasPrefix(c.Operator, "StringNot") && slices.Contains(c.Values, id)
		if !met && !slices.Contains(keys, c.Key) {
			keys = append(keys, c.Key)
		}
	}
	return strings.Join(keys, " and ")
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, " or ")
}
