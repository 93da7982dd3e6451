package iam

import (
	"slices"
	"strings"
)

// principalList collects the principals worth asking about, each once.
type principalList struct {
	partition  string
	mentioned  [10]bool // account ids of one digit repeated
	candidates []*candidate
	backing    []candidate       // where they are
	seen       map[string]uint16 // by value, a bit for every kind
	tags       []string          // keys that only signed requests have
	unnamed    unnamedPrincipals
}

// listPrincipals collects everybody whom the policies name, in Principal elements and in conditions
// on principal keys, and those whom a wildcard covers.
func listPrincipals(policies []*Policy, owner, partition string) *principalList {
	named := 0
	for _, p := range policies {
		for i := range p.doc.statements {
			named += len(p.doc.statements[i].principals)
		}
	}
	r := &principalList{partition: partition, seen: make(map[string]uint16, named+1)}
	r.candidates, r.backing = make([]*candidate, 0, named+4), make([]candidate, 0, named+4)
	r.rememberAccount(owner)
	for _, p := range policies {
		for i := range p.doc.statements {
			r.rememberMentions(&p.doc.statements[i])
		}
	}
	fresh, open := r.freshAccount(), false
	for _, p := range policies {
		for i := range p.doc.statements {
			s := &p.doc.statements[i]
			for j := range s.principals {
				r.addEntry(&s.principals[j], fresh, s.notPrincipal)
			}
			if s.notPrincipal && !s.deny {
				r.addAnyone(fresh)
			}
			for j := range s.conditions {
				r.addCondition(&s.conditions[j])
			}
			open = open || opensToServices(s)
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

// rememberMentions remembers the accounts and tags that a statement mentions.
func (r *principalList) rememberMentions(s *statement) {
	for i := range s.principals {
		r.rememberAccount(s.principals[i].account)
		if p := &s.principals[i]; p.kind == entryRole || p.kind == entryUser {
			r.unnamed.named = append(r.unnamed.named, p.Value)
		}
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if strings.HasPrefix(c.key, "aws:principaltag/") && !slices.Contains(r.tags, c.key) {
			r.tags = append(r.tags, c.key)
		}
		for j := range c.values {
			r.rememberAccount(accountIn(c.values[j].raw))
		}
	}
}

// accountIn finds an account id: the value itself, or the account of an ARN.
func accountIn(value string) string {
	if IsAccountID(value) {
		return value
	}
	if a, ok := ParseARN(value); ok && IsAccountID(a.Account) {
		return a.Account
	}
	return ""
}

// rememberAccount remembers an account id when it is one that freshAccount could choose.
func (r *principalList) rememberAccount(id string) {
	if IsAccountID(id) && strings.Count(id, id[:1]) == len(id) {
		r.mentioned[id[0]-'0'] = true
	}
}

// freshAccount is an account that nobody mentions: any account there is.
func (r *principalList) freshAccount() string {
	for digit := len(r.mentioned) - 1; digit >= 0; digit-- {
		if !r.mentioned[digit] {
			return strings.Repeat(string(rune('0'+digit)), 12)
		}
	}
	return "987654321098"
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

func (r *principalList) addEntry(p *principalEntry, fresh string, negated bool) {
	switch p.kind {
	case entryAnyone:
		switch {
		case p.Kind == PrincipalService:
			r.addService("example.amazonaws.com", "*")
		case p.Kind == PrincipalFederated:
			r.addFederated("example.com", "*")
		case !negated:
			r.addAnyone(fresh)
		}
	case entryAccount:
		r.addAccount(p.account)
	case entryUser, entryRole, entrySession, entryFederatedUser, entryOther:
		r.addPrincipal(p.Value)
	case entryService:
		r.addService(p.Value, p.Value)
	case entryFederated:
		r.addFederated(p.Value, p.Value)
	case entryCanonical:
		if class := (PrincipalClass{Kind: ClassCanonicalUser, Value: p.Value}); r.isNew(class) {
			r.add(candidate{class: class, principal: "arn:" + r.partition + ":iam::" + canonicalAccount + ":role/example"})
		}
	case entryNobody:
	}
}

// addCondition adds whom conditions on principal keys single out.
func (r *principalList) addCondition(c *condition) {
	switch c.key {
	case keyPrincipalARN, keyPrincipalAccount:
		for i := range c.values {
			v := c.values[i].raw
			if a, ok := ParseARN(v); ok && IsAccountID(a.Account) && !strings.ContainsAny(v, "*?$") {
				r.addPrincipal(v)
			}
			if id := accountIn(v); id != "" {
				r.addAccount(id)
			}
		}
	case keyServiceName:
		for i := range c.values {
			r.addService(c.values[i].raw, c.values[i].raw)
		}
	}
}
