package iam

import (
	"fmt"
	"strings"
)

// quota is AWS's default limit for a document of a type, in characters.
func quota(kind Type) int {
	switch kind {
	case ResourcePolicy:
		return 32 * 1024 // key policies; bucket policies may have 20 KB
	case TrustPolicy:
		return 8192
	case IdentityPolicy, ControlPolicy:
	}
	return 10240
}

// checkStatement refuses a statement that lacks an element, and warns of elements that AWS does
// not support where the policy stands.
func (d *decoder) checkStatement(s *rawStatement, at int) error {
	pointer := s.pointer
	needsPrincipal := d.kind == ResourcePolicy || d.kind == TrustPolicy
	switch {
	case !s.hasEffect:
		return d.errorAt(at, pointer, "the statement has no Effect")
	case !s.hasAction:
		return d.errorAt(at, pointer, "the statement has neither Action nor NotAction")
	case !s.hasResource && d.kind != TrustPolicy:
		return d.errorAt(at, pointer, "the statement has neither Resource nor NotResource")
	case !s.hasPrincipal && needsPrincipal:
		return d.errorAt(at, pointer, "the statement has neither Principal nor NotPrincipal")
	}
	warn := func(format string, args ...any) { d.warn(pointer, s.line, s.column, format, args...) }
	if s.hasPrincipal && d.kind == IdentityPolicy {
		warn("an identity policy does not support Principal; evaluated as written")
	}
	if s.hasResource && d.kind == TrustPolicy {
		warn("a trust policy does not support Resource; evaluated as written")
	}
	if s.notPrincipal && (!s.deny || d.kind == TrustPolicy) {
		warn("NotPrincipal is not supported here; evaluated as written")
	}
	for i := range s.actions {
		if a := s.actions[i].raw; a != "*" && !strings.Contains(a, ":") {
			warn("action %q has no service prefix and matches nothing", a)
		}
	}
	for i := range s.resources {
		if r := s.resources[i].raw; r != "*" && !strings.HasPrefix(r, "arn:") && !strings.ContainsAny(r, "*?$") {
			warn("resource %q is no ARN and matches nothing", r)
		}
	}
	return nil
}

// compiled compiles what was read. Only now the version is known, and with it whether "${…}" is a
// variable.
func (d *decoder) compiled(name string) document {
	p := document{
		name: name, kind: d.kind, version: d.version, id: d.id, lone: d.lone,
		statements: d.statements,
	}
	if d.version == "" {
		d.warn("", 1, 1, "the document has no Version, so policy variables are plain text; write \"2012-10-17\"")
	}
	if n := quota(d.kind); d.size() > n {
		d.warn("", 1, 1, "the document has %d bytes, more than AWS's quota of %d", d.size(), n)
	}
	if len(d.statements) == 0 {
		d.warn("/Statement", 1, 1, "the document has no statements and allows nothing")
	}
	sids := make(map[string]bool, len(d.statements))
	for i := range p.statements {
		s := &p.statements[i]
		if s.sid != "" && sids[s.sid] {
			d.warn(s.pointer+"/Sid", s.line, s.column, "the Sid %q is not unique", s.sid)
		}
		sids[s.sid] = true
		d.compile(s)
	}
	p.warnings = d.warnings
	p.public = p.isPublic()
	return p
}

// compile fills in the patterns of a statement.
func (d *decoder) compile(s *statement) {
	variables := d.version == "2012-10-17"
	for i := range s.actions {
		a := &s.actions[i]
		a.pattern = globPattern(strings.ToLower(a.raw))
	}
	for i := range s.resources {
		r := &s.resources[i]
		r.template = newTemplate(r.raw, globText, variables)
	}
	for i := range s.conditions {
		c := &s.conditions[i]
		for j := range c.values {
			c.values[j] = newCondValue(&c.operator, c.values[j].raw, variables)
			d.warnValue(c, &c.values[j], s.pointer)
		}
	}
}

// warnValue warns of values that can never match, or not as they look.
func (d *decoder) warnValue(c *condition, v *condValue, pointer string) {
	if !v.ok {
		d.warn(c.pointer(pointer), c.line, c.column, "%q is no value for %s and matches nothing", v.raw, c.fullName())
	}
	if c.kind == opStringEquals && v.template.kind == patLiteral && strings.ContainsAny(v.template.text, "*?") &&
		v.raw == v.template.text {
		d.warn(c.pointer(pointer), c.line, c.column, "%s takes the wildcard in %q literally", c.fullName(), v.raw)
	}
}

func (d *decoder) warnAt(at int, pointer, format string, args ...any) {
	line, column := d.cursor.position(at)
	d.warn(pointer, line, column, format, args...)
}

func (d *decoder) warn(pointer string, line, column int, format string, args ...any) {
	d.warnings = append(d.warnings, Warning{
		Pointer: pointer, Line: line, Column: column, Message: fmt.Sprintf(format, args...),
	})
}

// newStandIn is a document that allows, or denies, everything to everybody.
func newStandIn(name string, deny bool) document {
	return document{
		name: name, version: "2012-10-17", standIn: true, lone: true, public: !deny,
		statements: []statement{{
			deny: deny, pointer: "/Statement",
			hasResource: true, hasPrincipal: true,
			actions:    []action{{raw: "*", pattern: globPattern("*")}},
			resources:  []resource{{raw: "*", template: newTemplate("*", globText, false)}},
			principals: []principalEntry{newPrincipalEntry(PrincipalAWS, "*")},
		}},
	}
}
