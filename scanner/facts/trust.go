package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

const externalIDKey = "sts:ExternalId"

// trust is the role's side of a question about assuming it.
type trust struct {
	arn     string // the role's, as the export names it
	account string
	policy  *iam.Policy
	doc     *policyDocument // of the policy
	ref     string
}

// refs are the documents of a trust question by their policies' names.
func (t *trust) refs() map[string]string { return map[string]string{trustName: t.ref} }

const trustName = "trust policy"

// trust returns the trust policy, or the status of every fact about it. A role
// that does not exist is one that nobody can assume.
func (e *export) trust() (trust, scanner.FactStatus, bool) {
	if e.trusts == nil {
		t, status, ok := e.readTrust()
		e.trusts = &trustLook{t, status, ok}
	}
	return e.trusts.trust, e.trusts.status, e.trusts.ok
}

// trustLook is what trust found.
type trustLook struct {
	trust  trust
	status scanner.FactStatus
	ok     bool
}

func (e *export) readTrust() (trust, scanner.FactStatus, bool) {
	if status, ok := e.storage(); !ok {
		return trust{}, status, false
	}
	if e.who.method == methodAccessKey {
		return trust{}, notApplicable(e.resource, "the export uses an access key, not a role"), false
	}
	if e.who.arn == "" {
		return trust{}, unknown(e.resource, e.who.why, e.who.gaps(e)...), false
	}
	t := trust{arn: e.who.arn, account: iam.AccountOf(e.who.arn)}
	if exists, decided, l := e.writerExists(); decided && !exists {
		t.ref = l.ref()
		status := notApplicable(t.arn, "the role does not exist")
		status.Evidence = []string{t.ref}
		return t, status, false
	}
	l := e.look(document.KindTrustPolicy)
	if !l.read() {
		gap := e.gapOf(document.KindTrustPolicy)
		return t, unknown(t.arn, because("the role's trust policy", &gap), gap), false
	}
	p := e.parse(l.doc, iam.TrustPolicy, trustName)
	if p.gap != nil {
		return t, unknown(t.arn, because("the role's trust policy", p.gap), *p.gap), false
	}
	t.policy, t.doc, t.ref = p.policy, p.doc, p.ref
	return t, scanner.FactStatus{}, true
}

// assumeContext is what is known of any request to assume the role.
func (e *export) assumeContext(t *trust) map[string][]string {
	values := e.d.contexts.clock()
	values["aws:SecureTransport"] = []string{"true"}
	values["aws:ResourceAccount"] = []string{t.account}
	return values
}

func (e *export) externalIDAccepted() *Fact[ExternalIDAccepted] {
	t, status, ok := e.trust()
	value := ExternalIDAccepted{RoleARN: t.arn, ConfigurationID: e.cfg.ID, DemandedIDs: []string{}}
	if !ok {
		if status.State == scanner.FactNotApplicable && t.arn != "" {
			value.Why, value.At = "the role does not exist", scanner.At(t.ref, "")
			return known(value, rests(t.arn, status.Evidence, note(value.At, value.Why)))
		}
		return unresolved[ExternalIDAccepted](status)
	}
	value.DemandedIDs = demandedIDs(t.doc.statements())
	best := e.bestAssume(&t)
	status = scanner.FactStatus{
		Resource: t.arn, Assumptions: e.d.assumptions,
		Reasons: reasonsOf(t.refs(), best.Reasons, best.Considered),
	}
	status.Evidence = evidenceOf(status.Reasons, t.ref, e.configRef)
	if best.Verdict == iam.Depends {
		status.State, status.Needs = scanner.FactUnknown, best.Needs
		status.Because = "whether the role can be assumed with the configuration's id depends on " + dependsOn(best.Needs)
		return unresolved[ExternalIDAccepted](status)
	}
	value.Accepted = best.Verdict == iam.Yes
	value.At = firstAt(status.Reasons, nearestAllow(&t))
	if !value.Accepted {
		value.Why = whyRefused(&value, &best)
		status.Reasons = append([]scanner.Reason{note(value.At, value.Why)}, status.Reasons...)
	}
	return known(value, status)
}

// bestAssume asks whether anybody may assume the role with the configuration's
// id, of those that may be meant to: whom its trust policy names, whom the
// operator expects and whom Immuta's status texts name. Services and federated
// identities send no ExternalId.
func (e *export) bestAssume(t *trust) iam.Answer {
	values := e.assumeContext(t)
	values[externalIDKey] = []string{e.cfg.ID}
	named, accounts, _ := e.expected()
	return iam.AskAnybody(&iam.Request{
		Action: "sts:AssumeRole", Resource: t.arn, ResourceAccount: t.account,
		Context: iam.NewContext(values), OthersUnknown: true,
	}, t.policy, named, append(accounts, t.doc.unnamed()))
}

// demandedIDs are the literal ids that the Allow statements demand, sorted.
func demandedIDs(statements []iam.Statement) []string {
	ids := []string{}
	for _, s := range statements {
		if s.Effect != iam.Allow {
			continue
		}
		for _, c := range s.Conditions {
			positive := strings.HasPrefix(c.Operator, "String") && !strings.HasPrefix(c.Operator, "StringNot")
			if positive && strings.EqualFold(c.Key, externalIDKey) {
				ids = append(ids, c.Values...)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// nearestAllow is the place of the first statement that lets anybody in.
func nearestAllow(t *trust) string {
	for _, s := range t.doc.statements() {
		if s.Effect == iam.Allow {
			return scanner.At(t.ref, s.Pointer)
		}
	}
	return scanner.At(t.ref, "")
}

func whyRefused(v *ExternalIDAccepted, a *iam.Answer) string {
	switch {
	case a.ExplicitDeny:
		return "a Deny in the trust policy refuses it"
	case len(v.DemandedIDs) > 0 && !slices.Contains(v.DemandedIDs, v.ConfigurationID):
		return fmt.Sprintf("the trust policy demands the ExternalId %s, and the configuration's id is %s", quoted(v.DemandedIDs), v.ConfigurationID)
	case len(a.Missing) > 0:
		return strings.Join(a.Missing, "; ")
	default:
		return "no statement of the trust policy allows it"
	}
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, " or ")
}
