package iam

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/trace"
)

// inWorld writes to c the question as it is in one world, where no key is
// unknown. It reuses the memory of c. Without a world it returns nil.
func inWorld(req *Request, w *world, c *Request) *Request {
	if w == nil {
		return nil
	}
	entries := append(c.Context.Entries[:0], req.Context.Entries...)
	*c = *req
	c.Context.Entries = entries
	c.Unknown, c.AlwaysPresent, c.Absent, c.OthersUnknown = nil, nil, nil, false
	c.Resource = w.resource
	for _, k := range req.Unknown {
		c.Context.Set(k, nil)
	}
	for _, k := range req.AlwaysPresent {
		if _, ok := c.Context.Get(strings.ToLower(k)); !ok {
			c.Context.Set(k, []string{"example"})
		}
	}
	if arn := req.likelyARN(); arn != "" {
		c.Context.Insert(&callers.Entry{Key: keyPrincipalARN, Name: "aws:PrincipalArn", Values: []string{arn}})
	}
	for _, a := range w.values {
		if c.unnamed != nil && a.Key == keyPrincipalARN {
			c.Principal = a.Values[0]
		}
		if len(a.Values) == 0 {
			c.Context.Set(a.Key, nil)
		} else {
			c.Context.Insert(&callers.Entry{Key: a.Key, Name: a.Key, Values: a.Values})
		}
	}
	return c
}

// witness makes a witness for a verdict from a question without unknown keys.
// It evaluates the question again, and returns nil where the verdict differs.
func (e *eval) witness(c *Request, want Verdict, t *trace.Trace) *Witness {
	if c == nil {
		return nil
	}
	var in eval
	in.startInWorld(e, c)
	v := in.verdict()
	e.Steps += in.Steps
	if v != want {
		return nil
	}
	total := 0
	for i := range c.Context.Entries {
		total += len(c.Context.Entries[i].Values)
	}
	values, buffer := make(map[string][]string, len(c.Context.Entries)), make([]string, 0, total)
	for i := range c.Context.Entries {
		entry := &c.Context.Entries[i]
		name := entry.Name
		if name == entry.Key {
			name = awsName(displayName(e.req, t, name))
		}
		from := len(buffer)
		buffer = append(buffer, entry.Values...)
		values[name] = slices.Clip(buffer[from:])
	}
	return &Witness{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: values}
}
