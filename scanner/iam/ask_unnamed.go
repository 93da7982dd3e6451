package iam

import (
	"cmp"
	"slices"
	"strings"
)

// UnnamedAccount is the id of an account that stands for all that the policies do not name. It is
// none of the others.
func UnnamedAccount(policies []*Policy, others ...string) string {
	var named []atom
	for _, id := range others {
		named = append(named, atom{text: id})
	}
	forEachConstant(policies, func(text string) { named = append(named, atom{text: compileGlob(accountPart(text))}) })
	var ids []string
	for _, digit := range "0123456789" {
		ids = append(ids, strings.Repeat(string(digit), 11)+"0", strings.Repeat(string(digit), 11)+"9")
	}
	return leastNamed(ids, named)
}

// UnnamedRole is the ARN of a role that stands for everybody in an account whom the policies do
// not name.
func UnnamedRole(policies []*Policy, partition, account string) string {
	prefix := "arn:" + partition + ":iam::" + account + ":role/"
	var named []atom
	forEachConstant(policies, func(text string) { named = append(named, atom{text: compileGlob(text)}) })
	return leastNamed([]string{prefix + "trailguard-stands-for-anybody", prefix + "x7q0", prefix + "0"}, named)
}

// leastNamed is the first of the texts that fewest patterns match.
func leastNamed(texts []string, named []atom) string {
	return slices.MinFunc(texts, func(a, b string) int { return cmp.Compare(matches(named, a), matches(named, b)) })
}

// matches counts the patterns that match a text.
func matches(named []atom, text string) (count int) {
	for i := range named {
		if p := newPattern(named[i].text); p.match(text) || named[i].fold && p.matchFold(strings.ToLower(text)) {
			count++
		}
	}
	return count
}

// accountPart is where an account stands in a text that may be an ARN, patterns included.
func accountPart(text string) string {
	if parts := strings.SplitN(text, ":", 6); len(parts) > 4 {
		return parts[4]
	}
	return text
}

// forEachConstant visits what principals and conditions are compared with.
func forEachConstant(policies []*Policy, visit func(text string)) {
	for _, p := range policies {
		for i := range p.statements {
			for j := range p.statements[i].principals {
				visit(p.statements[i].principals[j].Value)
			}
			for j := range p.statements[i].conditions {
				for k := range p.statements[i].conditions[j].values {
					visit(p.statements[i].conditions[j].values[k].raw)
				}
			}
		}
	}
}

// all are the policies that take part.
func (p *Policies) all() []*Policy {
	all := slices.Concat(slices.Concat(p.SCPs...), slices.Concat(p.RCPs...), p.Identity, p.Boundary, p.Session, []*Policy{p.Resource})
	return slices.DeleteFunc(all, func(p *Policy) bool { return p == nil })
}

// oneOfEach gives a value for every way in which the policies tell apart the values of a domain
// that a key, in lower case, can hold. It begins with a stand-in, which is enough where they name
// none. complete is false when there may be more.
func (q *Question) oneOfEach(key, standIn string, d domain, more ...atom) (values []string, complete bool) {
	var e eval
	e.init(&q.Request, &Policies{})
	c := constants{complete: true, atoms: more}
	for _, p := range q.Policies.all() {
		for i := range p.statements {
			for j := range p.statements[i].conditions {
				if condition := &p.statements[i].conditions[j]; condition.key == key {
					c.addCondition(&e, condition, true)
				}
			}
		}
	}
	if len(c.atoms) == 0 {
		return []string{d.prefix + standIn}, true
	}
	values, complete = representatives(c.atoms, d)
	return slices.Insert(values, 0, d.prefix+standIn), complete
}

// objects gives the objects to try. One value that nobody looks at is enough where there is no
// question about any.
func (q *Question) objects() ([]string, bool) {
	if q.ObjectPrefix == "" {
		return []string{""}, true
	}
	return q.oneOfEach(strings.ToLower(objectContextKey), "qz7trail0object", domain{prefix: q.ObjectPrefix, minLength: 1})
}

// sessions gives the values of aws:userid to try, whose end is the name of the session. A session
// is told apart by that key, and by Principal elements that name it.
func (q *Question) sessions() ([]string, bool) {
	if !q.AnySession {
		return []string{""}, true
	}
	var named []atom
	prefix := q.sessionPrefix()
	forEachConstant(q.Policies.all(), func(text string) {
		if session, ok := strings.CutPrefix(text, prefix); ok {
			named = append(named, atom{text: q.RoleID + ":" + session})
		}
	})
	return q.oneOfEach(keyUserID, "qz7trail0session", domain{prefix: q.RoleID + ":", minLength: 2, allowed: sessionRune}, named...)
}

// sessionPrefix begins the ARNs of the sessions of the role, which drop its path.
func (q *Question) sessionPrefix() string {
	role, _ := ParseARN(q.Request.Principal)
	return "arn:" + role.Partition + ":sts::" + role.Account + ":assumed-role/" + lastPart(role.Resource) + "/"
}

// sessionRune reports whether STS accepts the character in the name of a session.
func sessionRune(r rune) bool { return externalIDRune(r) && r != ':' && r != '/' }
