package policy

import (
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
	"github.com/trailguard/trailguard/scanner/iam/internal/source"
)

// maxDocument is far above every quota of AWS, in bytes. A larger text is not a policy.
const maxDocument = 1 << 20

// Parse reads a document of a type. An error is a *ParseError.
func Parse(text []byte, name string, kind Type) (Document, error) {
	d := &decoder{Reader: source.NewReader(text), kind: kind}
	if len(text) > maxDocument {
		return Document{}, d.ErrorAt(0, "", "the document has %d bytes, more than any policy can have", len(text))
	}
	if err := d.document(); err != nil {
		return Document{}, err
	}
	return d.compiled(name), nil
}

// rawStatement is a statement as read; its patterns are compiled when the version is known.
type rawStatement struct {
	Statement
	hasEffect bool
	hasAction bool
}

// decoder reads a document token by token, so that every element has its position and nothing
// nests deeper than the grammar.
type decoder struct {
	source.Reader
	kind       Type
	version    string
	id         string
	hasStmt    bool
	lone       bool
	statements []Statement
	warnings   []source.Warning
}

func (d *decoder) document() error {
	start := d.Next()
	if err := d.Open('{', "a policy document"); err != nil {
		return err
	}
	for d.Peek() != '}' {
		if err := d.topElement(); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if !d.hasStmt {
		return d.ErrorAt(start, "", "the document has no Statement")
	}
	return d.End()
}

func (d *decoder) topElement() error {
	at := d.Next()
	name, err := d.String("element name")
	if err != nil {
		return err
	}
	switch name {
	case "Version":
		at = d.Next()
		if d.version, err = d.String("Version"); err != nil {
			return err
		}
		if d.version != "2012-10-17" && d.version != "2008-10-17" {
			return d.ErrorAt(at, "/Version", "version %q does not exist; use \"2012-10-17\"", d.version)
		}
		return nil
	case "Id":
		d.id, err = d.String("Id")
		return err
	case "Statement":
		d.hasStmt = true
		return d.statementList()
	}
	return d.Unknown(at, name, "Version", "Id", "Statement")
}

func (d *decoder) statementList() error {
	if d.Peek() == '{' {
		d.lone = true
		return d.statement(0)
	}
	if err := d.Open('[', "Statement"); err != nil {
		return err
	}
	d.statements = make([]Statement, 0, min(d.Count(`"Effect"`), 256)) // one allocation for most documents
	for i := 0; d.Peek() != ']'; i++ {
		if err := d.statement(i); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (d *decoder) statement(index int) error {
	at := d.Next()
	var s rawStatement
	s.Index = index
	s.Line, s.Column = d.Position(at)
	s.Pointer = statementPointer(d.lone, index)
	if err := d.Open('{', "a statement"); err != nil {
		return err
	}
	for d.Peek() != '}' {
		if err := d.element(&s); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if err := d.checkStatement(&s, at); err != nil {
		return err
	}
	d.statements = append(d.statements, s.Statement)
	return nil
}

func (d *decoder) element(s *rawStatement) error {
	at := d.Next()
	name, err := d.String("element name")
	if err != nil {
		return err
	}
	switch name {
	case "Sid":
		s.Sid, err = d.String("Sid")
		return err
	case "Effect":
		return d.effect(s)
	case "Principal", "NotPrincipal":
		if s.HasPrincipal {
			return d.ErrorHere(at, "Principal and NotPrincipal exclude each other")
		}
		s.HasPrincipal, s.NotPrincipal = true, name == "NotPrincipal"
		return d.principal(s)
	case "Action", "NotAction":
		if s.hasAction {
			return d.ErrorHere(at, "Action and NotAction exclude each other")
		}
		s.hasAction, s.NotAction = true, name == "NotAction"
		return d.Strings(name, func(v string) { s.Actions = append(s.Actions, Action{Raw: v}) })
	case "Resource", "NotResource":
		if s.HasResource {
			return d.ErrorHere(at, "Resource and NotResource exclude each other")
		}
		s.HasResource, s.NotResource = true, name == "NotResource"
		return d.Strings(name, func(v string) { s.Resources = append(s.Resources, Resource{Raw: v}) })
	case "Condition":
		return d.conditionBlock(s)
	}
	return d.Unknown(at, name, "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction",
		"Resource", "NotResource", "Condition")
}

func (d *decoder) effect(s *rawStatement) error {
	at := d.Next()
	v, err := d.String("Effect")
	if err != nil {
		return err
	}
	if v != "Allow" && v != "Deny" {
		return d.ErrorHere(at, "effect %q is neither \"Allow\" nor \"Deny\"", v)
	}
	s.hasEffect, s.Deny = true, v == "Deny"
	return nil
}

func (d *decoder) principal(s *rawStatement) error {
	at := d.Next()
	if d.Peek() == '"' {
		v, err := d.String("Principal")
		if err == nil && v != "*" {
			err = d.ErrorHere(at, "principal %q: only \"*\" may stand alone; write {\"AWS\": %q}", v, v)
		}
		s.Principals = append(s.Principals, principal.Entry{Form: principal.FormAnyone, ID: principal.ID{Kind: principal.Anyone, Value: "*"}})
		return err
	}
	if err := d.Open('{', "Principal"); err != nil {
		return err
	}
	for d.Peek() != '}' {
		at := d.Next()
		name, err := d.String("principal type")
		if err != nil {
			return err
		}
		kind := principal.Kind(name)
		switch kind {
		case principal.AWS, principal.Service, principal.Federated, principal.CanonicalUser:
		default:
			return d.Unknown(at, name, "AWS", "Service", "Federated", "CanonicalUser")
		}
		at = d.Next()
		if err := d.Strings(name, func(v string) {
			e := principal.NewEntry(kind, v)
			if e.Form == principal.FormNobody {
				d.warnAt(at, s.Pointer, "principal %q matches nobody", v)
			}
			s.Principals = append(s.Principals, e)
		}); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (d *decoder) conditionBlock(s *rawStatement) error {
	if err := d.Open('{', "Condition"); err != nil {
		return err
	}
	for d.Peek() != '}' {
		at := d.Next()
		name, err := d.String("operator")
		if err != nil {
			return err
		}
		op, ok := condition.ParseOperator(name)
		if !ok {
			return d.ErrorHere(at, "condition operator %q does not exist; names are case-sensitive", name)
		}
		if err := d.conditionKeys(s, op); err != nil {
			return err
		}
	}
	_, err := d.Token()
	return err
}

func (d *decoder) conditionKeys(s *rawStatement, op condition.Operator) error {
	if err := d.Open('{', "a condition operator"); err != nil {
		return err
	}
	first := len(s.Conditions)
	for d.Peek() != '}' {
		at := d.Next()
		name, err := d.String("condition key")
		if err != nil {
			return err
		}
		c := Condition{Operator: op, Name: name, Key: strings.ToLower(name)}
		c.Line, c.Column = d.Position(at)
		if err := d.Scalars(func(v string) { c.Values = append(c.Values, condition.Value{Raw: v}) }); err != nil {
			return err
		}
		s.Conditions = append(s.Conditions, c)
	}
	if c := duplicateKey(s.Conditions[first:]); c != nil {
		return &source.Error{
			Pointer: c.Pointer(s.Pointer), Line: c.Line, Column: c.Column,
			Message: "the condition key " + strconv.Quote(c.Name) + " stands twice, in different case",
		}
	}
	_, err := d.Token()
	return err
}

// duplicateKey finds a key that occurs twice in different case. The JSON decoder has found those in
// the same case.
func duplicateKey(conditions []Condition) *Condition {
	if len(conditions) < 2 {
		return nil
	}
	seen := make(map[string]bool, len(conditions))
	for i := range conditions {
		if seen[conditions[i].Key] {
			return &conditions[i]
		}
		seen[conditions[i].Key] = true
	}
	return nil
}
