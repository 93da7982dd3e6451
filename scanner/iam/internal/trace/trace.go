// Package trace records what leaves a verdict open: the unknown keys and
// resources that it depends on.
package trace

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
)

// Trace is what a verdict of Depends rests on.
type Trace struct {
	Variables  []string            // unknown keys used as variables
	Conditions []*policy.Condition // on unknown keys
	Grants     []string            // unknown keys that grants constrain
	Set        bool                // a statement covers part of the set of resources
}

// Reset forgets the keys and keeps their memory.
func (t *Trace) Reset() { t.Rollback(Mark{}) }

// Mark is a point to which a trace can be rolled back.
type Mark struct {
	variables, conditions, grants int
	set                           bool
}

// Mark returns the current point of the trace. A nil trace records nothing.
func (t *Trace) Mark() Mark {
	if t == nil {
		return Mark{}
	}
	return Mark{variables: len(t.Variables), conditions: len(t.Conditions), grants: len(t.Grants), set: t.Set}
}

// Rollback drops what was recorded since a mark.
func (t *Trace) Rollback(m Mark) {
	if t == nil {
		return
	}
	t.Variables, t.Conditions, t.Grants, t.Set = t.Variables[:m.variables], t.Conditions[:m.conditions], t.Grants[:m.grants], m.set
}

// Next returns what to try next: variables before the keys that are compared
// with them, and keys before the resource, whose patterns may hold variables.
func (t *Trace) Next() (key string, ok bool) {
	switch {
	case len(t.Variables) > 0:
		return t.Variables[0], true
	case len(t.Conditions) > 0:
		return t.Conditions[0].Key, true
	case len(t.Grants) > 0:
		return t.Grants[0], true
	}
	return "", false
}

// Keys appends every key that a Depends rests on, sorted.
func (t *Trace) Keys(keys []string) []string {
	keys = append(append(keys, t.Variables...), t.Grants...)
	for _, c := range t.Conditions {
		keys = append(keys, c.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
