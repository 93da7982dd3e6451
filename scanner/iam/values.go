package iam

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// valueSet holds the values to try for one unknown key. Each is a list, since a
// key may have several values at once. complete means that every other value
// behaves like one of them.
type valueSet struct {
	values   [][]string
	complete bool
	present  bool // the key is never absent
}

// values returns the values to try for an unknown key in the current world.
func (s *search) values(e *eval, key string) valueSet {
	for i := range s.cache {
		if s.cache[i].key == key {
			return s.cache[i].set
		}
	}
	if vs, ok := s.derived(e, key); ok {
		return vs
	}
	if vs, ok := e.oneOf(key); ok {
		return vs
	}
	f := e.constantsOf(key)
	left := s.work
	single, complete := f.Values(&s.work)
	e.Steps += wordCost*(left-s.work) + len(single)
	vs := valueSet{complete: complete && f.complete}
	vs.values = make([][]string, len(single))
	for i := range single {
		vs.values[i] = single[i : i+1 : i+1]
	}
	if f.listed && !slices.Contains(single, "") {
		vs.values = append(vs.values, []string{""}) // set operators take an empty string for no value
	}
	if f.listed && !keys.Single(key) {
		lists, all := representative.Combinations(single)
		vs.values = append(vs.values, lists...)
		vs.complete = vs.complete && all
	}
	if !complete {
		s.capped = true
	}
	if !f.variable {
		s.cache = append(s.cache, cachedValues{key: key, set: vs})
	}
	return vs
}

// oneOf returns the values of a key that has one of a few in this kind of
// request. ok is false for other keys.
func (e *eval) oneOf(key string) (vs valueSet, ok bool) {
	if !e.req.OthersUnknown || pattern.ContainsFold(e.req.Unknown, key) || pattern.ContainsFold(e.req.AlwaysPresent, key) {
		return vs, false
	}
	c := keys.In(e.req.Kind, key)
	if c.State != keys.OneOf {
		return vs, false
	}
	vs = valueSet{complete: true, present: true}
	for i, v := range c.Values {
		if v == "" {
			vs.present = false
			continue
		}
		vs.values = append(vs.values, c.Values[i:i+1:i+1])
	}
	return vs, true
}
