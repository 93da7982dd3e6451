package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
)

// Change is the direction in which access changed.
type Change string

// The outcomes of a comparison.
const (
	// Equivalent means that no question is answered differently.
	Equivalent Change = "equivalent"
	// Widened means that something is allowed that was not, and nothing is lost.
	Widened Change = "widened"
	// Narrowed means that something is no longer allowed, and nothing is gained.
	Narrowed Change = "narrowed"
	// Mixed means both, or that the comparison could not be completed.
	Mixed Change = "mixed"
)

// Comparison is the outcome of Compare and ComparePolicies.
type Comparison struct {
	Change Change
	// Widened is a request that is allowed after the change and was not before, Narrowed one that
	// was and no longer is. Both were evaluated again under either set of policies.
	Widened, Narrowed *Witness
	// Capped means that not every case could be tried. Change is then Mixed as a precaution where a
	// witness is missing.
	Capped bool
}

// Compare answers the questions with both sets of policies. Where a question leaves keys or
// resources open, the sets are compared case by case: a difference in one case is a difference.
func Compare(before, after *Policies, questions []Request) Comparison {
	var c comparer
	c.before, c.after = before, after
	c.prepare()
	for i := range questions {
		c.ask(&questions[i])
	}
	return c.outcome()
}

// comparer compares two sets of policies over many questions.
type comparer struct {
	before, after *Policies
	union         Policies            // all documents of both, to take constants from
	changed       []*policy.Statement // statements that only one side has
	everything    bool                // something besides statements changed
	widened       *Witness
	narrowed      *Witness
	capped        bool
	steps         int // of work, of all questions
}

// maxComparison bounds the work of all questions of a comparison, in steps.
const maxComparison = 16 * maxSteps

func (c *comparer) outcome() Comparison {
	out := Comparison{Change: Equivalent, Widened: c.widened, Narrowed: c.narrowed}
	switch {
	case c.widened != nil && c.narrowed != nil:
		out.Change = Mixed
	case c.capped:
		out.Change, out.Capped = Mixed, true
	case c.widened != nil:
		out.Change = Widened
	case c.narrowed != nil:
		out.Change = Narrowed
	}
	return out
}

func (c *comparer) done() bool { return c.widened != nil && c.narrowed != nil }

// prepare finds the statements that changed. A question to which none of them applies has the same
// answer on both sides, and needs no search.
func (c *comparer) prepare() {
	b, a := c.before, c.after
	c.changedIn(b.Identity, a.Identity)
	c.changedIn(b.Boundary, a.Boundary)
	c.changedIn(b.Session, a.Session)
	c.changedIn(one(b.Resource), one(a.Resource))
	c.changedLevels(b.SCPs, a.SCPs)
	c.changedLevels(b.RCPs, a.RCPs)
	for _, p := range [...]*Policies{b, a} {
		for _, list := range append([][]*Policy{p.Identity, p.Boundary, p.Session, one(p.Resource)}, append(p.SCPs, p.RCPs...)...) {
			c.union.Identity = append(c.union.Identity, list...)
		}
		c.union.Grants = append(c.union.Grants, p.Grants...)
	}
	c.union.HasBoundary = true // without an exemption by NotPrincipal no statement is overlooked
	// One level's presence or one setting changes the answer for every statement.
	c.everything = len(b.Boundary) != len(a.Boundary) || b.HasBoundary != a.HasBoundary ||
		len(b.Session) != len(a.Session) || len(b.SCPs) != len(a.SCPs) || len(b.RCPs) != len(a.RCPs) ||
		b.RestrictPublicBuckets != a.RestrictPublicBuckets || b.AWSManagedKey != a.AWSManagedKey ||
		b.ManagementAccount != a.ManagementAccount || len(b.Grants)+len(a.Grants) > 0 ||
		len(b.CanonicalUsers)+len(a.CanonicalUsers) > 0 ||
		b.RestrictPublicBuckets && public(b.Resource) != public(a.Resource)
}

func public(p *Policy) bool { return p != nil && p.doc.Public }

func one(p *Policy) []*Policy {
	if p == nil {
		return nil
	}
	return []*Policy{p}
}

func (c *comparer) changedLevels(before, after [][]*Policy) {
	for i := range max(len(before), len(after)) {
		var b, a []*Policy
		if i < len(before) {
			b = before[i]
		}
		if i < len(after) {
			a = after[i]
		}
		c.changedIn(b, a)
	}
}

// changedIn adds the statements of one layer that only one side has.
func (c *comparer) changedIn(before, after []*Policy) {
	b, a := byDigest(before), byDigest(after)
	for _, side := range [...][2]map[string]*policy.Statement{{b, a}, {a, b}} {
		for digest, s := range side[0] { // in any order, since it matters only whether one of them applies
			if side[1][digest] == nil {
				c.changed = append(c.changed, s)
			}
		}
	}
}

func byDigest(ps []*Policy) map[string]*policy.Statement {
	out := map[string]*policy.Statement{}
	for _, p := range ps {
		for i := range p.doc.Statements {
			s := &p.doc.Statements[i]
			out[p.doc.StatementDigest(s)] = s
		}
	}
	return out
}

// ask compares the answers to one question.
func (c *comparer) ask(req *Request) {
	if c.done() || !c.everything && len(c.changed) == 0 {
		return
	}
	if c.steps > maxComparison {
		c.capped = true
		return
	}
	question := *req
	question.derived = true // witnesses must be requests that AWS could receive
	req = &question
	var before, after, both eval
	before.init(req, c.before)
	after.init(req, c.after)
	both.init(req, &c.union)
	s := newSearch()
	s.comparer = c
	s.run([]*eval{&before, &after, &both})
	c.steps += before.Steps + after.Steps + both.Steps
	c.capped = c.capped || s.incomplete
}

// relevant reports whether a changed statement can have an effect in the current world of the
// evaluations.
func (c *comparer) relevant(evals []*eval) bool {
	if c.everything {
		return true
	}
	for _, s := range c.changed {
		if evals[0].Match(s).Truth != No || evals[1].Match(s).Truth != No {
			return true
		}
	}
	return false
}

// keep evaluates a difference again and keeps its witness. It returns false where there is no
// witness.
func (c *comparer) keep(evals []*eval, b, a Verdict, t *trace.Trace) bool {
	if b == a || b == No && c.widened != nil || b == Yes && c.narrowed != nil {
		return true
	}
	before, after := evals[0], evals[1]
	var w world
	before.copyWorld(&w)
	request := inWorld(before.req, &w, &Request{})
	if before.witness(request, b, t) == nil {
		return false
	}
	found := after.witness(request, a, t)
	if b == No {
		c.widened = found
	} else {
		c.narrowed = found
	}
	return found != nil
}
