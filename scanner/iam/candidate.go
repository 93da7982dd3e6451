package iam

import (
	"slices"
	"strings"
)

// candidate is a class of principals with what AWS says about them in the request context.
type candidate struct {
	class     PrincipalClass
	principal string
	context   []contextEntry
	absent    []string
	present   []string
	domains   []keyDomain
}

// roster collects the principals worth asking about, each once.
type roster struct {
	partition string
	mentioned [10]bool // account ids of one digit repeated
	found     []*candidate
	seen      map[PrincipalClass]bool
	tags      []string // keys that only signed requests have
}

// newRoster collects everybody whom the policies name, in Principal elements and in conditions
// on principal keys, and those whom a wildcard covers.
func newRoster(policies []*Policy, owner, partition string) *roster {
	r := &roster{partition: partition, seen: map[PrincipalClass]bool{}}
	r.mention(owner)
	for _, p := range policies {
		for i := range p.statements {
			r.note(&p.statements[i])
		}
	}
	fresh := r.freshAccount()
	for _, p := range policies {
		for i := range p.statements {
			s := &p.statements[i]
			for j := range s.principals {
				r.addEntry(&s.principals[j], fresh, s.notPrincipal)
			}
			if s.notPrincipal && !s.deny {
				r.addAnyone(fresh)
			}
			for j := range s.conditions {
				r.addCondition(&s.conditions[j])
			}
		}
	}
	r.addAccount(owner)
	r.sort()
	return r
}

func (r *roster) sort() {
	slices.SortFunc(r.found, func(a, b *candidate) int { return a.class.compare(b.class) })
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

// note remembers the accounts and tags that a statement mentions.
func (r *roster) note(s *statement) {
	for i := range s.principals {
		r.mention(s.principals[i].account)
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if strings.HasPrefix(c.key, "aws:principaltag/") && !slices.Contains(r.tags, c.key) {
			r.tags = append(r.tags, c.key)
		}
		for j := range c.values {
			r.mention(accountIn(c.values[j].raw))
		}
	}
}

// accountIn finds an account id: the value itself, or the account of an ARN.
func accountIn(value string) string {
	if isAccountID(value) {
		return value
	}
	if a, ok := splitARN(value); ok && isAccountID(a.account) {
		return a.account
	}
	return ""
}

// mention remembers an account id when it is one that freshAccount could choose.
func (r *roster) mention(id string) {
	if isAccountID(id) && strings.Count(id, id[:1]) == len(id) {
		r.mentioned[id[0]-'0'] = true
	}
}

// freshAccount is an account that nobody mentions: any account there is.
func (r *roster) freshAccount() string {
	for digit := len(r.mentioned) - 1; digit >= 0; digit-- {
		if !r.mentioned[digit] {
			return strings.Repeat(string(rune('0'+digit)), 12)
		}
	}
	return "987654321098"
}

// isNew reports whether a class is met for the first time.
func (r *roster) isNew(class PrincipalClass) bool {
	if r.seen[class] {
		return false
	}
	r.seen[class] = true
	return true
}

func (r *roster) add(c candidate) { r.found = append(r.found, &c) }

func (r *roster) addEntry(p *principalEntry, fresh string, negated bool) {
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
func (r *roster) addCondition(c *condition) {
	switch c.key {
	case "aws:principalarn", "aws:principalaccount":
		for i := range c.values {
			v := c.values[i].raw
			if a, ok := splitARN(v); ok && isAccountID(a.account) && !strings.ContainsAny(v, "*?$") {
				r.addPrincipal(v)
			}
			if id := accountIn(v); id != "" {
				r.addAccount(id)
			}
		}
	case "aws:principalservicename":
		for i := range c.values {
			r.addService(c.values[i].raw, c.values[i].raw)
		}
	}
}

// addAnyone adds what a wildcard covers.
func (r *roster) addAnyone(fresh string) {
	class := PrincipalClass{Kind: ClassAnyAccount, Value: "*"}
	if !r.isNew(class) {
		return
	}
	c := r.member(fresh)
	c.class = class
	r.add(c)
	anonymous := candidate{
		class: PrincipalClass{Kind: ClassAnonymous, Value: Anonymous}, principal: Anonymous,
		absent: []string{"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalservicename", "sts:externalid"},
		context: []contextEntry{
			{"aws:principalaccount", "aws:PrincipalAccount", []string{Anonymous}},
			{"aws:principaltype", "aws:PrincipalType", []string{"Anonymous"}},
			{"aws:userid", "aws:userid", []string{Anonymous}},
			noService(),
		},
	}
	anonymous.absent = append(anonymous.absent, r.tags...)
	r.add(anonymous)
	r.addFederated("example.com", "*")
}

func (r *roster) addAccount(id string) {
	class := PrincipalClass{Kind: ClassAccount, Value: id, Account: id}
	if id == "" || !r.isNew(class) {
		return
	}
	c := r.member(id)
	c.class = class
	r.add(c)
}

// member is somebody in an account whom no policy names.
func (r *roster) member(account string) candidate {
	prefix := "arn:" + r.partition + ":iam::" + account + ":"
	return candidate{
		principal: prefix + "role/example",
		context:   []contextEntry{inAccount(account), noService()},
		present:   []string{"aws:principalarn"},
		domains:   []keyDomain{{key: "aws:principalarn", domain: domain{prefix: prefix, minLength: 1}}},
	}
}

func inAccount(account string) contextEntry {
	return contextEntry{"aws:principalaccount", "aws:PrincipalAccount", []string{account}}
}

func noService() contextEntry {
	return contextEntry{"aws:principalisawsservice", "aws:PrincipalIsAWSService", isFalse}
}

var isFalse = []string{"false"}

func (r *roster) addPrincipal(arn string) {
	a, ok := splitARN(arn)
	class := PrincipalClass{Kind: ClassPrincipal, Value: arn, Account: a.account}
	if !ok || !r.isNew(class) {
		return
	}
	c := candidate{class: class, principal: arn}
	if a.service == "iam" {
		c.context = []contextEntry{inAccount(a.account), noService(), {"aws:principalarn", "aws:PrincipalArn", []string{arn}}}
	} else {
		c.context, c.present = []contextEntry{inAccount(a.account), noService()}, []string{"aws:principalarn"} // a session's role has a path that its ARN does not tell
		prefix := "arn:" + a.partition + ":iam::" + a.account + ":"
		c.domains = []keyDomain{{key: "aws:principalarn", domain: domain{prefix: prefix, minLength: 1}, literals: true}}
	}
	r.add(c)
}

func (r *roster) addService(principal, value string) {
	class := PrincipalClass{Kind: ClassService, Value: value}
	if !r.isNew(class) {
		return
	}
	r.add(candidate{
		class: class, principal: principal,
		context: []contextEntry{
			{"aws:principalisawsservice", "aws:PrincipalIsAWSService", []string{"true"}},
			{"aws:principalservicename", "aws:PrincipalServiceName", []string{principal}},
		},
		absent: append([]string{"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "sts:externalid"}, r.tags...),
	})
}

func (r *roster) addFederated(principal, value string) {
	class := PrincipalClass{Kind: ClassFederated, Value: value, Account: accountIn(value)}
	if !r.isNew(class) {
		return
	}
	r.add(candidate{
		class: class, principal: principal,
		absent: []string{"sts:externalid", "aws:principalorgid"},
	})
}

// request builds the question for one candidate. Whatever is not known about it is unknown.
func (c *candidate) request(act, resource, owner string, known Context, absent []string) Request {
	req := Request{
		Principal: c.principal, Action: act, Resource: resource, ResourceAccount: owner,
		Context: known, Absent: absent, AlwaysPresent: c.present,
		OthersUnknown: true, domains: c.domains,
	}
	if len(c.absent) > 0 {
		req.Absent = slices.Concat(absent, c.absent)
	}
	if len(c.context) == 0 {
		return req
	}
	entries := make([]contextEntry, len(known.entries), len(known.entries)+len(c.context))
	copy(entries, known.entries)
	req.Context.entries = entries
	for i := range c.context {
		if _, ok := known.get(c.context[i].key); !ok {
			req.Context.insert(&c.context[i])
		}
	}
	return req
}
