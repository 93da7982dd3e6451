package iam

import (
	"slices"
	"strings"
)

// needs lists the condition keys that decide: those whose value, changed alone, turns a
// witness. When no single key does, all that the policies ask about count.
func needs(req *Request, p *Policies, t *tracer, r *result) []string {
	keys := t.unknownKeys()
	decisive := keys
	if r.yes != nil && r.no != nil {
		var turning []string
		for _, k := range keys {
			if turns(req, p, r.yes, r.cache, k, Yes) || turns(req, p, r.no, r.cache, k, No) {
				turning = append(turning, k)
			}
		}
		if len(turning) > 0 || t.set {
			decisive = turning
		}
	}
	out := make([]string, 0, len(decisive))
	for _, k := range decisive {
		out = append(out, displayName(req, t, k))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// unknownKeys lists every key that a Depends rests on, sorted.
func (t *tracer) unknownKeys() []string {
	keys := slices.Concat(t.variables, t.grants)
	for _, c := range t.keys {
		keys = append(keys, c.key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// maxTurns bounds the values tried for one key.
const maxTurns = 24

// turns reports whether some other value of the key changes the verdict of a world.
func turns(req *Request, p *Policies, w *world, cache map[string]valueSet, key string, verdict Verdict) bool {
	var e eval
	e.init(req, p)
	s := newSearch()
	s.cache = cache
	values := append([][]string{nil}, s.values(&e, key).values...)
	if st, _ := e.lookup(key); st == keyUnknownPresent {
		values = values[1:]
	}
	for _, v := range values[:min(len(values), maxTurns)] {
		changed := &world{resource: w.resource, values: slices.Clone(w.values)}
		i := slices.IndexFunc(changed.values, func(a assignment) bool { return a.key == key })
		if i < 0 {
			changed.values = append(changed.values, assignment{key: key, values: v})
		} else {
			changed.values[i].values = v
		}
		c := concreteRequest(req, changed)
		var e eval
		e.init(&c, p)
		if got := e.verdict(); got != Depends && got != verdict {
			return true
		}
	}
	return false
}

// displayName spells a key as the request or a policy does.
func displayName(req *Request, t *tracer, key string) string {
	for _, n := range req.Unknown {
		if strings.EqualFold(n, key) {
			return n
		}
	}
	for _, c := range t.keys {
		if c.key == key {
			return c.name
		}
	}
	for _, n := range req.AlwaysPresent {
		if strings.EqualFold(n, key) {
			return n
		}
	}
	return key
}
