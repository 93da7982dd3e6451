package iam

import (
	"slices"
	"strings"
)

// inWorld writes to c the question as it stands in one world, where no key is unknown. It uses the
// memory of c again. Without a world it returns nil.
func inWorld(req *Request, w *world, c *Request) *Request {
	if w == nil {
		return nil
	}
	entries := append(c.Context.entries[:0], req.Context.entries...)
	*c = *req
	c.Context.entries = entries
	c.Unknown, c.AlwaysPresent, c.Absent, c.OthersUnknown = nil, nil, nil, false
	c.Resource = w.resource
	for _, k := range req.Unknown {
		c.Context.set(k, nil)
	}
	for _, k := range req.AlwaysPresent {
		if _, ok := c.Context.get(strings.ToLower(k)); !ok {
			c.Context.set(k, []string{"example"})
		}
	}
	if arn := req.likelyARN(); arn != "" {
		c.Context.insert(&contextEntry{key: keyPrincipalARN, name: "aws:PrincipalArn", values: []string{arn}})
	}
	for _, a := range w.values {
		if c.unnamed != nil && a.key == keyPrincipalARN {
			c.Principal = a.values[0]
		}
		if len(a.values) == 0 {
			c.Context.set(a.key, nil)
		} else {
			c.Context.insert(&contextEntry{key: a.key, name: a.key, values: a.values})
		}
	}
	return c
}

// witness turns a question without unknown keys into a witness for a verdict. It evaluates the question
// again, and returns nil when the verdict is another.
func (e *eval) witness(c *Request, want Verdict, t *tracer) *Witness {
	if c == nil {
		return nil
	}
	var in eval
	in.startInWorld(e, c)
	if in.verdict() != want {
		return nil
	}
	total := 0
	for i := range c.Context.entries {
		total += len(c.Context.entries[i].values)
	}
	values, buffer := make(map[string][]string, len(c.Context.entries)), make([]string, 0, total)
	for i := range c.Context.entries {
		entry := &c.Context.entries[i]
		name := entry.name
		if name == entry.key {
			name = awsName(displayName(e.req, t, name))
		}
		from := len(buffer)
		buffer = append(buffer, entry.values...)
		values[name] = slices.Clip(buffer[from:])
	}
	return &Witness{Principal: c.Principal, Action: c.Action, Resource: c.Resource, Context: values}
}
