package iam

import (
	"slices"
	"strings"
)

// constants are all that policies ask about a key.
type constants struct {
	constantValues
	listed   bool // some operator treats the key as a list
	complete bool
	variable bool // the values depend on other keys

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
		for _, c := range t.captures(key, e.resource) {
			f.addAtom(atom{text: c})
		}
	}
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
