package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
)

// Digest is the SHA-256, in hexadecimal, of the normalised document. Order of statements and
// lists, repetition, one-item lists, Sid, Id, whitespace and the case of actions and condition
// keys do not change it. The version counts only where a statement uses "${".
func (p *Document) Digest() string {
	lines := make([]string, len(p.Statements))
	for i := range p.Statements {
		lines[i] = p.StatementDigest(&p.Statements[i])
	}
	slices.Sort(lines)
	return hexDigest(strings.Join(slices.Compact(lines), "\n"))
}

// StatementDigest is the SHA-256, in hexadecimal, of a normalised statement without its Sid.
func (p *Document) StatementDigest(s *Statement) string {
	var w normaliser
	w.statement(p, s)
	sum := sha256.Sum256(w.text)
	return hex.EncodeToString(sum[:])
}

func hexDigest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// normaliser writes each statement in one canonical form.
type normaliser struct {
	text  []byte
	items []string // room for a list
}

func (w *normaliser) statement(p *Document, s *Statement) {
	w.text = append(make([]byte, 0, 512), s.Effect()...)
	w.items = make([]string, 0, max(len(s.Principals), len(s.Actions), len(s.Resources), len(s.Conditions)))
	for i := range s.Principals {
		w.items = append(w.items, string(s.Principals[i].Kind)+"="+s.Principals[i].Value)
	}
	w.list(elementName("Principal", s.HasPrincipal, s.NotPrincipal))
	for i := range s.Actions {
		w.items = append(w.items, strings.ToLower(s.Actions[i].Raw))
	}
	w.list(elementName("Action", true, s.NotAction))
	for i := range s.Resources {
		w.items = append(w.items, s.Resources[i].Raw)
	}
	w.list(elementName("Resource", s.HasResource, s.NotResource))
	if len(s.Conditions) == 1 {
		w.condition(&s.Conditions[0])
	} else {
		w.conditions(s)
	}
	if bytes.Contains(w.text, []byte("${")) && p.Version == "2012-10-17" {
		w.text = append(w.text, "\nvariables"...)
	}
}

func (w *normaliser) conditions(s *Statement) {
	conditions := make([]string, len(s.Conditions))
	for i := range s.Conditions {
		var c normaliser
		c.condition(&s.Conditions[i])
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

// list quotes every item, so that different lists never give the same text.
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

// condition merges operators that mean the same: ArnEquals is ArnLike.
func (w *normaliser) condition(c *Condition) {
	for i := range c.Values {
		value := c.Values[i].Raw
		if c.Kind == condition.Bool || c.Kind == condition.Null {
			value = strings.ToLower(value)
		}
		w.items = append(w.items, value)
	}
	name := c.FullName()
	if c.Kind == condition.ARN {
		name = strings.Replace(name, "Equals", "Like", 1)
	}
	w.list(name + " " + c.Key)
}
