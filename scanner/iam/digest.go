package iam

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
)

// digest is the SHA-256, in hexadecimal, of the normalised document. Order of statements and
// lists, repetition, one-item lists, Sid, Id, whitespace and the case of actions and condition
// keys do not change it. The version counts only where a statement uses "${".
func (p *document) digest() string {
	lines := make([]string, len(p.statements))
	for i := range p.statements {
		lines[i] = p.statementDigest(&p.statements[i])
	}
	slices.Sort(lines)
	return hexDigest(strings.Join(slices.Compact(lines), "\n"))
}

func (p *document) statementDigest(s *statement) string {
	var w normaliser
	w.statement(p, s)
	sum := sha256.Sum256(w.text)
	return hex.EncodeToString(sum[:])
}

func hexDigest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// normaliser writes a statement in one way only.
type normaliser struct {
	text  []byte
	items []string // room for a list
}

func (w *normaliser) statement(p *document, s *statement) {
	w.text = append(make([]byte, 0, 512), s.effect()...)
	w.items = make([]string, 0, max(len(s.principals), len(s.actions), len(s.resources), len(s.conditions)))
	for i := range s.principals {
		w.items = append(w.items, string(s.principals[i].Kind)+"="+s.principals[i].Value)
	}
	w.list(elementName("Principal", s.hasPrincipal, s.notPrincipal))
	for i := range s.actions {
		w.items = append(w.items, strings.ToLower(s.actions[i].raw))
	}
	w.list(elementName("Action", true, s.notAction))
	for i := range s.resources {
		w.items = append(w.items, s.resources[i].raw)
	}
	w.list(elementName("Resource", s.hasResource, s.notResource))
	if len(s.conditions) == 1 {
		w.condition(&s.conditions[0])
	} else {
		w.conditions(s)
	}
	if bytes.Contains(w.text, []byte("${")) && p.version == "2012-10-17" {
		w.text = append(w.text, "\nvariables"...)
	}
}

func (w *normaliser) conditions(s *statement) {
	conditions := make([]string, len(s.conditions))
	for i := range s.conditions {
		var c normaliser
		c.condition(&s.conditions[i])
		conditions[i] = string(c.text)
	}
	slices.Sort(conditions)
	w.text = append(w.text, strings.Join(conditions, "\n")...)
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

// list quotes every item, so that no two lists read alike.
func (w *normaliser) list(name string) {
	slices.Sort(w.items)
	w.text = append(append(w.text, '\n'), name...)
	for i, s := range w.items {
		if i == 0 || s != w.items[i-1] {
			w.text = strconv.AppendQuote(append(w.text, ' '), s)
		}
	}
	w.text, w.items = append(w.text, '\n'), w.items[:0]
}

// condition takes the like-named operators together: ArnEquals is ArnLike.
func (w *normaliser) condition(c *condition) {
	for i := range c.values {
		value := c.values[i].raw
		if c.kind == opBool || c.kind == opNull {
			value = strings.ToLower(value)
		}
		w.items = append(w.items, value)
	}
	name := c.fullName()
	if c.kind == opArn {
		name = strings.Replace(name, "Equals", "Like", 1)
	}
	w.list(name + " " + c.key)
}
