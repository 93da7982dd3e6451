package iam

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
)

// maxNodes bounds the search for a decision. Each node is one evaluation.
const maxNodes = 1024

// search tries the representative values of what is unknown, one key at a time. A branch ends as
// soon as the keys tried so far decide, so the number of worlds stays small.
//
// It moves one or three evaluations of a question through the worlds together. A single one answers
// a question. Three compare policies: those before a change, those after it, and both together,
// which say what may still matter.
type search struct {
	comparer   *comparer // for before and after
	budget     int
	yes, no    *world // nil, or one of the two below
	allowed    world
	denied     world
	incomplete bool // some value may have no representative, or the budget is used up
	capped     bool
	cache      []cachedValues
	resources  map[string]resourceSet // by the patterns that tell them apart
	work       int                    // left for finding representatives
	tracers    [2]trace.Trace         // of the evaluations last made
}

// cachedValues are the values to try for a key. They are kept when they are the same in every world.
type cachedValues struct {
	key string
	set valueSet
}

type resourceSet struct {
	resources []string
	complete  bool
}

func newSearch() search {
	return search{budget: maxNodes, work: 4 * representative.MaxWork}
}

// reset prepares for another search and keeps the memory of the last one.
func (s *search) reset() {
	t := s.tracers
	t[0].Reset()
	*s = search{
		budget: maxNodes, work: 4 * representative.MaxWork, tracers: t, cache: s.cache[:0],
		allowed: world{values: s.allowed.values[:0]}, denied: world{values: s.denied.values[:0]},
	}
}

// resourcesIn gives the resources of a set to try.
func (s *search) resourcesIn(e *eval, atoms []representative.Atom, prefix string) ([]string, bool) {
	var id strings.Builder
	for _, a := range atoms {
		id.WriteString(a.Text)
		id.WriteByte(0)
	}
	m, ok := s.resources[id.String()]
	if !ok {
		m.resources, m.complete = s.within(e, atoms, representative.Domain{Prefix: prefix})
		if s.resources == nil {
			s.resources = map[string]resourceSet{}
		}
		s.resources[id.String()] = m
	}
	return m.resources, m.complete
}

// world is one way in which everything unknown in a question could turn out: a value for each key
// that matters, and one resource. In a world the question has a certain answer.
type world struct {
	values   []match.Assignment
	resource string
}

// result is what a search found.
type result struct {
	verdict Verdict
	yes, no *world
	capped  bool
}

// refine decides what three-valued logic leaves open. It claims Yes or No only when every
// combination of values was represented.
func refine(req *Request, p *Policies, steps int) (Verdict, int) {
	e := eval{Matcher: match.Matcher{Steps: steps}}
	e.init(req, p)
	s := newSearch()
	s.run([]*eval{&e})
	return s.result().verdict, e.Steps
}

// refineFrom refines a question that was evaluated to Depends. The trace holds the keys on which
// that rests.
func (s *search) refineFrom(e *eval, t *trace.Trace) result {
	s.reset()
	s.budget--
	s.branch([]*eval{e}, t)
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

// run evaluates the current world, and branches where it is open.
func (s *search) run(evals []*eval) {
	if s.done() || s.comparer != nil && !s.comparer.relevant(evals) {
		return
	}
	if s.budget--; s.budget < 0 || exhausted(evals) {
		s.capped, s.incomplete = true, true
		return
	}
	first := s.judge(evals, 0)
	if s.comparer == nil {
		if first == Depends {
			s.branch(evals, &s.tracers[0])
			return
		}
		s.keep(evals[0], first)
		return
	}
	if second := s.judge(evals, 1); first == Depends || second == Depends {
		s.branch(evals, &s.tracers[0])
	} else if !s.comparer.keep(evals, first, second, &s.tracers[0]) {
		s.incomplete = true
	}
}

// exhausted reports whether the evaluations have used up the work that a question may take.
func exhausted(evals []*eval) bool {
	steps := 0
	for _, e := range evals {
		steps += e.Steps
	}
	return steps > maxSteps
}

func (s *search) done() bool {
	if s.comparer != nil {
		return s.comparer.done()
	}
	return s.yes != nil && s.no != nil
}

func (s *search) judge(evals []*eval, i int) Verdict {
	e, t := evals[i], &s.tracers[i]
	t.Reset()
	e.Tracer = t
	v := e.verdict()
	e.Tracer = nil
	return v
}

// keep keeps the first world of either verdict.
func (s *search) keep(e *eval, v Verdict) {
	switch {
	case v == Yes && s.yes == nil:
		e.copyWorld(&s.allowed)
		s.yes = &s.allowed
	case v == No && s.no == nil:
		e.copyWorld(&s.denied)
		s.no = &s.denied
	}
}

// branch tries the values of the first thing that is open. It reads the traces before it evaluates
// again, because evaluating overwrites them.
func (s *search) branch(evals []*eval, t *trace.Trace) {
	other := &s.tracers[1] // empty unless two are compared
	key, ok := t.Next()
	if !ok {
		key, ok = other.Next()
	}
	switch {
	case ok:
		s.tryKey(evals, key)
	case t.Set || other.Set:
		s.tryResources(evals)
	default:
		s.incomplete = true // what is unknown is not a key but the owner or a canonical user
	}
}

func (s *search) tryKey(evals []*eval, key string) {
	key = evals[0].keyToTry(key)
	vs := s.values(evals[len(evals)-1], key)
	if !vs.complete {
		s.incomplete = true
	}
	if st, _ := evals[0].Lookup(key); st == match.KeyUnknown && !vs.present {
		s.with(evals, match.Assignment{Key: key})
	}
	for _, v := range vs.values {
		s.with(evals, match.Assignment{Key: key, Values: v})
	}
}

func (s *search) with(evals []*eval, a match.Assignment) {
	var callers [3]principal.Caller
	for i, e := range evals {
		callers[i] = e.assign(a)
	}
	s.run(evals)
	for i, e := range evals {
		e.unassign(callers[i])
	}
}

// tryResources tries one resource for every combination of patterns that some resource of the set
// matches.
func (s *search) tryResources(evals []*eval) {
	prefix := evals[0].Resource
	atoms, complete := evals[len(evals)-1].resourceAtoms()
	resources, all := s.resourcesIn(evals[0], atoms, prefix)
	if !complete || !all {
		s.incomplete = true
		s.capped = s.capped || !all
	}
	for _, resource := range resources {
		if evals[0].foreignPartition(resource) {
			continue
		}
		for _, e := range evals {
			e.Resource, e.Set = resource, false
		}
		s.run(evals)
	}
	for _, e := range evals {
		e.Resource, e.Set = prefix, true
	}
}

// copyWorld copies the current world. Unknown keys that do not matter stay absent.
func (e *eval) copyWorld(w *world) {
	w.values, w.resource = append(w.values[:0], e.World...), e.Resource
	if e.Set {
		w.resource += "example"
	}
}
