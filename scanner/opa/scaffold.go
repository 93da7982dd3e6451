package opa

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// File is a file to write.
type File struct {
	Path string // relative, with slashes
	Text string
}

// The templates of a rule and its tests. ROOT and NAME stand for the parts of
// its id.
var (
	//go:embed scaffold/rule.rego.tmpl
	scaffoldRule string
	//go:embed scaffold/rule_test.rego.tmpl
	scaffoldTest string
)

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
