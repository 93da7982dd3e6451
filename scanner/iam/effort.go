package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// maxSteps bounds the work of one question. A step is one comparison of an element of a policy with
// one of the request, or work of about that size. No policy within AWS's size limits that somebody
// wrote by hand comes near the bound. A question that reaches it is capped, and its answer claims
// no more than is certain.
const maxSteps = 16 << 20

// Effort is the work of answers, in steps. Several questions may add to it, one after the other.
// The work of an answer depends on its question only.
type Effort int

func (f *Effort) add(steps int) {
	if f != nil {
		*f += Effort(steps)
	}
}

// weight counts the elements of policies that requests are compared with.
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

// notAsked stands for everybody whom the search about all principals did not reach.
func notAsked(action string) Access {
	return Access{
		Principal: PrincipalClass{Kind: callers.AnyAccount, Value: "*"}, Action: action,
		Verdict: Depends, Needs: []string{}, Reasons: []Reason{}, Capped: true, Rest: true,
	}
}

// wordCost is how many steps one word of a machine's state counts in a walk through
// representatives.
const wordCost = 4

// within finds representatives, and adds the work to that of an evaluation.
func (s *search) within(e *eval, atoms []representative.Atom, d representative.Domain) (found []string, complete bool) {
	left := s.work
	found, complete = representative.Within(&s.work, atoms, d)
	e.Steps += wordCost*(left-s.work) + textOf(atoms)
	return found, complete
}

// textOf returns the work of reading atoms.
func textOf(atoms []representative.Atom) (n int) {
	for i := range atoms {
		n += 1 + len(atoms[i].Text)
	}
	return n
}
