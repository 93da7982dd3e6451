package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/representative"
)

// Beginnings of the names of stand-ins.
const (
	standInRole    = "trailguard-stands-for-anybody"
	standInObject  = "qz7trail0object"
	standInSession = "qz7trail0session"
)

// isStandIn reports whether a value was made up as a stand-in, and must not be shown to people.
func isStandIn(value string) bool {
	if len(value) < len(standInObject) { // the shortest, which most values are shorter than
		return false
	}
	return strings.Contains(value, standInRole) || strings.Contains(value, standInObject) || strings.Contains(value, standInSession)
}

// UnnamedAccount returns the id of an account that stands for all accounts that the policies do not
// name. It differs from the others.
func UnnamedAccount(policies []*Policy, others ...string) string {
	var ids []string
	for _, digit := range "0123456789" {
		repeated := strings.Repeat(string(digit), 11)
		ids = append(ids, repeated+"0", repeated+"9")
	}
	return leastNamed(policies, slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(others, id) })...)
}

// UnnamedRole returns the ARN of a role that stands for everybody in an account whom the policies
// do not name.
func UnnamedRole(policies []*Policy, partition, account string) string {
	prefix := "arn:" + partition + ":iam::" + account + ":role/"
	return leastNamed(policies, prefix+standInRole, prefix+"x7q0", prefix+"0")
}

// UnnamedOrganization returns the id of an organization that stands for all but the named ones.
func UnnamedOrganization(named []string) string {
	id := "o-qz7trail00"
	for slices.Contains(named, id) {
		id += "0"
	}
	return id
}

// leastNamedCost bounds how often the search for a name that no policy has goes through a policy.
const leastNamedCost = 20

// leastNamed returns the first of the texts that the fewest constants of the policies match.
func leastNamed(policies []*Policy, texts ...string) string {
	return policy.LeastNamed(documents(policies), texts...)
}

// all returns the policies that take part.
func (p *Policies) all() []*Policy {
	all := slices.Concat(slices.Concat(p.SCPs...), slices.Concat(p.RCPs...), p.Identity, p.Boundary, p.Session, []*Policy{p.Resource})
	return slices.DeleteFunc(all, func(p *Policy) bool { return p == nil })
}

// oneOfEach returns a text for every way in which patterns tell the texts of a domain apart. The
// first begins with a stand-in, and is the only one where there are no patterns. complete is false
// when there may be more ways.
func (q *Question) oneOfEach(named []representative.Atom, standIn string, d representative.Domain) (texts []string, complete bool) {
	if len(named) == 0 {
		return []string{d.Prefix + standIn}, true
	}
	work := representative.MaxWork
	texts, complete = representative.Within(&work, named, d)
	q.steps += wordCost*(representative.MaxWork-work) + textOf(named)
	return slices.Insert(texts, 0, d.Prefix+standIn), complete
}

// comparedWith collects what conditions compare a key with. The key is given in lower case.
func (q *Question) comparedWith(key string) []representative.Atom {
	var c constants
	c.addConditions(&q.Request, q.all(), key)
	return c.Atoms
}

// objects returns the objects to try. One empty text stands for none, where the question is not
// about objects.
func (q *Question) objects() ([]string, bool) {
	if q.ObjectPrefix == "" {
		return []string{""}, true
	}
	key := strings.ToLower(objectContextKey)
	named := constants{Constants: representative.Constants{Atoms: q.comparedWith(key)}}
	for i := range q.Policies.Grants {
		named.addGrant(&q.Policies.Grants[i], key)
	}
	return q.oneOfEach(named.Atoms, standInObject, representative.Domain{Prefix: q.ObjectPrefix, MinLength: 1})
}

// sessions returns the values of aws:userid to try. Their end is the session's name. Policies tell
// sessions apart by that key, and by Principal elements that name them.
func (q *Question) sessions() ([]string, bool) {
	if !q.AnySession {
		return []string{""}, true
	}
	named, prefix := q.comparedWith(keyUserID), q.sessionPrefix()
	policy.ForEachConstant(documents(q.all()), func(text string) {
		if session, ok := strings.CutPrefix(text, prefix); ok {
			named = append(named, representative.Atom{Text: q.RoleID + ":" + session})
		}
	})
	for i := range q.Policies.Grants {
		if session, ok := strings.CutPrefix(q.Policies.Grants[i].Grantee, prefix); ok {
			named = append(named, representative.Atom{Text: q.RoleID + ":" + session})
		}
	}
	return q.oneOfEach(named, standInSession, representative.Domain{Prefix: q.RoleID + ":", MinLength: 2, Allowed: sessionRune})
}

// sessionPrefix begins the ARNs of the role's sessions, which do not hold the role's path.
func (q *Question) sessionPrefix() string {
	role, _ := ParseARN(q.Request.Principal)
	return "arn:" + role.Partition + ":sts::" + role.Account + ":assumed-role/" + principal.LastPart(role.Resource) + "/"
}

// sessionRune reports whether STS accepts the character in the name of a session.
func sessionRune(r rune) bool { return externalIDRune(r) && r != ':' && r != '/' }
