package iam

import (
	"strconv"
	"strings"
)

// statement is a statement ready for evaluation.
type statement struct {
	index        int
	sid          string
	pointer      string
	deny         bool
	line, column int

	actions      []action
	notAction    bool
	resources    []resource
	notResource  bool
	hasResource  bool // trust policies have none
	principals   []principalEntry
	notPrincipal bool
	hasPrincipal bool // identity policies have none
	conditions   []condition
}

type action struct {
	pattern
	raw string
}

type resource struct {
	template
	raw string
}

// condition is one operator applied to one key.
type condition struct {
	operator
	key          string // in lower case
	name         string // as written
	values       []condValue
	line, column int
}

// statementPointer is the JSON Pointer of a statement.
func statementPointer(lone bool, index int) string {
	if lone {
		return "/Statement"
	}
	return "/Statement/" + strconv.Itoa(index)
}

func (c *condition) pointer(statement string) string {
	return statement + "/Condition/" + escapePointer(c.fullName()) + "/" + escapePointer(c.name)
}

func escapePointer(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "~", "~0"), "/", "~1")
}

// effect is the Effect element as it is written.
func (s *statement) effect() string {
	if s.deny {
		return "Deny"
	}
	return "Allow"
}

// uses reports whether the key is a variable in the condition's values.
func (c *condition) uses(key string) bool {
	for i := range c.values {
		if c.values[i].template.uses(key) {
			return true
		}
	}
	return false
}
