package opa

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// Configure returns an engine whose rules see settings of their own as
// input.settings: a JSON object by rule id. Without any it returns the engine
// itself. Those of rules that are not loaded have no effect. Settings that a rule
// does not read, or whose types it does not expect, are an error.
func (e *Engine) Configure(settings map[string]json.RawMessage) (*Engine, error) {
	configured := *e
	configured.settings = map[string]ast.Object{}
	for _, id := range slices.Sorted(maps.Keys(settings)) {
		at := slices.IndexFunc(e.all, func(r rules.Rule) bool { return r.ID == id })
		if at < 0 {
			continue
		}
		value, err := ast.ValueFromReader(bytes.NewReader(settings[id]))
		object, ok := value.(ast.Object)
		if err != nil || !ok {
			return nil, fmt.Errorf("settings of rule %s: not a JSON object", id)
		}
		if wrong := e.all[at].Settings.Refuse(object); wrong != "" {
			return nil, fmt.Errorf("settings of rule %s: %s", id, wrong)
		}
		configured.settings[id] = object
	}
	if len(configured.settings) == 0 && len(e.settings) == 0 {
		return e, nil
	}
	return &configured, configured.prepare()
}

// CheckSettings refuses settings of a rule that is not loaded.
func (e *Engine) CheckSettings(settings map[string]json.RawMessage) error {
	for _, id := range slices.Sorted(maps.Keys(settings)) {
		if !slices.Contains(e.loaded, id) {
			return fmt.Errorf("settings of rule %q: there is no such rule%s: trailguard rules list shows all", id, rules.DidYouMean(id, e.loaded))
		}
	}
	return nil
}

// Digest is the SHA-256 over the sources of everything that was loaded, and over
// the settings of rules where there are some. It does not depend on where the
// user's folders lie.
func (e *Engine) Digest() string {
	if len(e.settings) == 0 {
		return e.sources
	}
	lines := []string{e.sources}
	for _, id := range slices.Sorted(maps.Keys(e.settings)) {
		lines = append(lines, id+" "+e.settings[id].String())
	}
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}

// Requires are the names of the facts and of the raw documents (scanner.DocumentFact)
// that the rules read, sorted. A subject needs no others.
func (e *Engine) Requires() []string {
	var names []string
	for i := range e.rules {
		names = append(names, e.rules[i].Requires...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// asked are the expressions that ask for a list of the denials of some rules, the
// value of said. Each that reads settings sees its own.
func (e *Engine) asked(list []*rules.Rule) ast.Body {
	var body ast.Body
	denials := make([]*ast.Term, len(list))
	for i, r := range list {
		denials[i] = ast.NewTerm(r.Path)
		if r.Settings == nil {
			continue
		}
		own := e.settings[r.ID]
		if own == nil {
			own = ast.NewObject()
		}
		each := ast.VarTerm(fmt.Sprintf("denials%d", i))
		body.Append(ast.Equality.Expr(each, denials[i]).IncludeWith(ast.NewTerm(rules.SettingsRef), ast.NewTerm(own)))
		denials[i] = each
	}
	body.Append(ast.Equality.Expr(ast.NewTerm(said), ast.ArrayTerm(denials...)))
	return body
}
