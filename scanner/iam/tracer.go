package iam

import "github.com/trailguard/trailguard/scanner/iam/internal/policy"

// tracer collects what a verdict's Depends rests on.
type tracer struct {
	variables []string            // unknown keys used as variables
	keys      []*policy.Condition // conditions on unknown keys
	grants    []string            // unknown keys that grants constrain
	set       bool                // a statement covers part of the set of resources
}

// reset forgets the keys and keeps their memory.
func (t *tracer) reset() { t.rollback(traceMark{}) }

// traceMark is a point to which a tracer can be rolled back.
type traceMark struct {
	variables, keys, grants int
	set                     bool
}

func (t *tracer) mark() traceMark {
	if t == nil {
		return traceMark{}
	}
	return traceMark{variables: len(t.variables), keys: len(t.keys), grants: len(t.grants), set: t.set}
}

func (t *tracer) rollback(m traceMark) {
	if t == nil {
		return
	}
	t.variables, t.keys, t.grants, t.set = t.variables[:m.variables], t.keys[:m.keys], t.grants[:m.grants], m.set
}

// next chooses what to try next: variables before the keys that are compared with them, keys before
// the resource, whose patterns may hold variables.
func (t *tracer) next() (key string, ok bool) {
	switch {
	case len(t.variables) > 0:
		return t.variables[0], true
	case len(t.keys) > 0:
		return t.keys[0].Key, true
	case len(t.grants) > 0:
		return t.grants[0], true
	}
	return "", false
}

// blockedBy notes an unknown key that is used as a variable, or by a grant.
func (e *eval) blockedBy(key string) {
	if e.tracer != nil {
		e.tracer.variables = append(e.tracer.variables, key)
	}
}

func (e *eval) blockedByGrant(key string) {
	if e.tracer != nil {
		e.tracer.grants = append(e.tracer.grants, key)
	}
}

// blockedByCondition notes a condition on an unknown key, and the unknown variables in its values.
func (e *eval) blockedByCondition(c *policy.Condition) {
	if e.tracer == nil {
		return
	}
	e.tracer.keys = append(e.tracer.keys, c)
	for i := range c.Values {
		for j := range c.Values[i].Template.Parts {
			key := c.Values[i].Template.Parts[j].Key
			if key == "" || key == c.Key {
				continue
			}
			if st, _ := e.lookup(key); st == keyUnknown || st == keyUnknownPresent {
				e.tracer.variables = append(e.tracer.variables, key)
			}
		}
	}
}

func (e *eval) blockedBySet() {
	if e.tracer != nil {
		e.tracer.set = true
	}
}
