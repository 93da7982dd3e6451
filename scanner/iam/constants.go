package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// constants is everything that policies compare one condition key with.
type constants struct {
	representative.Constants
	listed   bool // some operator treats the key as a list
	complete bool
	variable bool // the values depend on other keys

	linked       []string // the key, and those with which it is compared
	linkedBuffer [4]string
}

// constantsOf collects what the policies ask about a key, and about keys that it is compared with.
func (e *eval) constantsOf(key string) *constants {
	f := &constants{complete: true}
	f.linked = append(f.linkedBuffer[:0], key)
	for i := 0; i < len(f.linked); i++ {
		e.forEachStatement(func(s *policy.Statement) {
			for j := range s.Conditions {
				c := &s.Conditions[j]
				if c.Key == f.linked[i] {
					f.addCondition(e, c, i == 0)
				}
				if c.Uses(f.linked[i]) {
					f.addLink(e, c)
					if !slices.Contains(f.linked, c.Key) {
						f.linked = append(f.linked, c.Key)
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

// addConditions adds the constants of all conditions on a key.
func (f *constants) addConditions(req *Request, policies []*Policy, key string) {
	var e eval
	e.init(req, &Policies{})
	for _, p := range policies {
		for i := range p.doc.Statements {
			for j := range p.doc.Statements[i].Conditions {
				if c := &p.doc.Statements[i].Conditions[j]; c.Key == key {
					f.addCondition(&e, c, true)
				}
			}
		}
	}
}

// addCondition adds a condition's constants.
func (f *constants) addCondition(e *eval, c *policy.Condition, own bool) {
	if own && (c.Qualifier != condition.NoQualifier) {
		f.listed = true
	}
	for i := range c.Values {
		v := &c.Values[i]
		if !v.Valid {
			continue
		}
		switch c.Kind {
		case condition.StringEquals, condition.StringLike, condition.ARN, condition.StringEqualsIgnoreCase:
			f.addTemplate(e, &v.Template, c.Kind == condition.StringEqualsIgnoreCase)
		case condition.Numeric:
			f.Numbers = append(f.Numbers, v.Number)
		case condition.Date:
			f.Dates = append(f.Dates, v.Date)
		case condition.IP:
			f.Prefixes = append(f.Prefixes, v.Prefix)
		case condition.Bool:
			f.Boolean = true
			f.AddAtom(representative.Atom{Text: strings.ToLower(v.Raw), Fold: true})
		case condition.Binary:
			f.AddAtom(representative.Atom{Text: v.Raw})
		case condition.Null:
		}
	}
}

func (f *constants) addTemplate(e *eval, t *pattern.Template, fold bool) {
	text, v := e.Expanded(t)
	if t.Parts != nil {
		f.variable = true
	}
	if v == Yes {
		f.AddAtom(representative.Atom{Text: text, Fold: fold})
	}
}

// addLink handles a condition that compares another key with this one. For equality, the other
// key's values are complete representatives; for any other relation they are not. A pattern that is
// only the variable is an equality, since a variable's value holds no wildcards.
func (f *constants) addLink(e *eval, c *policy.Condition) {
	f.variable = true
	for i := range c.Values {
		if n := len(c.Values[i].Template.Parts); n > 1 || n == 1 && c.Kind != condition.StringEquals && c.Kind != condition.StringLike {
			f.complete = false
		}
	}
	if st, values := e.Lookup(c.Key); st == match.KeyPresent {
		for _, v := range values {
			f.AddAtom(representative.Atom{Text: v})
		}
	}
}

// addResources adds the values with which a resource pattern would match the resource in question.
func (f *constants) addResources(e *eval, s *policy.Statement, key string) {
	for i := range s.Resources {
		t := &s.Resources[i].Template
		if !t.Uses(key) {
			continue
		}
		f.variable, f.complete = true, false
		for _, c := range t.Captures(key, e.Resource) {
			f.AddAtom(representative.Atom{Text: c})
		}
	}
}

func (f *constants) addGrant(g *Grant, key string) {
	if g.SourceARN != "" && key == match.SourceARN {
		f.AddAtom(representative.Atom{Text: g.SourceARN})
	}
	for _, pairs := range [...]map[string]string{g.EncryptionContextEquals, g.EncryptionContextSubset} {
		for k, v := range pairs {
			if match.EncryptionContext+strings.ToLower(k) == key {
				f.AddAtom(representative.Atom{Text: v})
			}
		}
	}
	slices.SortFunc(f.Atoms, func(a, b representative.Atom) int { return strings.Compare(a.Text, b.Text) }) // the pairs came in the order of a map
}
