package facts

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/view"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

const externalIDKey = "sts:ExternalId"

// trust is the role's side of a question about assuming it.
type trust struct {
	arn     string // the role's, as the export names it
	account string
	policy  *iam.Policy
	doc     *view.PolicyDocument // of the policy
	ref     string
	// controls are the resource control policies that bind the role.
	controls *view.Controls
}

// refs are the documents of a trust question by their policies' names.
func (t *trust) refs() map[string]string {
	refs := maps.Clone(t.controls.Refs)
	refs[trustName] = t.ref
	return refs
}

// policies are those of the role's side.
func (t *trust) policies() *iam.Policies {
	return &iam.Policies{Resource: t.policy, RCPs: t.controls.Levels, ManagementAccount: t.controls.Management}
}

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
	if status, ok := e.WritesToS3(); !ok {
		return trust{}, status, false
	}
	if e.Writer.Method == view.MethodAccessKey {
		return trust{}, fact.NotApplicable(e.Resource, "the export uses an access key, not a role"), false
	}
	if e.Writer.ARN == "" {
		return trust{}, fact.Unknown(e.Resource, e.Writer.Why, e.WriterGaps()...), false
	}
	t := trust{arn: e.Writer.ARN, account: iam.AccountOf(e.Writer.ARN)}
	t.controls = e.ControlsOf(document.ResourceControls, t.account)
	if exists, decided, l := e.WriterExists(); decided && !exists {
		t.ref = l.Ref()
		status := fact.NotApplicable(t.arn, "the role does not exist")
		status.Evidence = []string{t.ref}
		return t, status, false
	}
	l := e.Look(document.KindTrustPolicy)
	if !l.Read() {
		gap := e.GapOf(document.KindTrustPolicy)
		return t, fact.Unknown(t.arn, proof.Because("the role's trust policy", &gap), gap), false
	}
	p := e.Parse(l.Doc, iam.TrustPolicy, trustName)
	if p.Gap != nil {
		return t, fact.Unknown(t.arn, proof.Because("the role's trust policy", p.Gap), *p.Gap), false
	}
	t.policy, t.doc, t.ref = p.Policy, p.Doc, p.Ref
	return t, scanner.FactStatus{}, true
}

// unread is the status of a fact about somebody whom the trust policy lets in, where
// a control policy that nobody could read may keep him out.
func (t *trust) unread(what string) scanner.FactStatus {
	gaps := t.controls.Gaps
	status := fact.Unknown(t.arn, what+" is open: "+proof.Because("the "+gaps[0].Kind.Noun(), &gaps[0]), gaps...)
	status.Evidence = []string{t.ref}
	return status
}

// assumeContext is what is known of any request to assume the role.
func (e *export) assumeContext(t *trust) iam.Context {
	return e.Run.Requests.Clock.WithEach(map[string]string{"aws:SecureTransport": "true", "aws:ResourceAccount": t.account})
}

func (e *export) externalIDAccepted() *fact.Of[fact.ExternalIDAccepted] {
	t, status, ok := e.trust()
	value := fact.ExternalIDAccepted{RoleARN: t.arn, ConfigurationID: e.Config.ID, DemandedIDs: []string{}, Immuta: []string{}, Trustees: []string{}, Instead: []string{}}
	if !ok {
		if status.State == scanner.FactNotApplicable && t.arn != "" {
			value.Cause, value.Why, value.At = causeNoRole, "the role does not exist", scanner.At(t.ref, "")
			return fact.Known(value, fact.Rests(t.arn, status.Evidence, fact.Note(value.At, value.Why)))
		}
		return fact.Unresolved[fact.ExternalIDAccepted](status)
	}
	value.DemandedIDs = demandedIDs(t.doc.Statements())
	callers := e.immuta()
	value.Immuta, value.Trustees = fact.NonNil(slices.Concat(callers.Accounts, callers.Principals)), trustees(&callers)
	best := e.mayAssume(&t, &callers, e.Config.ID, nil)
	status = scanner.FactStatus{
		Resource: t.arn, Assumptions: t.controls.Taken(e.AssumptionsWith(best.Declared), scanner.NoRCP),
		Reasons: proof.Of(t.refs(), best.Reasons, best.Considered),
	}
	if provider, ok := e.byProvider(&t, &callers); ok && best.Verdict != iam.Yes {
		best = iam.Answer{Verdict: iam.Yes, Reasons: provider.Reasons}
		status.Reasons = proof.Of(t.refs(), provider.Reasons)
	}
	if proof.Undecided(&best) {
		return fact.Unresolved[fact.ExternalIDAccepted](t.open("whether Immuta can assume the role with the configuration's id"))
	}
	if best.Verdict == iam.Depends {
		status.State, status.Needs, status.DeclaredIn = scanner.FactUnknown, best.Needs, view.DeclaredIn(view.DeclaredAssumes, keys.Assume, best.Needs)
		status.Because = "whether Immuta can assume the role with the configuration's id depends on " + proof.DependsOn(best.Needs)
		status.Evidence = proof.Evidence(status.Reasons, t.ref, e.ConfigRef)
		return fact.Unresolved[fact.ExternalIDAccepted](status)
	}
	if best.Verdict == iam.Yes && len(t.controls.Gaps) > 0 {
		return fact.Unresolved[fact.ExternalIDAccepted](t.unread("whether Immuta can assume the role with the configuration's id"))
	}
	value.Accepted = best.Verdict == iam.Yes
	value.At = proof.FirstAt(status.Reasons, nearestAllow(&t))
	if !value.Accepted {
		e.explainLockout(&t, &callers, &best, &value)
		status.Reasons = append([]scanner.Reason{fact.Note(value.At, value.Why)}, status.Reasons...)
	}
	status.Evidence = proof.Evidence(status.Reasons, t.ref, e.ConfigRef)
	return fact.Known(value, status)
}

// mayAssume asks whether any of the callers may assume the role with an
// ExternalId. They call STS themselves.
func (e *export) mayAssume(t *trust, callers *iam.Callers, id string, effort *iam.Effort) iam.Answer {
	known := map[string]string{"aws:ResourceAccount": t.account, externalIDKey: id}
	req := iam.Request{
		Action: "sts:AssumeRole", Resource: t.arn, ResourceAccount: t.account,
		Context: e.Run.Requests.ByKind[keys.Assume].WithEach(known), OthersUnknown: true, Kind: keys.Assume, Effort: effort,
	}
	e.Declare(&req, e.Expect.AssumeRequests)
	if e.Expect.Organization != "" {
		view.Declare(&req, view.ResourceOrgKey, e.Expect.Organization)
	}
	return iam.AskAnybody(&req, t.policies(), callers)
}

// byProvider is the door of an identity provider that Immuta comes by, which
// takes no ExternalId.
func (e *export) byProvider(t *trust, callers *iam.Callers) (iam.Access, bool) {
	for _, access := range e.whoIsTrusted(t) {
		if access.Principal.Kind == iam.ClassFederated && slices.Contains(callers.Principals, access.Principal.Value) {
			return access, true
		}
	}
	return iam.Access{}, false
}

// demandedIDs are the literal ids that the Allow statements demand, sorted.
func demandedIDs(statements []iam.Statement) []string {
	ids := []string{}
	for i := range statements {
		if statements[i].Effect == iam.Allow {
			ids = append(ids, idsOf(&statements[i], true)...)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// idsOf are the ids that a statement compares an ExternalId with, only those
// that it demands or all.
func idsOf(s *iam.Statement, demanded bool) (ids []string) {
	for _, c := range s.Conditions {
		demands := strings.HasPrefix(c.Operator, "String") && !strings.HasPrefix(c.Operator, "StringNot")
		if strings.EqualFold(c.Key, externalIDKey) && (demands || !demanded) {
			ids = append(ids, c.Values...)
		}
	}
	return ids
}

// nearestAllow is the place of the first statement that lets anybody in.
func nearestAllow(t *trust) string {
	return scanner.At(t.ref, view.FirstAllow(t.policy))
}
