package iam

import (
	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/policy"
)

// Context holds condition keys and their values. Key names are case-insensitive, values are
// not. It is built once and may be shared; the zero Context is empty.
type Context = callers.Context

// NewContext copies a map of condition keys. A key without values is an absent key. When two
// names differ in case only, the values of the later name in sorted order hold.
func NewContext(values map[string][]string) Context { return callers.NewContext(values) }

type candidate = callers.Candidate

// listCallers lists everybody whom the policies name or whom a wildcard covers.
func listCallers(policies []*Policy, owner, partition string) *callers.List {
	return callers.NewList(documents(policies), owner, partition)
}

// documents returns the parsed documents of policies.
func documents(policies []*Policy) []*policy.Document {
	out := make([]*policy.Document, len(policies))
	for i := range policies {
		out[i] = &policies[i].doc
	}
	return out
}

// requestOf makes the question about one candidate. What is not known about the candidate is
// unknown in the request.
func requestOf(c *candidate, act, resource, owner string, known Context, absent []string) Request {
	req := Request{
		Principal: c.Principal, Action: act, Resource: resource, ResourceAccount: owner,
		Context: known, Absent: absent,
		OthersUnknown: true, Kind: c.Kind, derived: true, unnamed: c.Unnamed,
	}
	if len(known.Entries) == 0 {
		req.Context.Entries = c.Given
		return req
	}
	entries := make([]callers.Entry, len(known.Entries), len(known.Entries)+len(c.Given))
	copy(entries, known.Entries)
	req.Context.Entries = entries
	for i := range c.Given {
		if _, ok := known.Get(c.Given[i].Key); !ok {
			req.Context.Insert(&c.Given[i])
		}
	}
	return req
}
