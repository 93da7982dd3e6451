package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// maxSteps bounds the work of one question: so many comparisons of an element of a policy with
// one of the request, or as much else. No policy of AWS's sizes that somebody wrote by hand comes
// near. A question that runs out of them is capped, and its answer says no more than is certain.
const maxSteps = 16 << 20

// Effort is what answers have cost, in steps. Several questions may add to it, one after the other.
// What an answer costs depends on nothing but its question.
type Effort int

func (f *Effort) add(steps int) {
	if f != nil {
		*f += Effort(steps)
	}
}

// weight is the number of a list of policies' elements that requests are compared with.
func weight(policies []*Policy) (n int) {
	for _, p := range policies {
		for i := range p.doc.Statements {
			s := &p.doc.Statements[i]
			n += 1 + len(s.Actions) + len(s.Resources) + len(s.Principals)
			for j := range s.Conditions {
				n += 1 + len(s.Conditions[j].Values)
			}
		}
	}
	return n
}

// notAsked stands for all whom a question about everybody did not come to.
func notAsked(action string) Access {
	return Access{
		Principal: PrincipalClass{Kind: callers.AnyAccount, Value: "*"}, Action: action,
		Verdict: Depends, Needs: []string{}, Reasons: []Reason{}, Capped: true, Rest: true,
	}
}

// wordCost is the steps of a word of state that a walk through representatives makes.
const wordCost = 4

// within finds representatives, and counts the work as that of an evaluation.
func (s *search) within(e *eval, atoms []representative.Atom, d representative.Domain) (found []string, complete bool) {
	left := s.work
	found, complete = representative.Within(&s.work, atoms, d)
	e.Steps += wordCost*(left-s.work) + textOf(atoms)
	return found, complete
}

// textOf is the work of reading atoms.
func textOf(atoms []representative.Atom) (n int) {
	for i := range atoms {
		n += 1 + len(atoms[i].Text)
	}
	return n
}
