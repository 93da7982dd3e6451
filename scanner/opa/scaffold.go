package opa

import (
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// File is a file to write.
type File struct {
	Path string // relative, with slashes
	Text string
}

const scaffoldRule = `# METADATA
# title: Say in one sentence what is true when all is well
# description: Say why it matters to somebody who prepares an audit.
# scope: package
# custom:
#   id: ROOT.NAME
#   severity: medium
#   requires: [interval]
#   remediation: Name the smallest change that mends it.
package ROOT.NAME

deny contains {"message": message} if {
	interval := input.facts.interval.value
	interval.hours > 12
	message := sprintf("the export runs every %d hours, 12 at most are wanted", [interval.hours])
}
`

const scaffoldTest = `package ROOT.NAME_test

import data.ROOT.NAME

export(hours) := {
	"tenant": {"name": "acme", "url": "https://acme.example"},
	"export": {"id": "259fc41c", "owner": ""},
	"facts": {"interval": {
		"state": "known",
		"value": {
			"literal": sprintf("EVERY_%d_HOURS", [hours]),
			"recognised": true,
			"hours": hours,
			"max_literal": "",
			"max_hours": 0,
		},
	}},
}

test_pass if {
	count(NAME.deny) == 0 with input as export(12)
}

test_fail_too_seldom if {
	count(NAME.deny) == 1 with input as export(24)
}
`

// Scaffold returns a rule that loads and its tests, to start a rule of one's
// own from. The id is <root package>.<name>.
func Scaffold(id string) ([]File, error) {
	root, name, ok := strings.Cut(id, ".")
	switch {
	case !ok || !rules.NamePattern.MatchString(root) || !rules.NamePattern.MatchString(name):
		return nil, fmt.Errorf("id %q: a rule of your own is called <root package>.<name>, such as acme.short_interval", id)
	case root == rules.ShippedRoot:
		return nil, fmt.Errorf("id %q: the root package %s is kept for shipped rules: choose another", id, rules.ShippedRoot)
	case name == rules.LibPackage:
		return nil, fmt.Errorf("id %q: packages named %s hold helpers: choose another name", id, rules.LibPackage)
	}
	fill := strings.NewReplacer("ROOT", root, "NAME", name)
	return []File{
		{Path: name + "/" + name + ".rego", Text: fill.Replace(scaffoldRule)},
		{Path: name + "/" + name + "_test.rego", Text: fill.Replace(scaffoldTest)},
	}, nil
}
