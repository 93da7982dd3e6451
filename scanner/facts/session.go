package facts

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// userIDKey tells the session of a role, after its id.
const userIDKey = "aws:userid"

// freshSession is a session name that no policy has.
const freshSession = "qz7trail0session"

// sessionARN is a session of a role. Nobody tells what Immuta calls its own.
func sessionARN(role, session string) string {
	p := parseARN(role)
	return "arn:" + p.partition + ":sts::" + p.account + ":assumed-role/" + roleName(role) + "/" + session
}

// sessionNames are the names of sessions that a policy tells apart: those of
// principals and of conditions on aws:userid or a principal's ARN, with
// something in the place of their wildcards.
func sessionNames(statements []iam.Statement) []string {
	var names []string
	add := func(name string) {
		for _, fill := range []string{"", "qz"} {
			if full := strings.ReplaceAll(strings.ReplaceAll(name, "?", "q"), "*", fill); full != "" {
				names = append(names, full)
			}
		}
	}
	for i := range statements {
		for _, p := range statements[i].Principals {
			if _, session, ok := strings.Cut(p.Value, ":assumed-role/"); ok {
				add(session[strings.LastIndexByte(session, '/')+1:])
			}
		}
		for _, c := range statements[i].Conditions {
			if !strings.EqualFold(c.Key, userIDKey) {
				continue
			}
			for _, value := range c.Values {
				add(value[strings.LastIndexByte(value, ':')+1:])
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// forSession is the request as another session of the role makes it.
func (e *export) forSession(req iam.Request, session string) iam.Request {
	req.Principal = sessionARN(e.who.arn, session)
	if record, ok := e.principalRecord(); ok && record.RoleID != "" {
		req.Context = req.Context.With(userIDKey, record.RoleID+":"+session)
	}
	return req
}

// askSessions answers a question for every session that policies tell apart.
func (e *export) askSessions(q *question) ruling {
	r := e.askAny(q)
	e.unnamed(&r.answer, freshSession)
	for _, session := range e.sessionsOf(q) {
		other := *q
		other.request = e.forSession(q.request, session)
		another := e.askAny(&other)
		e.unnamed(&another.answer, session)
		if !r.agree(another, userIDKey) {
			break
		}
	}
	return r
}

// agree compares a ruling with that of another case, and leaves it open to
// what tells the cases apart where they differ.
func (r *ruling) agree(other ruling, need string) bool {
	switch {
	case r.open:
		return false
	case other.open:
		*r = other
		return false
	case r.answer.Verdict == iam.Depends:
		return false
	case other.answer.Verdict != r.answer.Verdict:
		r.answer.Verdict, r.answer.Missing, r.answer.ExplicitDeny = iam.Depends, nil, false
		r.answer.Reasons = append(slices.Clone(r.answer.Reasons), other.answer.Reasons...)
		r.answer.Needs = []string{need}
		if other.answer.Verdict == iam.Depends {
			r.answer.Needs = other.answer.Needs
		}
		return false
	case other.answer.ExplicitDeny != r.answer.ExplicitDeny:
		// Refused either way; only one of the two by an explicit Deny.
		r.answer.ExplicitDeny = false
	}
	return true
}

// sessionsOf are the sessions of the writer's role that the policies of a
// question tell apart, beside the fresh one.
func (e *export) sessionsOf(q *question) []string {
	if e.who.method != methodRole {
		return nil
	}
	return e.told(q, func(d *policyDocument) []string { return d.sessions() })
}

// told is what all policies of a question tell apart.
func (e *export) told(q *question, of func(*policyDocument) []string) []string {
	var names []string
	for _, d := range append(slices.Clone(e.set.docs), q.resource.doc) {
		if d != nil {
			names = append(names, of(d)...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// unnamed shows the role where an answer shows the session that stands for it.
func (e *export) unnamed(a *iam.Answer, session string) {
	if e.who.method != methodRole {
		return
	}
	pairs := []string{sessionARN(e.who.arn, session), e.who.arn}
	if record, ok := e.principalRecord(); ok && record.RoleID != "" {
		pairs = append(pairs, record.RoleID+":"+session, record.RoleID+":<session>")
	}
	clean := strings.NewReplacer(pairs...)
	for i := range a.Missing {
		a.Missing[i] = clean.Replace(a.Missing[i])
	}
	for _, reasons := range [][]iam.Reason{a.Reasons, a.Considered} {
		for i := range reasons {
			reasons[i].Note = clean.Replace(reasons[i].Note)
		}
	}
}
