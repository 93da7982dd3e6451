package iam

import (
	"net/netip"
	"slices"
	"strings"
)

// constants are all that policies ask about a key.
type constants struct {
	atoms    []atom
	numbers  []number
	dates    []instant
	prefixes []netip.Prefix
	boolean  bool
	listed   bool // some operator treats the key as a list
	complete bool
	variable bool // the values depend on other keys
	work     *int // what is left for searching representatives

	linked       []string // the key, and those with which it is compared
	linkedBuffer [4]string
}

// constantsOf collects what is asked about a key, and about the keys that it is compared with.
func (e *eval) constantsOf(key string) *constants {
	f := &constants{complete: true}
	f.linked = append(f.linkedBuffer[:0], key)
	for i := 0; i < len(f.linked); i++ {
		e.forEachStatement(func(s *statement) {
			for j := range s.conditions {
				c := &s.conditions[j]
				if c.key == f.linked[i] {
					f.addCondition(e, c, i == 0)
				}
				if c.uses(f.linked[i]) {
					f.addLink(e, c)
					if !slices.Contains(f.linked, c.key) {
						f.linked = append(f.linked, c.key)
					}
				}
			}
			if i == 0 {
				f.addResources(e, s, key)
			}
		})
	}
	for i := range e.policies.Grants {
		f.addGrant(&e.policies.Grants[i], key)
	}
	return f
}

// uses reports whether the key is a variable in the condition's values.
func (c *condition) uses(key string) bool {
	for i := range c.values {
		if c.values[i].template.uses(key) {
			return true
		}
	}
	return false
}

func (t *template) uses(key string) bool {
	for i := range t.parts {
		if t.parts[i].key == key {
			return true
		}
	}
	return false
}

// addCondition adds a condition's constants.
func (f *constants) addCondition(e *eval, c *condition, own bool) {
	if own && (c.qualifier != noQualifier) {
		f.listed = true
	}
	for i := range c.values {
		v := &c.values[i]
		if !v.ok {
			continue
		}
		switch c.kind {
		case opStringEquals, opStringLike, opArn, opStringEqualsIgnoreCase:
			f.addTemplate(e, &v.template, c.kind == opStringEqualsIgnoreCase)
		case opNumeric:
			f.numbers = append(f.numbers, v.num)
		case opDate:
			f.dates = append(f.dates, v.date)
		case opIP:
			f.prefixes = append(f.prefixes, v.prefix)
		case opBool:
			f.boolean = true
			f.addAtom(atom{text: strings.ToLower(v.raw), fold: true})
		case opBinary:
			f.addAtom(atom{text: v.raw})
		case opNull:
		}
	}
}

func (f *constants) addTemplate(e *eval, t *template, fold bool) {
	text, v := e.expanded(t)
	if t.parts != nil {
		f.variable = true
	}
	if v == Yes {
		f.addAtom(atom{text: text, fold: fold})
	}
}

func (f *constants) addAtom(a atom) {
	if !slices.Contains(f.atoms, a) {
		f.atoms = append(f.atoms, a)
	}
}

// addLink handles a condition that compares another key with this one. Equality is represented
// completely by the other key's values; any other relation is not.
func (f *constants) addLink(e *eval, c *condition) {
	f.variable = true
	for i := range c.values {
		if n := len(c.values[i].template.parts); n > 1 || n == 1 && c.kind != opStringEquals {
			f.complete = false
		}
	}
	if st, values := e.lookup(c.key); st == keyPresent {
		for _, v := range values {
			f.addAtom(atom{text: v})
		}
	}
}

// addResources adds the values with which a resource pattern would match the resource asked for.
func (f *constants) addResources(e *eval, s *statement, key string) {
	for i := range s.resources {
		t := &s.resources[i].template
		if !t.uses(key) {
			continue
		}
		f.variable, f.complete = true, false
		for _, c := range captures(t, key, e.resource) {
			f.addAtom(atom{text: c})
		}
	}
}

// maxCaptures bounds the values that are read out of one resource.
const maxCaptures = 8

// captures reads out of a resource what a variable would have to be. It looks no further than the
// first variable after plain text: what it finds is tried, never relied on.
func captures(t *template, key, resource string) []string {
	before := ""
	for i := range t.parts {
		p := &t.parts[i]
		if p.key == "" {
			before += p.text
			continue
		}
		rest, ok := strings.CutPrefix(resource, before)
		if p.key != key || !ok || indexToken(before) >= 0 {
			return nil
		}
		stop := ""
		if i+1 < len(t.parts) && t.parts[i+1].text != "" && t.parts[i+1].text[0] < firstTok {
			stop = t.parts[i+1].text[:1]
		}
		return endings(rest, stop)
	}
	return nil
}

func endings(rest, stop string) []string {
	out := []string{}
	for i := 0; stop != "" && len(out) < maxCaptures; i++ {
		j := strings.Index(rest[i:], stop)
		if j < 0 {
			break
		}
		if i += j; i > 0 {
			out = append(out, rest[:i])
		}
	}
	if rest != "" {
		out = append(out, rest)
	}
	return out
}

func (f *constants) addGrant(g *Grant, key string) {
	for _, pairs := range [...]map[string]string{g.EncryptionContextEquals, g.EncryptionContextSubset} {
		for k, v := range pairs {
			if encryptionContext+strings.ToLower(k) == key {
				f.addAtom(atom{text: v})
			}
		}
	}
	slices.SortFunc(f.atoms, func(a, b atom) int { return strings.Compare(a.text, b.text) }) // maps have no order
}
