package pipeline

import (
	"context"

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
