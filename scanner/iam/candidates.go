package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// candidate is a class of principals with what AWS says about them in the request context.
type candidate struct {
	class     PrincipalClass
	principal string
	context   []contextEntry // sorted by key
	absent    []string
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
	anonymous := candidate{
		class: PrincipalClass{Kind: ClassAnonymous, Value: principal.Anonymous}, principal: principal.Anonymous,
		absent: []string{keyPrincipalARN, "aws:principalorgid", "aws:principalorgpaths", keyServiceName, externalIDKey},
		context: []contextEntry{
			{keyPrincipalAccount, "aws:PrincipalAccount", []string{principal.Anonymous}},
			noService(),
			{keyPrincipalType, "aws:PrincipalType", []string{"Anonymous"}},
			{keyUserID, "aws:userid", []string{principal.Anonymous}},
		},
	}
	anonymous.absent = append(anonymous.absent, r.tags...)
	r.add(anonymous)
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
		context:   []contextEntry{inAccount(account), noService()},
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

func noService() contextEntry {
	return contextEntry{"aws:principalisawsservice", "aws:PrincipalIsAWSService", isFalse}
}

var isFalse = []string{"false"}

func (r *principalList) addPrincipal(arn string) {
	a, ok := principal.ParseARN(arn)
	class := PrincipalClass{Kind: ClassPrincipal, Value: arn, Account: a.Account}
	if !ok || !r.isNew(class) {
		return
	}
	c := candidate{class: class, principal: arn}
	values := []string{a.Account, arn}
	account := contextEntry{keyPrincipalAccount, "aws:PrincipalAccount", values[:1:1]}
	if a.Service == "sts" && strings.HasPrefix(a.Resource, "assumed-role/") { // a session's role has a path that its ARN does not tell
		c.context = []contextEntry{account, noService()}
	} else {
		c.context = []contextEntry{account, {keyPrincipalARN, "aws:PrincipalArn", values[1:]}, noService()}
	}
	r.add(c)
}

func (r *principalList) addService(principal, value string) {
	class := PrincipalClass{Kind: ClassService, Value: value}
	if !r.isNew(class) {
		return
	}
	r.add(candidate{
		class: class, principal: principal,
		context: []contextEntry{
			{"aws:principalisawsservice", "aws:PrincipalIsAWSService", []string{"true"}},
			{keyServiceName, "aws:PrincipalServiceName", []string{principal}},
		},
		absent: append([]string{keyPrincipalARN, "aws:principalorgid", "aws:principalorgpaths", externalIDKey}, r.tags...),
	})
}

func (r *principalList) addFederated(provider, value string) {
	class := PrincipalClass{Kind: ClassFederated, Value: value, Account: principal.AccountIn(value)}
	if !r.isNew(class) {
		return
	}
	r.add(candidate{
		class: class, principal: provider,
		absent: []string{externalIDKey, "aws:principalorgid"},
	})
}

// request builds the question for one candidate. Whatever is not known about it is unknown.
func (c *candidate) request(act, resource, owner string, known Context, absent []string) Request {
	req := Request{
		Principal: c.principal, Action: act, Resource: resource, ResourceAccount: owner,
		Context: known, Absent: absent,
		OthersUnknown: true, derived: true, unnamed: c.unnamed,
	}
	if len(c.absent) > 0 {
		req.Absent = slices.Concat(absent, c.absent)
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
