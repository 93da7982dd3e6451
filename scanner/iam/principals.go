package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// principalList collects the principals and classes of principals to ask about, each once.
type principalList struct {
	partition  string
	mentioned  principal.Accounts
	candidates []*candidate
	backing    []candidate       // where they are
	seen       map[string]uint16 // by value, a bit for every kind
	unnamed    unnamedPrincipals
}

// listPrincipals collects everybody whom the policies name, in Principal elements and in conditions
// on principal keys, and those whom a wildcard covers.
func listPrincipals(policies []*Policy, owner, partition string) *principalList {
	named := 0
	for _, p := range policies {
		for i := range p.doc.Statements {
			named += len(p.doc.Statements[i].Principals)
		}
	}
	r := &principalList{partition: partition, seen: make(map[string]uint16, named+1)}
	r.candidates, r.backing = make([]*candidate, 0, named+4), make([]candidate, 0, named+4)
	r.mentioned.Add(owner)
	for _, p := range policies {
		for i := range p.doc.Statements {
			r.rememberMentions(&p.doc.Statements[i])
		}
	}
	fresh, open := r.mentioned.Fresh(), false
	for _, p := range policies {
		for i := range p.doc.Statements {
			s := &p.doc.Statements[i]
			for j := range s.Principals {
				r.addEntry(&s.Principals[j], fresh, s.NotPrincipal)
			}
			if s.NotPrincipal && !s.Deny {
				r.addAnyone(fresh)
			}
			for j := range s.Conditions {
				r.addCondition(&s.Conditions[j])
			}
			open = open || s.OpensToServices()
		}
	}
	if open {
		r.addUnnamedService(fresh)
	}
	r.addAccount(owner)
	r.sort()
	return r
}

func (r *principalList) sort() {
	slices.SortFunc(r.candidates, func(a, b *candidate) int { return a.class.compare(b.class) })
}

// compare orders the widest classes first.
func (c PrincipalClass) compare(d PrincipalClass) int {
	if n := c.Kind.rank() - d.Kind.rank(); n != 0 {
		return n
	}
	return strings.Compare(c.Value, d.Value)
}

func (k PrincipalClassKind) rank() int {
	switch k {
	case ClassAnonymous:
		return 0
	case ClassAnyAccount:
		return 1
	case ClassAccount:
		return 2
	case ClassPrincipal:
		return 3
	case ClassService:
		return 4
	case ClassFederated:
		return 5
	case ClassCanonicalUser:
	}
	return 6
}

// rememberMentions remembers the accounts that a statement mentions.
func (r *principalList) rememberMentions(s *policy.Statement) {
	for i := range s.Principals {
		r.mentioned.Add(s.Principals[i].Account)
		if p := &s.Principals[i]; p.Form == principal.FormRole || p.Form == principal.FormUser {
			r.unnamed.named = append(r.unnamed.named, p.Value)
		}
	}
	for i := range s.Conditions {
		c := &s.Conditions[i]
		for j := range c.Values {
			r.mentioned.Add(principal.AccountIn(c.Values[j].Raw))
		}
	}
}

// isNew reports whether a class is met for the first time.
func (r *principalList) isNew(class PrincipalClass) bool {
	bits, kind := r.seen[class.Value], uint16(1)<<class.Kind.rank()
	r.seen[class.Value] = bits | kind
	return bits&kind == 0
}

func (r *principalList) add(c candidate) {
	if len(r.backing) == cap(r.backing) {
		r.backing = make([]candidate, 0, 2*cap(r.backing)+1)
	}
	r.backing = append(r.backing, c)
	r.candidates = append(r.candidates, &r.backing[len(r.backing)-1])
}

func (r *principalList) addEntry(p *principal.Entry, fresh string, negated bool) {
	switch p.Form {
	case principal.FormAnyone:
		switch {
		case p.Kind == principal.Service:
			r.addService("example.amazonaws.com", "*")
		case p.Kind == principal.Federated:
			r.addFederated("example.com", "*")
		case !negated:
			r.addAnyone(fresh)
		}
	case principal.FormAccount:
		r.addAccount(p.Account)
	case principal.FormUser, principal.FormRole, principal.FormSession, principal.FormFederatedUser, principal.FormOther:
		r.addPrincipal(p.Value)
	case principal.FormService:
		r.addService(p.Value, p.Value)
	case principal.FormFederated:
		r.addFederated(p.Value, p.Value)
	case principal.FormCanonical:
		if class := (PrincipalClass{Kind: ClassCanonicalUser, Value: p.Value}); r.isNew(class) {
			r.add(candidate{class: class, principal: "arn:" + r.partition + ":iam::" + canonicalAccount + ":role/example"})
		}
	case principal.FormNobody:
	}
}

// addCondition adds whom conditions on principal keys single out.
func (r *principalList) addCondition(c *policy.Condition) {
	switch c.Key {
	case keyPrincipalARN, keyPrincipalAccount:
		for i := range c.Values {
			v := c.Values[i].Raw
			if a, ok := principal.ParseARN(v); ok && principal.IsAccountID(a.Account) && !strings.ContainsAny(v, "*?$") {
				r.addPrincipal(v)
			}
			if id := principal.AccountIn(v); id != "" {
				r.addAccount(id)
			}
		}
	case keyServiceName:
		for i := range c.Values {
			r.addService(c.Values[i].Raw, c.Values[i].Raw)
		}
	}
}
