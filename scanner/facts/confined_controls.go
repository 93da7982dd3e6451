package facts

import (
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/listed"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
	"github.com/trailguard/trailguard/scanner/iam"
)

// above are the control policies that may deny what the bucket policy leaves to
// others: those of the bucket, and those of the account. None: no Deny of theirs is
// known.
func (x *unconfined) above(e *export, left []iam.Access, account string) []*view.Controls {
	if !slices.ContainsFunc(left, func(a iam.Access) bool { return !e.mayWrite(&a.Principal, account) }) {
		return nil
	}
	scps := e.ControlsOf(document.ServiceControls, account)
	x.rcps = e.OwnerControls()
	if !slices.Contains(x.scps, scps) {
		x.scps = append(x.scps, scps)
	}
	if len(x.rcps.DenyRefs)+len(scps.DenyRefs) == 0 {
		return nil
	}
	return []*view.Controls{x.rcps, scps}
}

// notDenied lists to whom an action is not denied, by the bucket policy and by control
// policies. A service control policy binds everybody of its account, and nobody else is
// asked about here: its Denies work as those of the resource do.
func (e *export) notDenied(p view.Slot, action, account string, controls []*view.Controls) []iam.Access {
	if len(controls) == 0 && (p.Policy == nil || !view.Denies(p.Doc.Statements())) {
		everybody := iam.PrincipalClass{Kind: iam.ClassAccount, Value: account, Account: account}
		return []iam.Access{{Principal: everybody, Verdict: iam.Yes}}
	}
	q := iam.WhoCanQuestion{
		Action: action, Resource: e.Target(), ResourceAccount: account,
		Policies: iam.Policies{Resource: p.Policy},
	}
	q.Context, q.Absent = e.BucketTags().Context(e.Run.Requests.Clock)
	key := view.AnswerKey{Question: "unconfined " + action, Resource: e.Target(), Owner: account, More: e.BucketTags().Digest + " "}
	for _, c := range controls {
		q.Policies.RCPs, key.More = append(q.Policies.RCPs, c.Levels...), key.More+c.Key
	}
	if p.Policy == nil {
		q.Policies.Resource = iam.AllowAll("bucket policy")
		return iam.WhoIsNotDenied(q)
	}
	var effort iam.Effort
	return view.Remember(p.Doc, key, &effort, func(cost *iam.Effort) []iam.Access {
		q.Effort = cost
		return iam.WhoIsNotDenied(q)
	})
}

// controls are those that were asked, each once.
func (x *unconfined) controls() []*view.Controls {
	if x.rcps == nil {
		return nil
	}
	return append([]*view.Controls{x.rcps}, x.scps...)
}

// unread are the gaps in the place of what could deny more: control policies, and tags
// by which a Deny goes.
func (x *unconfined) unread() []scanner.Gap {
	gaps := slices.Clone(x.tags)
	for _, c := range x.controls() {
		for _, g := range c.Gaps {
			if !slices.Contains(gaps, g) { // both may lack the organization
				gaps = append(gaps, g)
			}
		}
	}
	return gaps
}

// status says on what the answer rests.
func (x *unconfined) status(e *export, p view.Slot, left []fact.Unconfined) scanner.FactStatus {
	text := "the bucket policy denies writing and deleting to everybody of the account but those who are meant to"
	var by listed.Distinct
	assumptions := e.Run.Assumptions
	for _, c := range x.controls() {
		for _, ref := range c.DenyRefs {
			by.Add(ref)
		}
		assumed := scanner.NoSCP
		if c == x.rcps {
			assumed = scanner.NoRCP
		}
		assumptions = c.Taken(assumptions, assumed)
	}
	var reasons []scanner.Reason
	switch {
	case len(left) > 0:
		text = "the bucket policy does not deny writing and deleting to " + left[0].Principal
	case x.rcps != nil:
		text = "the bucket policy and the organization deny writing and deleting to everybody of the account but those who are meant to"
		for _, ref := range by.List {
			reasons = append(reasons, fact.Note(scanner.At(ref, ""), "its Deny takes part"))
		}
	}
	reasons = append([]scanner.Reason{fact.Note(scanner.At(p.Ref, ""), text)}, reasons...)
	status := fact.Rests(e.BucketARN, nil, reasons...)
	status.Evidence, status.Assumptions = proof.Evidence(reasons, p.Ref), assumptions
	return status
}
