package iam

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
	// Widened is a request that is allowed after and was not before, Narrowed one that was and
	// no longer is. Both have been evaluated again against either side.
	Widened, Narrowed *Witness
	// Capped says that not every case could be tried, so that Change is Mixed on suspicion
	// where a witness is missing.
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
	union         Policies     // all documents of both, to take constants from
	changed       []*statement // statements that stand on one side only
	everything    bool         // more than statements changed
	widened       *Witness
	narrowed      *Witness
	capped        bool
}

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

// prepare finds what changed at all. Where every changed statement is without effect, both sides
// answer alike, and nothing has to be tried.
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
	c.union.HasBoundary = true // NotPrincipal then spares nobody, and no statement is overlooked
	// One level's presence or one setting changes the answer for every statement.
	c.everything = len(b.Boundary) != len(a.Boundary) || b.HasBoundary != a.HasBoundary ||
		len(b.Session) != len(a.Session) || len(b.SCPs) != len(a.SCPs) || len(b.RCPs) != len(a.RCPs) ||
		b.RestrictPublicBuckets != a.RestrictPublicBuckets || b.AWSManagedKey != a.AWSManagedKey ||
		b.ManagementAccount != a.ManagementAccount || len(b.Grants)+len(a.Grants) > 0 ||
		len(b.CanonicalUsers)+len(a.CanonicalUsers) > 0 ||
		b.RestrictPublicBuckets && public(b.Resource) != public(a.Resource)
}

func public(p *Policy) bool { return p != nil && p.public }

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

// changedIn adds the statements of one layer that stand on one side only.
func (c *comparer) changedIn(before, after []*Policy) {
	b, a := digests(before), digests(after)
	c.addMissing(before, a)
	c.addMissing(after, b)
}

func digests(ps []*Policy) map[string]bool {
	out := map[string]bool{}
	for _, p := range ps {
		for i := range p.statements {
			out[p.statementDigest(&p.statements[i])] = true
		}
	}
	return out
}

func (c *comparer) addMissing(ps []*Policy, other map[string]bool) {
	for _, p := range ps {
		for i := range p.statements {
			if s := &p.statements[i]; !other[p.statementDigest(s)] {
				c.changed = append(c.changed, s)
			}
		}
	}
}

// ask compares the answers to one question.
func (c *comparer) ask(req *Request) {
	if c.done() || !c.everything && len(c.changed) == 0 {
		return
	}
	question := *req
	question.derived = true // a witness is a request that AWS could see
	req = &question
	p := pair{comparer: c, req: req, values: newSearch(), budget: maxNodes}
	p.before.init(req, c.before)
	p.after.init(req, c.after)
	p.union.init(req, &c.union)
	p.run()
}

// pair walks the worlds of one question on both sides at once.
type pair struct {
	*comparer
	req                  *Request
	before, after, union eval
	values               search
	budget               int
}

func (p *pair) run() {
	if p.done() || !p.relevant() {
		return
	}
	if p.budget--; p.budget < 0 {
		p.capped = true
		return
	}
	var tb, ta tracer
	p.before.tracer, p.after.tracer = &tb, &ta
	b, a := p.before.verdict(), p.after.verdict()
	if b != Depends && a != Depends {
		p.settle(b, a, &tb)
		return
	}
	key, ok := tb.next()
	if !ok {
		key, ok = ta.next()
	}
	switch {
	case ok:
		p.tryKey(key)
	case tb.set || ta.set:
		p.tryResources()
	default:
		p.capped = true
	}
}

// relevant reports whether some changed statement can have an effect here.
func (p *pair) relevant() bool {
	if p.everything {
		return true
	}
	for _, s := range p.changed {
		if p.before.match(s).truth != No || p.after.match(s).truth != No {
			return true
		}
	}
	return false
}

// settle keeps a witness of a difference, after evaluating it again.
func (p *pair) settle(b, a Verdict, t *tracer) {
	if b == a || b == No && p.widened != nil || b == Yes && p.narrowed != nil {
		return
	}
	var w world
	p.before.copyWorld(&w)
	c := inWorld(p.req, &w, &Request{})
	if p.before.witness(c, b, t) == nil {
		p.capped = true
		return
	}
	found := p.after.witness(c, a, t)
	switch {
	case found == nil:
		p.capped = true
	case b == No:
		p.widened = found
	default:
		p.narrowed = found
	}
}

func (p *pair) tryKey(key string) {
	key = p.before.keyToTry(key)
	vs := p.values.values(&p.union, key)
	if !vs.complete {
		p.capped = true
	}
	if st, _ := p.before.lookup(key); st == keyUnknown && !vs.present {
		p.with(assignment{key: key})
	}
	for _, v := range vs.values {
		p.with(assignment{key: key, values: v})
	}
}

func (p *pair) with(a assignment) {
	before, after, union := p.before.assign(a), p.after.assign(a), p.union.assign(a)
	p.run()
	p.before.unassign(before)
	p.after.unassign(after)
	p.union.unassign(union)
}

func (p *pair) tryResources() {
	atoms, complete := p.union.resourceAtoms()
	prefix := p.before.resource
	resources, all := p.values.resourcesIn(atoms, prefix)
	if !complete || !all {
		p.capped = true
	}
	set := func(resource string, isSet bool) {
		for _, e := range [...]*eval{&p.before, &p.after, &p.union} {
			e.resource, e.set = resource, isSet
		}
	}
	for _, m := range resources {
		if p.before.foreignPartition(m) {
			continue
		}
		set(m, false)
		p.run()
	}
	set(prefix, true)
}
