package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/view"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/iam"
)

// externalIDBypass is who outside the role's account may assume it without an
// ExternalId, or with one that no configuration of this run has.
func (e *export) externalIDBypass() *fact.Of[fact.ExternalIDBypass] {
	t, status, ok := e.trust()
	if !ok {
		return fact.Unresolved[fact.ExternalIDBypass](status)
	}
	named := externalIDs(t.doc.Statements())
	certain, uncertain := e.bypasses(&t, e.knownIDs(named))
	value := fact.ExternalIDBypass{RoleARN: t.arn, Accesses: []fact.Access{}}
	status = scanner.FactStatus{Resource: t.arn, Assumptions: t.controls.Taken(e.Run.Assumptions, scanner.NoRCP)}
	if len(certain) > 0 && !e.Run.Complete {
		// An id that the policy names may be that of a tenant whose list could
		// not be read: what stays when all of them are taken for known is
		// certain all the same.
		stale := certain
		certain, _ = e.bypasses(&t, append(e.knownIDs(named), named...))
		if len(certain) == 0 {
			status.State, status.Gaps = scanner.FactUnknown, e.Run.UnreadLists()
			status.Because = "the trust policy names ExternalIds that no configuration read has, and not every tenant's configurations could be read"
			accessReasons(&t, stale, &status)
			status.Evidence = proof.Evidence(status.Reasons, t.ref)
			return fact.Unresolved[fact.ExternalIDBypass](status)
		}
	}
	if len(certain) == 0 && len(uncertain) > 0 {
		status.State, status.Needs = scanner.FactUnknown, needsOf(uncertain)
		status.Because = "whether " + describe(&uncertain[0].Principal) + " can assume the role without a known ExternalId depends on " + proof.DependsOn(status.Needs)
		if len(status.Needs) == 0 && slices.ContainsFunc(uncertain, isOpen) {
			return fact.Unresolved[fact.ExternalIDBypass](t.open("who can assume the role without a known ExternalId"))
		}
		accessReasons(&t, uncertain, &status)
		status.Evidence = proof.Evidence(status.Reasons, t.ref)
		return fact.Unresolved[fact.ExternalIDBypass](status)
	}
	if len(certain) > 0 && len(t.controls.Gaps) > 0 {
		return fact.Unresolved[fact.ExternalIDBypass](t.unread("whether others can assume the role without a known ExternalId"))
	}
	for i := range certain {
		value.Accesses = append(value.Accesses, t.access(&certain[i], howAssumed(&certain[i], named)))
	}
	value.Accesses = mergeAccesses(value.Accesses)
	accessReasons(&t, certain, &status)
	if len(certain) == 0 {
		status.Reasons = []scanner.Reason{fact.Note(scanner.At(t.ref, ""), "nobody outside account "+t.account+" can assume the role without the id of a configuration")}
	}
	status.Evidence = proof.Evidence(status.Reasons, t.ref)
	return fact.Known(value, status)
}

// bypasses asks who gets in, and tells those who certainly do from those for
// whom something unknown decides. Services and identity providers send no
// ExternalId and are no matter of it.
func (e *export) bypasses(t *trust, known []string) (certain, uncertain []iam.Access) {
	key := view.AnswerKey{Question: "assume", Resource: t.arn, More: strings.Join(known, " ") + " " + t.controls.Key}
	var effort iam.Effort // of one question
	for _, access := range view.Remember(t.doc, key, &effort, func(cost *iam.Effort) []iam.Access {
		return iam.WhoCanAssume(t.policy, iam.AssumeQuestion{
			RoleARN: t.arn, Account: t.account, KnownExternalIDs: known,
			Context: e.assumeContext(t), Effort: cost,
			RCPs: t.controls.Levels, ManagementAccount: t.controls.Management,
		})
	}) {
		switch {
		case isDoor(&access.Principal):
		case access.Verdict == iam.Yes || (!access.Capped && len(access.OutsideNeeds()) == 0):
			certain = append(certain, access)
		default:
			uncertain = append(uncertain, access)
		}
	}
	return certain, uncertain
}

// externalIDs are all values that a trust policy compares an ExternalId with.
func externalIDs(statements []iam.Statement) []string {
	var ids []string
	for i := range statements {
		ids = append(ids, idsOf(&statements[i], false)...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// knownIDs are those of the named ids that a configuration of the run has. No
// other id of the run can play a part: a policy decides by the ids it names.
func (e *export) knownIDs(named []string) []string {
	var ids []string
	for _, id := range named {
		if e.Run.HasConfiguration(id) || id == e.Config.ID {
			ids = append(ids, id)
		}
	}
	return ids
}

func needsOf(accesses []iam.Access) []string {
	var needs []string
	for i := range accesses {
		needs = append(needs, accesses[i].Needs...)
	}
	slices.Sort(needs)
	return slices.Compact(needs)
}

// accessReasons puts the statements by which some get in into a status.
func accessReasons(t *trust, accesses []iam.Access, status *scanner.FactStatus) {
	var p proof.List
	for i := range accesses {
		p.AddAccess(t.refs(), &accesses[i])
	}
	status.Reasons, status.More = p.Reasons, p.More
}

// access turns one access to the role into what a rule sees.
func (t *trust) access(a *iam.Access, how string) fact.Access {
	return accessOf(t.doc, t.ref, a, how)
}

// accessOf turns an access into what a rule sees: the statement that decides
// gives its place and its key.
func accessOf(d *view.PolicyDocument, ref string, a *iam.Access, how string) fact.Access {
	out := fact.Access{
		Principal: a.Principal.Value, Kind: strings.ReplaceAll(string(a.Principal.Kind), "-", "_"),
		Action: a.Action, How: how, At: scanner.At(ref, ""),
	}
	if out.Principal == "" || out.Principal == "*" || a.Principal.Kind == iam.ClassAnonymous || a.Principal.Kind == iam.ClassAnyAccount {
		out.Principal = "anyone"
	}
	if r, ok := decidingAllow(d.Policy, a); ok {
		out.At = scanner.At(ref, r.Pointer)
		out.Key = d.Digests()[r.Index]
	}
	return out
}

// namesShown bounds how many principals and actions of one statement are named.
const namesShown = 3

// mergeAccesses makes one access of all that come by one statement: a finding
// is about a statement, which may name many.
func mergeAccesses(accesses []fact.Access) []fact.Access {
	out := []fact.Access{}
	type statement struct{ key, at string }
	places := map[statement]int{}
	var names, actions []distinct
	for _, a := range accesses {
		i, met := places[statement{a.Key, a.At}]
		if !met {
			i = len(out)
			places[statement{a.Key, a.At}] = i
			out, names, actions = append(out, a), append(names, distinct{}), append(actions, distinct{})
		}
		names[i].add(a.Principal)
		actions[i].add(a.Action)
	}
	for i := range out {
		shown := names[i].list
		if names[i].met["anyone"] {
			shown = []string{"anyone"}
		}
		out[i].Principal, out[i].Action = someOf(shown), someOf(actions[i].list)
	}
	return out
}

// distinct is a list of texts, each once.
type distinct struct {
	list []string
	met  map[string]bool
}

func (d *distinct) add(text string) {
	if d.met[text] {
		return
	}
	if d.met == nil {
		d.met = map[string]bool{}
	}
	d.met[text], d.list = true, append(d.list, text)
}

// someOf names the first of a list, and how many more there are.
func someOf(names []string) string {
	if more := len(names) - namesShown; more > 0 {
		names = append(names[:namesShown:namesShown], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, " and ")
}

// decidingAllow is the policy's statement by which somebody gets in. Other
// reasons are those of policies that stand for the caller's own.
func decidingAllow(p *iam.Policy, a *iam.Access) (iam.Reason, bool) {
	for i := range a.Reasons {
		if a.Reasons[i].Policy == p.Name() && a.Reasons[i].Effect == string(iam.Allow) {
			return a.Reasons[i], true
		}
	}
	return iam.Reason{}, false
}

// howAssumed says with which ExternalId, if any, somebody gets in.
func howAssumed(a *iam.Access, named []string) string {
	if a.Witness == nil {
		return "without the id of a configuration"
	}
	for key, values := range a.Witness.Context {
		switch {
		case !strings.EqualFold(key, externalIDKey) || len(values) == 0:
		case slices.Contains(named, values[0]):
			return fmt.Sprintf("with ExternalId %q", values[0])
		default:
			return fmt.Sprintf("with an ExternalId that no configuration has, such as %q", values[0])
		}
	}
	return "without an ExternalId"
}

// describe names a principal class as a person does.
func describe(p *iam.PrincipalClass) string {
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
