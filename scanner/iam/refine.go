package iam

import "strings"

// maxNodes bounds the search for a decision. Each node is one evaluation.
const maxNodes = 1024

// search tries the representative values of what is unknown, one key at a time. A branch ends as
// soon as the keys tried so far decide, so the number of worlds stays small.
type search struct {
	budget     int
	yes, no    *world // nil, or those below
	allowed    world
	denied     world
	incomplete bool // some value may not be represented, or the budget ran out
	capped     bool
	cache      []cachedValues
	resources  map[string]resourceSet // by the patterns that tell them apart
	work       int                    // what is left for searching representatives
	tracer     tracer                 // of the evaluation last made
}

// cachedValues are the values to try for a key, whatever the world is.
type cachedValues struct {
	key string
	set valueSet
}

type resourceSet struct {
	resources []string
	complete  bool
}

func newSearch() search {
	return search{budget: maxNodes, work: 4 * maxWork}
}

// reset prepares for another search in the same room.
func (s *search) reset() {
	t := s.tracer
	t.reset()
	*s = search{
		budget: maxNodes, work: 4 * maxWork, tracer: t, cache: s.cache[:0],
		allowed: world{values: s.allowed.values[:0]}, denied: world{values: s.denied.values[:0]},
	}
}

// resourcesIn gives the resources of a set to try.
func (s *search) resourcesIn(atoms []atom, prefix string) ([]string, bool) {
	var id strings.Builder
	for _, a := range atoms {
		id.WriteString(a.text)
		id.WriteByte(0)
	}
	m, ok := s.resources[id.String()]
	if !ok {
		m.resources, m.complete = representativesWithin(&s.work, atoms, domain{prefix: prefix})
		if s.resources == nil {
			s.resources = map[string]resourceSet{}
		}
		s.resources[id.String()] = m
	}
	return m.resources, m.complete
}

// world is one concrete reading of a question.
type world struct {
	values   []assignment
	resource string
}

// result is what a search found.
type result struct {
	verdict Verdict
	yes, no *world
	capped  bool
}

// refine decides what Kleene's logic leaves open. Yes and No are claimed only when every
// combination of values was represented.
func refine(req *Request, p *Policies) Verdict {
	var e eval
	e.init(req, p)
	s := newSearch()
	s.run(&e)
	return s.result().verdict
}

// refineFrom is refine for a question that is known to be open, with what it rests on.
func (s *search) refineFrom(e *eval, t *tracer) result {
	s.reset()
	s.budget--
	s.branch(e, t)
	return s.result()
}

func (s *search) result() result {
	r := result{verdict: Depends, yes: s.yes, no: s.no, capped: s.capped}
	switch {
	case s.incomplete:
	case s.no == nil && s.yes != nil:
		r.verdict = Yes
	case s.yes == nil && s.no != nil:
		r.verdict = No
	}
	return r
}

func (s *search) run(e *eval) {
	if s.yes != nil && s.no != nil {
		return
	}
	if s.budget--; s.budget < 0 {
		s.capped, s.incomplete = true, true
		return
	}
	s.tracer.reset()
	e.tracer = &s.tracer
	v := e.verdict()
	e.tracer = nil
	switch v {
	case Yes:
		if s.yes == nil {
			e.copyWorld(&s.allowed)
			s.yes = &s.allowed
		}
	case No:
		if s.no == nil {
			e.copyWorld(&s.denied)
			s.no = &s.denied
		}
	case Depends:
		s.branch(e, &s.tracer)
	}
}

// branch tries the values of the first thing that is open. It looks at the tracer before it
// evaluates again, which uses the search's own.
func (s *search) branch(e *eval, t *tracer) {
	if key, ok := t.next(); ok {
		s.tryKey(e, key)
		return
	}
	if t.set {
		s.tryResources(e)
		return
	}
	s.incomplete = true // an unknown that is no key: the owner, a canonical user
}

func (s *search) tryKey(e *eval, key string) {
	key = e.keyToTry(key)
	vs := s.values(e, key)
	if !vs.complete {
		s.incomplete = true
	}
	if st, _ := e.lookup(key); st == keyUnknown && !vs.present {
		s.with(e, assignment{key: key})
	}
	for _, v := range vs.values {
		s.with(e, assignment{key: key, values: v})
	}
}

func (s *search) with(e *eval, a assignment) {
	was := e.assign(a)
	s.run(e)
	e.unassign(was)
}

// tryResources tries one resource for every combination of patterns that some resource of the set
// matches.
func (s *search) tryResources(e *eval) {
	atoms, complete := e.resourceAtoms()
	resources, all := s.resourcesIn(atoms, e.resource)
	if !complete || !all {
		s.incomplete = true
		s.capped = s.capped || !all
	}
	prefix := e.resource
	e.set = false
	for _, m := range resources {
		if e.foreignPartition(m) {
			continue
		}
		e.resource = m
		s.run(e)
	}
	e.resource, e.set = prefix, true
}

// copyWorld copies the current world. Unknown keys that do not matter stay absent.
func (e *eval) copyWorld(w *world) {
	w.values, w.resource = append(w.values[:0], e.world...), e.resource
	if e.set {
		w.resource += "example"
	}
}

// forEachStatement visits every statement that can apply to the request.
func (e *eval) forEachStatement(visit func(*statement)) {
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

func (e *eval) forEachIn(ps []*Policy, visit func(*statement)) {
	for _, p := range ps {
		if p == nil {
			continue
		}
		for i := range p.statements {
			s := &p.statements[i]
			if !e.matchAction(s) || e.matchResource(s) == No {
				continue
			}
			if _, v := e.matchPrincipal(s); v != No {
				visit(s)
			}
		}
	}
}

// resourceAtoms are the patterns against which the resources of a set are compared.
func (e *eval) resourceAtoms() (atoms []atom, complete bool) {
	complete = true
	if e.caller.partition != "" {
		atoms = append(atoms, atom{text: "arn:" + e.caller.partition + ":" + string([]byte{tokStar})})
	}
	seen := map[string]bool{}
	e.forEachStatement(func(s *statement) {
		for i := range s.resources {
			text, v := e.expanded(&s.resources[i].template)
			if v == Depends {
				complete = false
			}
			if v == Yes && !seen[text] {
				seen[text] = true
				atoms = append(atoms, atom{text: text})
			}
		}
	})
	return atoms, complete
}

// expanded gives a template's compiled text in the current world. No means that it matches nothing.
func (e *eval) expanded(t *template) (string, Verdict) {
	if t.parts != nil {
		text, v, _ := t.expand(nil, e)
		return string(text), v
	}
	switch t.kind {
	case patPrefix:
		return t.text + string([]byte{tokStar}), Yes
	case patLiteral, patGlob:
		return t.text, Yes
	case patNever:
	}
	return "", No
}
