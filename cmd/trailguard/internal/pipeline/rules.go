package pipeline

import (
	"context"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/policies"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/opa"
)

// RuleOptions are what rules are loaded with: the shipped ones, the user's
// folders, and the schema of the facts.
func RuleOptions(dirs []string) opa.Options {
	exports, tenants := fact.Names()
	ofExports, ofTenants := fact.DocumentNames()
	return opa.Options{
		Shipped: policies.FS, Dirs: dirs, Schema: fact.Schema(),
		Facts:     map[scanner.Scope][]string{scanner.ScopeExport: exports, scanner.ScopeTenant: tenants},
		Documents: map[scanner.Scope][]string{scanner.ScopeExport: ofExports, scanner.ScopeTenant: ofTenants},
	}
}

// LoadRules loads and checks the shipped rules and those of the user's folders.
func LoadRules(ctx context.Context, dirs []string) (*opa.Engine, error) {
	return opa.Load(ctx, RuleOptions(dirs))
}

// LoadRulesFrom is LoadRules with the rules that another version shipped.
func LoadRulesFrom(ctx context.Context, shipped fs.FS, dirs []string) (*opa.Engine, error) {
	o := RuleOptions(dirs)
	o.Shipped = shipped
	return opa.Load(ctx, o)
}

// OtherThanShipped lists the files of rules and helpers in a tree that are not as this
// version ships them, and those that this version has besides, by their names.
func OtherThanShipped(tree fs.FS) ([]string, error) {
	theirs, err := ruleTexts(tree)
	if err != nil {
		return nil, err
	}
	ours, err := ruleTexts(policies.FS)
	if err != nil {
		return nil, err
	}
	var other []string
	for name, text := range theirs {
		if ours[name] != text {
			other = append(other, name)
		}
		delete(ours, name)
	}
	other = slices.AppendSeq(other, maps.Keys(ours))
	slices.Sort(other)
	return other, nil
}

// ruleTexts are the rules and helpers in a tree by their names, without tests.
func ruleTexts(tree fs.FS) (map[string]string, error) {
	texts := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || path.Ext(name) != ".rego" || strings.HasSuffix(name, "_test.rego") {
			return err
		}
		text, err := fs.ReadFile(tree, name)
		texts[name] = string(text)
		return err
	})
	return texts, err
}
