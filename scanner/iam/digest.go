package iam

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// Digest is the SHA-256, in hexadecimal, of the normalised document. Order of statements and
// lists, repetition, one-item lists, Sid, Id, whitespace and the case of actions and condition
// keys do not change it. The version counts only where a statement uses "${".
func (p *Policy) Digest() string {
	lines := make([]string, len(p.statements))
	for i := range p.statements {
		lines[i] = p.statementDigest(&p.statements[i])
	}
	slices.Sort(lines)
	return hexDigest(strings.Join(slices.Compact(lines), "\n"))
}

func (p *Policy) statementDigest(s *statement) string { return hexDigest(p.normalised(s)) }

func hexDigest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// normalised writes a statement in one way only.
func (p *Policy) normalised(s *statement) string {
	var b strings.Builder
	b.WriteString(string(s.effect()))
	lists := [3][]string{}
	for i := range s.principals {
		lists[0] = append(lists[0], string(s.principals[i].Kind)+"="+s.principals[i].Value)
	}
	for i := range s.actions {
		lists[1] = append(lists[1], strings.ToLower(s.actions[i].raw))
	}
	for i := range s.resources {
		lists[2] = append(lists[2], s.resources[i].raw)
	}
	writeList(&b, elementName("Principal", s.hasPrincipal, s.notPrincipal), lists[0])
	writeList(&b, elementName("Action", true, s.notAction), lists[1])
	writeList(&b, elementName("Resource", s.hasResource, s.notResource), lists[2])
	conditions := make([]string, len(s.conditions))
	for i := range s.conditions {
		conditions[i] = s.conditions[i].normalised()
	}
	slices.Sort(conditions)
	b.WriteString(strings.Join(conditions, "\n"))
	if text := b.String(); strings.Contains(text, "${") && p.version == "2012-10-17" {
		b.WriteString("\nvariables")
	}
	return b.String()
}

func elementName(name string, present, negated bool) string {
	switch {
	case !present:
		return "no " + name
	case negated:
		return "Not" + name
	}
	return name
}

// writeList quotes every item, so that no two lists read alike.
func writeList(b *strings.Builder, name string, items []string) {
	slices.Sort(items)
	b.WriteByte('\n')
	b.WriteString(name)
	for _, s := range slices.Compact(items) {
		b.WriteByte(' ')
		b.WriteString(strconv.Quote(s))
	}
	b.WriteByte('\n')
}

// normalised takes the like-named operators together: ArnEquals is ArnLike.
func (c *condition) normalised() string {
	var b strings.Builder
	values := make([]string, len(c.values))
	for i := range c.values {
		values[i] = c.values[i].raw
		if c.kind == opBool || c.kind == opNull {
			values[i] = strings.ToLower(values[i])
		}
	}
	name := c.fullName()
	if c.kind == opArn {
		name = strings.Replace(name, "Equals", "Like", 1)
	}
	writeList(&b, name+" "+c.key, values)
	return b.String()
}
