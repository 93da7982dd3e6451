package iam

import (
	"strconv"
	"strings"
)

// maxDocument is far above every quota of AWS. A larger text is no policy.
const maxDocument = 1 << 20

// parseDocument reads a document of a type. An error is a *ParseError.
func parseDocument(text []byte, name string, kind Type) (document, error) {
	d := &decoder{reader: newReader(text), kind: kind}
	if len(text) > maxDocument {
		return document{}, d.errorAt(0, "", "the document has %d bytes, more than any policy can have", len(text))
	}
	if err := d.document(); err != nil {
		return document{}, err
	}
	return d.compiled(name), nil
}

// rawStatement is a statement as read; its patterns are compiled when the version is known.
type rawStatement struct {
	statement
	hasEffect bool
	hasAction bool
}

// decoder reads a document token by token, so that every element has its position and nothing
// nests deeper than the grammar.
type decoder struct {
	reader
	kind       Type
	version    string
	id         string
	hasStmt    bool
	lone       bool
	statements []statement
	warnings   []Warning
}

func (d *decoder) document() error {
	start := d.next()
	if err := d.open('{', "a policy document"); err != nil {
		return err
	}
	for d.peek() != '}' {
		if err := d.topElement(); err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return err
	}
	if !d.hasStmt {
		return d.errorAt(start, "", "the document has no Statement")
	}
	return d.end()
}

func (d *decoder) topElement() error {
	at := d.next()
	name, err := d.string("element name")
	if err != nil {
		return err
	}
	switch name {
	case "Version":
		at = d.next()
		if d.version, err = d.string("Version"); err != nil {
			return err
		}
		if d.version != "2012-10-17" && d.version != "2008-10-17" {
			return d.errorAt(at, "/Version", "version %q does not exist; use \"2012-10-17\"", d.version)
		}
		return nil
	case "Id":
		d.id, err = d.string("Id")
		return err
	case "Statement":
		d.hasStmt = true
		return d.statementList()
	}
	return d.unknown(at, name, "Version", "Id", "Statement")
}

func (d *decoder) statementList() error {
	if d.peek() == '{' {
		d.lone = true
		return d.statement(0)
	}
	if err := d.open('[', "Statement"); err != nil {
		return err
	}
	d.statements = make([]statement, 0, min(d.count(`"Effect"`), 256)) // most documents in one allocation
	for i := 0; d.peek() != ']'; i++ {
		if err := d.statement(i); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

func (d *decoder) statement(index int) error {
	at := d.next()
	var s rawStatement
	s.index = index
	s.line, s.column = d.position(at)
	s.pointer = statementPointer(d.lone, index)
	if err := d.open('{', "a statement"); err != nil {
		return err
	}
	for d.peek() != '}' {
		if err := d.element(&s); err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return err
	}
	if err := d.checkStatement(&s, at); err != nil {
		return err
	}
	d.statements = append(d.statements, s.statement)
	return nil
}

func (d *decoder) element(s *rawStatement) error {
	at := d.next()
	name, err := d.string("element name")
	if err != nil {
		return err
	}
	switch name {
	case "Sid":
		s.sid, err = d.string("Sid")
		return err
	case "Effect":
		return d.effect(s)
	case "Principal", "NotPrincipal":
		if s.hasPrincipal {
			return d.errorHere(at, "Principal and NotPrincipal exclude each other")
		}
		s.hasPrincipal, s.notPrincipal = true, name == "NotPrincipal"
		return d.principal(s)
	case "Action", "NotAction":
		if s.hasAction {
			return d.errorHere(at, "Action and NotAction exclude each other")
		}
		s.hasAction, s.notAction = true, name == "NotAction"
		return d.strings(name, func(v string) { s.actions = append(s.actions, action{raw: v}) })
	case "Resource", "NotResource":
		if s.hasResource {
			return d.errorHere(at, "Resource and NotResource exclude each other")
		}
		s.hasResource, s.notResource = true, name == "NotResource"
		return d.strings(name, func(v string) { s.resources = append(s.resources, resource{raw: v}) })
	case "Condition":
		return d.conditionBlock(s)
	}
	return d.unknown(at, name, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
		"Resource", "NotResource", "Condition")
}

func (d *decoder) effect(s *rawStatement) error {
	at := d.next()
	v, err := d.string("Effect")
	if err != nil {
		return err
	}
	if v != "Allow" && v != "Deny" {
		return d.errorHere(at, "effect %q is neither \"Allow\" nor \"Deny\"", v)
	}
	s.hasEffect, s.deny = true, v == "Deny"
	return nil
}

func (d *decoder) principal(s *rawStatement) error {
	at := d.next()
	if d.peek() == '"' {
		v, err := d.string("Principal")
		if err == nil && v != "*" {
			err = d.errorHere(at, "principal %q: only \"*\" may stand alone; write {\"AWS\": %q}", v, v)
		}
		s.principals = append(s.principals, principalEntry{kind: entryAnyone, Principal: Principal{Kind: PrincipalAnyone, Value: "*"}})
		return err
	}
	if err := d.open('{', "Principal"); err != nil {
		return err
	}
	for d.peek() != '}' {
		at := d.next()
		name, err := d.string("principal type")
		if err != nil {
			return err
		}
		kind := PrincipalKind(name)
		switch kind {
		case PrincipalAWS, PrincipalService, PrincipalFederated, PrincipalCanonicalUser:
		default:
			return d.unknown(at, name, "AWS", "Service", "Federated", "CanonicalUser")
		}
		at = d.next()
		if err := d.strings(name, func(v string) {
			e := newPrincipalEntry(kind, v)
			if e.kind == entryNobody {
				d.warnAt(at, s.pointer, "principal %q matches nobody", v)
			}
			s.principals = append(s.principals, e)
		}); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

func (d *decoder) conditionBlock(s *rawStatement) error {
	if err := d.open('{', "Condition"); err != nil {
		return err
	}
	for d.peek() != '}' {
		at := d.next()
		name, err := d.string("operator")
		if err != nil {
			return err
		}
		op, ok := parseOperator(name)
		if !ok {
			return d.errorHere(at, "condition operator %q does not exist; names are case-sensitive", name)
		}
		if err := d.conditionKeys(s, op); err != nil {
			return err
		}
	}
	_, err := d.token()
	return err
}

func (d *decoder) conditionKeys(s *rawStatement, op operator) error {
	if err := d.open('{', "a condition operator"); err != nil {
		return err
	}
	first := len(s.conditions)
	for d.peek() != '}' {
		at := d.next()
		name, err := d.string("condition key")
		if err != nil {
			return err
		}
		c := condition{operator: op, name: name, key: strings.ToLower(name)}
		c.line, c.column = d.position(at)
		if err := d.scalars(func(v string) { c.values = append(c.values, condValue{raw: v}) }); err != nil {
			return err
		}
		s.conditions = append(s.conditions, c)
	}
	if c := duplicateKey(s.conditions[first:]); c != nil {
		return &ParseError{
			Pointer: c.pointer(s.pointer), Line: c.line, Column: c.column,
			Message: "the condition key " + strconv.Quote(c.name) + " stands twice, in different case",
		}
	}
	_, err := d.token()
	return err
}

// duplicateKey finds a key that stands twice; the JSON decoder has found those in equal case.
func duplicateKey(conditions []condition) *condition {
	if len(conditions) < 2 {
		return nil
	}
	seen := make(map[string]bool, len(conditions))
	for i := range conditions {
		if seen[conditions[i].key] {
			return &conditions[i]
		}
		seen[conditions[i].key] = true
	}
	return nil
}
