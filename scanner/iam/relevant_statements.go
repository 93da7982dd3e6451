package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// forEachStatement visits every statement that can apply to the request.
func (e *eval) forEachStatement(visit func(*policy.Statement)) {
	p := e.policies
	e.forEachIn(p.Identity, visit)
	e.forEachIn(p.Boundary, visit)
	e.forEachIn(p.Session, visit)
	if p.Resource != nil {
		e.forEachIn([]*Policy{p.Resource}, visit)
	}
	for _, l := range p.SCPs {
		e.forEachIn(l, visit)
	}
	for _, l := range p.RCPs {
		e.forEachIn(l, visit)
	}
}

func (e *eval) forEachIn(ps []*Policy, visit func(*policy.Statement)) {
	for _, p := range ps {
		if p == nil {
			continue
		}
		for i := range p.doc.Statements {
			s := &p.doc.Statements[i]
			if !e.MatchAction(s) || e.MatchResource(s) == No {
				continue
			}
			if _, v := e.MatchPrincipal(s); v != No {
				visit(s)
			}
		}
	}
}

// resourceAtoms returns the patterns with which the resources of a set are
// compared.
func (e *eval) resourceAtoms() (atoms []representative.Atom, complete bool) {
	complete = true
	if e.Caller.Partition != "" {
		atoms = append(atoms, representative.Atom{Text: "arn:" + e.Caller.Partition + ":" + string([]byte{pattern.Star})})
	}
	seen := map[string]bool{}
	e.forEachStatement(func(s *policy.Statement) {
		for i := range s.Resources {
			text, v := e.Expanded(&s.Resources[i].Template)
			if v == Depends {
				complete = false
			}
			if v == Yes && !seen[text] {
				seen[text] = true
				atoms = append(atoms, representative.Atom{Text: text})
			}
		}
	})
	return atoms, complete
}
