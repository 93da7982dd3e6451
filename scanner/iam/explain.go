package iam

import (
	"slices"
	"sync"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
)

// Explain answers a question with the statements that decided, every Deny that was considered,
// what is missing for a yes, and, where the answer depends, the keys that decide and a concrete
// request for either side.
func Explain(req *Request, p *Policies) Answer {
	a, _ := explain(req, p, 0)
	return a
}

// explain answers a question that is part of a larger one, and returns the steps of both.
func explain(req *Request, p *Policies, steps int) (Answer, int) {
	x, ok := explanations.Get().(*explanation)
	if !ok {
		x = &explanation{}
	}
	defer explanations.Put(x)
	e := eval{Matcher: match.Matcher{Steps: steps}}
	e.init(req, p)
	a := x.of(&e)
	a.Declared = e.declaredKeys(nil)
	return a, e.Steps
}

// explanations are those that wait for the next question: to make one takes as long as an answer.
var explanations sync.Pool

// explanation is the working memory of explaining one answer. It can be reused for the next
// question, which saves allocations.
type explanation struct {
	layers   layers
	recorder recorder
	tracer   trace.Trace
	// brief leaves out the denies that did not decide, and all that proves a no, but keeps a witness
	// for a Yes that took a search.
	brief bool
	more  int // reasons left out of a brief answer
	*openQuestion
}

// openQuestion is the working memory for a question that three-valued logic leaves at Depends.
type openQuestion struct {
	search   search
	yes, no  Request // the question in a world of either verdict
	probe    eval
	values   [][]string
	keys     []string // that are unknown
	deciding []string // those that decide
}

// of evaluates a question and explains the answer.
func (x *explanation) of(e *eval) Answer {
	x.recorder.reset()
	x.tracer.Reset()
	x.layers, x.more = layers{}, 0
	e.recorder, e.Tracer = &x.recorder, &x.tracer
	e.gather(&x.layers)
	a := Answer{Verdict: e.combine(&x.layers), Reasons: []Reason{}, Needs: []string{}}
	e.recorder, e.Tracer = nil, nil
	if a.Verdict == Depends {
		x.open(e, &a)
	} else if a.Verdict == Yes || !x.brief {
		x.prove(e, &a)
	}
	return a
}

// open handles questions that three-valued logic leaves open.
func (x *explanation) open(e *eval, a *Answer) {
	if x.openQuestion == nil {
		x.openQuestion = &openQuestion{}
	}
	r := x.search.refineFrom(e, &x.tracer)
	a.Verdict, a.Capped = r.verdict, r.capped
	switch r.verdict {
	case Depends:
		yes, no := inWorld(e.req, r.yes, &x.yes), inWorld(e.req, r.no, &x.no)
		a.WitnessAllow = e.witness(yes, Yes, &x.tracer)
		if !x.brief {
			a.WitnessDeny = e.witness(no, No, &x.tracer)
		}
		a.Needs = x.needs(e, yes, no)
	case No:
		if !x.brief {
			x.proveIn(e, inWorld(e.req, r.no, &x.no), a) // all worlds refuse it; this is one of them
		}
		return
	case Yes:
		if x.brief {
			a.WitnessAllow = e.witness(inWorld(e.req, r.yes, &x.yes), Yes, &x.tracer)
		}
	}
	x.prove(e, a)
}

// proveIn evaluates another evaluation's question again and takes the proof from there.
func (x *explanation) proveIn(of *eval, req *Request, a *Answer) {
	e := eval{Matcher: match.Matcher{Steps: of.Steps}}
	e.init(req, of.policies)
	x.recorder.reset()
	x.layers = layers{}
	e.recorder = &x.recorder
	e.gather(&x.layers)
	e.recorder = nil
	x.prove(&e, a)
	of.Steps = e.Steps
}

// prove fills in what decided.
func (x *explanation) prove(e *eval, a *Answer) {
	l := &x.layers
	a.ExplicitDeny = a.Verdict == No && l.deny == Yes
	if a.Verdict == No && !a.ExplicitDeny {
		a.Missing = e.missing(l)
		if e.publicAccessRestricted() && !e.Caller.IsService() && e.owner != e.Caller.Account {
			_, a.Reasons = IsPublic(e.policies.Resource)
		}
	}
	decided, considered := 0, 0
	records := x.recorder.records
	for i := range records {
		r := &records[i]
		if r.decisive = a.decides(e, l, r); r.decisive {
			decided++
		} else if r.statement().Deny && !x.brief {
			considered++
		}
	}
	if decided+considered == 0 {
		return
	}
	if x.brief && decided > maxReasons {
		x.more = keepFirst(records, a.Verdict, decided)
		decided = maxReasons
	}
	reasons := make([]Reason, 0, len(a.Reasons)+decided+considered)
	a.Reasons = append(reasons, a.Reasons...)
	// First what leaves the answer open, then what it rests on otherwise.
	for _, open := range [...]bool{true, false} {
		for i := range records {
			if open && a.Verdict != Depends {
				break // nothing does
			}
			if r := &records[i]; r.decisive && open == r.leavesOpen(a.Verdict) {
				a.Reasons = append(a.Reasons, reasonFor(r.policy, r.statement(), r.note(e)))
			}
		}
	}
	if considered == 0 {
		return
	}
	a.Considered = a.Reasons[len(a.Reasons):len(a.Reasons)]
	a.Reasons = slices.Clip(a.Reasons)
	for i := range records {
		if r := &records[i]; !r.decisive && r.statement().Deny {
			a.Considered = append(a.Considered, reasonFor(r.policy, r.statement(), r.note(e)))
		}
	}
}

// leavesOpen reports whether a statement is why a verdict depends.
func (r *record) leavesOpen(v Verdict) bool { return v == Depends && r.outcome.Truth == Depends }

// maxReasons bounds the reasons of one access: there are many in an answer about everybody.
const maxReasons = 50

// keepFirst drops the decisive records after the first fifty, except for the first that allows,
// which tells accesses apart. It returns how many it dropped.
func keepFirst(records []record, v Verdict, decided int) (left int) {
	kept, allowing := make([]*record, 0, decided), false
	for _, open := range [...]bool{true, false} {
		for i := range records {
			if r := &records[i]; r.decisive && open == r.leavesOpen(v) {
				kept = append(kept, r)
			}
		}
	}
	for i, r := range kept {
		first := !allowing && !r.statement().Deny && !r.policy.doc.StandIn
		allowing = allowing || first
		if r.decisive = first || i < maxReasons-1; !r.decisive {
			left++
		}
	}
	return left
}

// decides reports whether a statement contributed to the verdict.
func (a *Answer) decides(e *eval, l *layers, r *record) bool {
	o := &r.outcome
	switch a.Verdict {
	case No:
		return r.statement().Deny && o.Truth == Yes && a.ExplicitDeny
	case Depends:
		return o.Truth == Depends && e.leavesOpen(a.Needs, r.statement()) || o.Truth == Yes && !r.statement().Deny && e.takesPart(l, r)
	case Yes:
		return !r.statement().Deny && o.Truth != No && e.takesPart(l, r)
	}
	return false
}

// leavesOpen reports whether a statement asks about one of the keys that decide, or covers a part
// of the resources. Where no key decides, every statement that is open counts.
func (e *eval) leavesOpen(needed []string, s *policy.Statement) bool {
	return len(needed) == 0 || s.AsksAbout(func(key string) bool { return pattern.ContainsFold(needed, key) }) || e.MatchResource(s) == Depends
}

// asksAbout reports whether a statement's conditions or resources use a key, given in lower case.
func asksAbout(s *policy.Statement, key string) bool {
	return s.AsksAbout(func(k string) bool { return k == key })
}

// takesPart reports whether an allowing statement's layer contributes to the decision. A control
// policy that allows everything, as FullAWSAccess does wherever nobody replaced it, decides nothing.
func (e *eval) takesPart(l *layers, r *record) bool {
	if (r.layer == layerSCP || r.layer == layerRCP) && r.statement().AllowsEverything() {
		return false
	}
	if !e.Caller.IsIdentity() || r.layer == layerSCP {
		return true
	}
	if e.owner != e.Caller.Account {
		return true
	}
	switch direct := &l.resource.allow; {
	case direct[match.LevelSession] == Yes:
		return r.layer == layerResource && r.outcome.Level == match.LevelSession
	case direct[match.LevelUser] == Yes && len(e.policies.Session) == 0:
		return r.layer == layerResource && r.outcome.Level == match.LevelUser
	}
	delegates := e.service == policy.KMS || e.service == policy.STS
	return r.layer != layerResource || r.outcome.Level != match.LevelAccount || delegates
}
