package iam

import (
	"slices"
	"strings"
	"sync"

	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// candidate is a class of principals with what AWS says about them in the request context.
type candidate struct {
	class     PrincipalClass
	principal string
	kind      keys.Kind
	context   []contextEntry     // sorted by key
	unnamed   *unnamedPrincipals // for everybody in an account whom no policy names
}

// addAnyone adds what a wildcard covers.
func (r *principalList) addAnyone(fresh string) {
	class := PrincipalClass{Kind: ClassAnyAccount, Value: "*"}
	if !r.isNew(class) {
		return
	}
	c := r.unnamedIn(fresh)
	c.class = class
	r.add(c)
	r.add(candidate{
		class: PrincipalClass{Kind: ClassAnonymous, Value: principal.Anonymous}, principal: principal.Anonymous,
		kind: keys.Unsigned, context: contextOf(keys.Unsigned),
	})
	r.addFederated("example.com", "*")
}

func (r *principalList) addAccount(id string) {
	class := PrincipalClass{Kind: ClassAccount, Value: id, Account: id}
	if id == "" || !r.isNew(class) {
		return
	}
	c := r.unnamedIn(id)
	c.class = class
	r.add(c)
}

// unnamedIn is somebody in an account whom no policy names.
func (r *principalList) unnamedIn(account string) candidate {
	prefix := "arn:" + r.partition + ":iam::" + account + ":"
	c := candidate{
		principal: prefix + "role/example",
		kind:      keys.Signed,
		context:   contextOf(keys.Signed, inAccount(account)),
		unnamed:   &r.unnamed,
	}
	for slices.Contains(r.unnamed.named, c.principal) {
		c.principal += "-other"
	}
	return c
}

func inAccount(account string) contextEntry {
	return contextEntry{keyPrincipalAccount, "aws:PrincipalAccount", []string{account}}
}

// contextOf is what is known of every request of a kind, and of one of them.
func contextOf(kind keys.Kind, given ...contextEntry) []contextEntry {
	known := Context{entries: append(make([]contextEntry, 0, len(given)+2), fixedEntries()[kind]...)}
	for i := range given {
		known.insert(&given[i])
	}
	return known.entries
}

// fixedEntries are the keys that always hold one value, by kind of request.
var fixedEntries = sync.OnceValue(func() (all [keys.Provider + 1][]contextEntry) {
	for kind := range all {
		values := map[string][]string{}
		fixed, _ := keys.Constant(keys.Kind(kind))
		for name, value := range fixed {
			values[name] = []string{value}
		}
		all[kind] = NewContext(values).entries
	}
	return all
})

func (r *principalList) addPrincipal(arn string) {
	a, ok := principal.ParseARN(arn)
	class := PrincipalClass{Kind: ClassPrincipal, Value: arn, Account: a.Account}
	if !ok || !r.isNew(class) {
		return
	}
	c := candidate{class: class, principal: arn, kind: keys.Signed}
	values := []string{a.Account, arn}
	account := contextEntry{keyPrincipalAccount, "aws:PrincipalAccount", values[:1:1]}
	if a.Service == "sts" && strings.HasPrefix(a.Resource, "assumed-role/") { // a session's role has a path that its ARN does not tell
		c.context = contextOf(keys.Signed, account)
	} else {
		c.context = contextOf(keys.Signed, account, contextEntry{keyPrincipalARN, "aws:PrincipalArn", values[1:]})
	}
	r.add(c)
}

func (r *principalList) addService(principal, value string) {
	class := PrincipalClass{Kind: ClassService, Value: value}
	if !r.isNew(class) {
		return
	}
	r.add(candidate{
		class: class, principal: principal, kind: keys.Service,
		context: contextOf(keys.Service, contextEntry{keyServiceName, "aws:PrincipalServiceName", []string{principal}}),
	})
}

func (r *principalList) addFederated(provider, value string) {
	class := PrincipalClass{Kind: ClassFederated, Value: value, Account: principal.AccountIn(value)}
	if r.isNew(class) {
		r.add(candidate{class: class, principal: provider, kind: keys.Provider, context: contextOf(keys.Provider)})
	}
}

// request builds the question for one candidate. Whatever is not known about it is unknown.
func (c *candidate) request(act, resource, owner string, known Context, absent []string) Request {
	req := Request{
		Principal: c.principal, Action: act, Resource: resource, ResourceAccount: owner,
		Context: known, Absent: absent,
		OthersUnknown: true, Kind: c.kind, derived: true, unnamed: c.unnamed,
	}
	if len(known.entries) == 0 {
		req.Context.entries = c.context
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
