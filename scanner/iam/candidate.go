package iam

import (
	"slices"
	"strings"
)

// candidate is a class of principals with what AWS says about them in the request context.
type candidate struct {
	class     PrincipalClass
	principal string
	context   []assignment // under the names that AWS gives the keys
	absent    []string
	present   []string
	domains   []keyDomain
}

// roster collects the principals worth asking about, each once.
type roster struct {
	partition string
	mentioned map[string]bool // account ids
	found     []candidate
	seen      map[PrincipalClass]bool
	tags      []string // keys that only signed requests have
}

// newRoster collects everybody whom the policies name, in Principal elements and in conditions
// on principal keys, and those whom a wildcard covers.
func newRoster(policies []*Policy, owner, partition string) *roster {
	r := &roster{partition: partition, mentioned: map[string]bool{owner: true}, seen: map[PrincipalClass]bool{}}
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
	slices.SortFunc(r.found, func(a, b candidate) int { return a.class.compare(b.class) })
	return r
}

// compare orders the widest classes first.
func (c PrincipalClass) compare(d PrincipalClass) int {
	if n := c.Kind.rank() - d.Kind.rank(); n != 0 {
		return n
	}
	return strings.Compare(c.Value, d.Value)
}

func (k PrincipalClassKind) rank() int {
	order := [...]PrincipalClassKind{
		ClassAnonymous, ClassAnyAccount, ClassAccount, ClassPrincipal, ClassService, ClassFederated, ClassCanonicalUser,
	}
	return slices.Index(order[:], k)
}

// note remembers the accounts and tags that a statement mentions.
func (r *roster) note(s *statement) {
	for i := range s.principals {
		r.mentioned[s.principals[i].account] = true
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		if strings.HasPrefix(c.key, "aws:principaltag/") && !slices.Contains(r.tags, c.key) {
			r.tags = append(r.tags, c.key)
		}
		for j := range c.values {
			r.mentioned[accountIn(c.values[j].raw)] = true
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

// freshAccount is an account that nobody mentions: any account there is.
func (r *roster) freshAccount() string {
	for _, digit := range "9876543210" {
		if id := strings.Repeat(string(digit), 12); !r.mentioned[id] {
			return id
		}
	}
	return "987654321098"
}

func (r *roster) add(c candidate) {
	if !r.seen[c.class] {
		r.seen[c.class] = true
		r.found = append(r.found, c)
	}
}

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
		r.add(candidate{
			class:     PrincipalClass{Kind: ClassCanonicalUser, Value: p.Value},
			principal: "arn:" + r.partition + ":iam::" + canonicalAccount + ":role/example",
		})
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
	c := r.member(fresh)
	c.class = PrincipalClass{Kind: ClassAnyAccount, Value: "*"}
	r.add(c)
	anonymous := candidate{
		class: PrincipalClass{Kind: ClassAnonymous, Value: Anonymous}, principal: Anonymous,
		absent: []string{"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:principalservicename", "sts:externalid"},
		context: []assignment{
			{"aws:PrincipalAccount", []string{Anonymous}},
			{"aws:PrincipalType", []string{"Anonymous"}},
			{"aws:userid", []string{Anonymous}},
			{"aws:PrincipalIsAWSService", []string{"false"}},
		},
	}
	anonymous.absent = append(anonymous.absent, r.tags...)
	r.add(anonymous)
	r.addFederated("example.com", "*")
}

func (r *roster) addAccount(id string) {
	if id == "" {
		return
	}
	c := r.member(id)
	c.class = PrincipalClass{Kind: ClassAccount, Value: id, Account: id}
	r.add(c)
}

// member is somebody in an account whom no policy names.
func (r *roster) member(account string) candidate {
	prefix := "arn:" + r.partition + ":iam::" + account + ":"
	return candidate{
		principal: prefix + "role/example",
		context: []assignment{
			{"aws:PrincipalAccount", []string{account}},
			{"aws:PrincipalIsAWSService", []string{"false"}},
		},
		present: []string{"aws:principalarn"},
		domains: []keyDomain{{key: "aws:principalarn", domain: domain{prefix: prefix, minLength: 1}}},
	}
}

func (r *roster) addPrincipal(arn string) {
	a, ok := splitARN(arn)
	if !ok {
		return
	}
	c := candidate{
		class:     PrincipalClass{Kind: ClassPrincipal, Value: arn, Account: a.account},
		principal: arn,
		context:   []assignment{{"aws:PrincipalAccount", []string{a.account}}, {"aws:PrincipalIsAWSService", []string{"false"}}},
		present:   []string{"aws:principalarn"},
	}
	if a.service == "iam" {
		c.context = append(c.context, assignment{"aws:PrincipalArn", []string{arn}})
		c.present = nil
	} else { // a session's role has a path that its ARN does not tell
		prefix := "arn:" + a.partition + ":iam::" + a.account + ":"
		c.domains = []keyDomain{{key: "aws:principalarn", domain: domain{prefix: prefix, minLength: 1}, literals: true}}
	}
	r.add(c)
}

func (r *roster) addService(principal, value string) {
	r.add(candidate{
		class: PrincipalClass{Kind: ClassService, Value: value}, principal: principal,
		context: []assignment{
			{"aws:PrincipalIsAWSService", []string{"true"}},
			{"aws:PrincipalServiceName", []string{principal}},
		},
		absent: append([]string{"aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "sts:externalid"}, r.tags...),
	})
}

func (r *roster) addFederated(principal, value string) {
	r.add(candidate{
		class: PrincipalClass{Kind: ClassFederated, Value: value, Account: accountIn(value)}, principal: principal,
		absent: []string{"sts:externalid", "aws:principalorgid"},
	})
}

// request builds the question for one candidate. Whatever is not known about it is unknown.
func (c *candidate) request(act, resource, owner string, known Context, absent []string) Request {
	req := Request{
		Principal: c.principal, Action: act, Resource: resource, ResourceAccount: owner,
		Context: known, Absent: append(slices.Clone(absent), c.absent...), AlwaysPresent: c.present,
		OthersUnknown: true, domains: c.domains,
	}
	if len(c.context) > 0 {
		req.Context = Context{entries: slices.Grow(slices.Clone(known.entries), len(c.context))}
	}
	for _, a := range c.context {
		if _, ok := known.get(strings.ToLower(a.key)); !ok {
			req.Context.set(a.key, a.values)
		}
	}
	return req
}
