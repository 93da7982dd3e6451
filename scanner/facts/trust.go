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

// callersOwn are the policies of a caller that has every permission.
var callersOwn = []*iam.Policy{iam.AllowAll("the caller's own policies")}

// bestAssume asks for every trusted principal whether it may assume the role
// with the configuration's id, and returns the answer that goes furthest.
func (e *export) bestAssume(t *trust) iam.Answer {
	var best iam.Answer
	standIns, principals := e.candidates(t)
	for i, principal := range principals {
		answer := iam.Explain(
			&iam.Request{
				Principal: principal, Action: "sts:AssumeRole", Resource: t.arn, ResourceAccount: t.account,
				Context: e.callerContext(t, principal, slices.Contains(standIns, principal)), OthersUnknown: true,
			},
			&iam.Policies{Identity: callersOwn, Resource: t.policy},
		)
		if i == 0 || answer.Verdict > best.Verdict || (answer.Verdict == best.Verdict && answer.ExplicitDeny && !best.ExplicitDeny) {
			best = answer
		}
		if best.Verdict == iam.Yes {
			break
		}
	}
	return best
}

// callerContext is what is known of a principal's request with the
// configuration's id. Nobody knows the ARN of those for whom one stands in.
func (e *export) callerContext(t *trust, principal string, standIn bool) iam.Context {
	values := e.assumeContext(t)
	values[externalIDKey] = []string{e.cfg.ID}
	p := parseARN(principal)
	values["aws:PrincipalAccount"] = []string{p.Account}
	if p.Service == "iam" && !standIn {
		values["aws:PrincipalArn"] = []string{principal}
	}
	return iam.NewContext(values)
}

// candidates are the principals that may be meant to assume the role: those
// that its trust policy names, those whom the operator expects and those that
// Immuta's status texts name. Services and federated identities send no
// ExternalId. For an account somebody in it stands in whom nobody names, and
// there is always one account that nobody names, for a policy that trusts anyone.
func (e *export) candidates(t *trust) (standIns, all []string) {
	partition := parseARN(t.arn).Partition
	policies := []*iam.Policy{t.policy}
	addStandIn := func(account string) { standIns = append(standIns, iam.UnnamedRole(policies, partition, account)) }
	for _, s := range t.doc.statements() {
		for _, p := range s.Principals {
			switch {
			case p.Kind != iam.PrincipalAWS:
			case iam.IsAccountID(p.Value):
				addStandIn(p.Value)
			case parseARN(p.Value).Resource == "root":
				addStandIn(iam.AccountOf(p.Value))
			case iam.IsAccountID(iam.AccountOf(p.Value)):
				all = append(all, p.Value)
			}
		}
		all = append(all, boundARNs(&s)...)
	}
	named, accounts, _ := e.expected()
	all = append(all, named...)
	for _, account := range accounts {
		addStandIn(account)
	}
	addStandIn(t.doc.unnamed())
	all = append(all, standIns...)
	slices.Sort(all)
	return standIns, slices.Compact(all)
}

// boundARNs are the principals that a statement narrows a whole account to.
func boundARNs(s *iam.Statement) []string {
	var out []string
	for _, c := range s.Conditions {
		if !strings.EqualFold(c.Key, "aws:PrincipalArn") {
			continue
		}
		for _, value := range c.Values {
			if iam.IsAccountID(iam.AccountOf(value)) && !strings.ContainsAny(value, "*?$") {
				out = append(out, value)
			}
		}
	}
	return out
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
