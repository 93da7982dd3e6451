package opa

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa/internal/guard"
	"github.com/trailguard/trailguard/scanner/opa/internal/input"
	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// ruleSet is the rules of one scope, prepared.
type ruleSet struct {
	rules  []*rules.Rule
	guards []guard.Rule
	single []*query // each rule alone, prepared when first needed
	all    func(which []int) *query
	// turns lets a rule that may be late run for one subject at a time: evaluations
	// that were given up may still run, and must not pile up.
	turns []sync.Mutex

	mu     sync.Mutex
	late   []int             // how often each rule ran out of its budget
	asked  []int             // the rules that never did, by their place
	joint  *query            // all of those at once
	joints map[string]*query // some of those at once, by their places
}

// patience is how many subjects a rule may run out of its budget for before it is
// set aside for the rest of the run.
const patience = 3

// outcome is what one rule said about one subject.
type outcome struct {
	denials []denial
	err     error
}

// prepare compiles the queries of both scopes.
func (e *Engine) prepare() error {
	e.sets = map[scanner.Scope]*ruleSet{}
	for _, scope := range []scanner.Scope{scanner.ScopeExport, scanner.ScopeTenant} {
		set := &ruleSet{}
		for i := range e.rules {
			if r := &e.rules[i]; r.Scope == scope {
				set.rules = append(set.rules, r)
				set.guards = append(set.guards, guard.Of(e.compiler.GetRulesExact(r.Path)))
				set.single = append(set.single, e.query([]*rules.Rule{r}))
			}
		}
		set.all = func(which []int) *query {
			some := make([]*rules.Rule, len(which))
			for i, n := range which {
				some[i] = set.rules[n]
			}
			return e.query(some)
		}
		set.joints = map[string]*query{}
		set.late, set.turns = make([]int, len(set.rules)), make([]sync.Mutex, len(set.rules))
		for i := range set.rules {
			set.asked = append(set.asked, i)
		}
		if len(set.rules) > 0 {
			set.joint = set.all(set.asked)
			if _, err := set.joint.compiled(); err != nil {
				return fmt.Errorf("prepare rules: %w", err)
			}
		}
		e.sets[scope] = set
	}
	return nil
}

// Evaluate returns the result of every rule of the subject's scope, sorted by
// rule id. A rule that fails is an error for itself alone; the error that is
// returned is the context's, or that of an input which cannot be written as JSON.
func (e *Engine) Evaluate(ctx context.Context, s *scanner.Subject) ([]scanner.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	scope := scanner.ScopeExport
	if s.ExportID == "" {
		scope = scanner.ScopeTenant
	}
	set := e.sets[scope]
	if len(set.rules) == 0 {
		return nil, nil
	}
	outcomes, err := set.evaluate(ctx, e.builder, s.Input)
	if err != nil {
		return nil, err
	}
	a := &assembly{newLocator(s)}
	results := make([]scanner.Result, len(set.rules))
	for i, r := range set.rules {
		results[i] = a.result(r, outcomes[i])
	}
	return results, nil
}

// evaluate runs all rules at once that may deny something, and each alone where that
// does not work, or where it was late before.
func (set *ruleSet) evaluate(ctx context.Context, builder *input.Builder, in any) ([]outcome, error) {
	outcomes := make([]outcome, len(set.rules))
	node, err := builder.Node(in)
	if err != nil {
		return nil, fmt.Errorf("build the rules' input: %w", err)
	}
	together, alone, joint := set.open(node)
	if len(together)+len(alone) == 0 {
		return outcomes, nil
	}
	value, err := builder.BuildSome(in, func(of, name string) bool {
		return of != "facts" || set.read(together, name) || set.read(alone, name)
	})
	if err != nil {
		return nil, fmt.Errorf("build the rules' input: %w", err)
	}
	term := ast.NewTerm(value)
	values, err := joint.eval(ctx, term, len(together))
	late := errors.As(err, new(*overBudgetError))
	for at, i := range together {
		switch {
		case err == nil:
			outcomes[i].denials, outcomes[i].err = readDenials(values[at])
		case late:
			outcomes[i] = set.askInTurn(ctx, i, term)
		default:
			outcomes[i] = set.single[i].ask(ctx, term)
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	for _, i := range alone {
		if outcomes[i] = set.askInTurn(ctx, i, term); ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return outcomes, nil
}

// open returns the rules that may deny something: those to ask together by one query, and
// those to ask alone since they were late before.
func (set *ruleSet) open(in input.Node) (together, alone []int, joint *query) {
	set.mu.Lock()
	asked, whole := set.asked, set.joint
	set.mu.Unlock()
	var places []byte
	look := guard.At(in)
	for i := range set.guards {
		if look.Silent(&set.guards[i]) {
			continue
		}
		if _, ok := slices.BinarySearch(asked, i); !ok {
			alone = append(alone, i)
			continue
		}
		together, places = append(together, i), binary.AppendUvarint(places, uint64(i))
	}
	set.mu.Lock()
	defer set.mu.Unlock()
	joint = set.joints[string(places)]
	if joint == nil && len(set.joints) < maxJoints {
		joint = set.all(together)
		set.joints[string(places)] = joint
	}
	if joint == nil {
		together, joint = asked, whole
	}
	return together, alone, joint
}

// maxJoints bounds the queries that are kept. Exports of one company have few faults in
// common; where they have more, all rules are asked.
const maxJoints = 200

// read reports whether one of some rules reads a fact.
func (set *ruleSet) read(which []int, fact string) bool {
	return slices.ContainsFunc(which, func(i int) bool { return slices.Contains(set.rules[i].Requires, fact) })
}

// askInTurn asks a rule that may be late, unless it was so often that it would be
// for every subject: it is then set aside for the rest of the run, as an error.
func (set *ruleSet) askInTurn(ctx context.Context, rule int, input *ast.Term) outcome {
	set.turns[rule].Lock()
	defer set.turns[rule].Unlock()
	set.mu.Lock()
	aside := set.late[rule] >= patience
	set.mu.Unlock()
	if aside {
		return outcome{err: &overBudgetError{set.single[rule].budget}}
	}
	o := set.single[rule].ask(ctx, input)
	if errors.As(o.err, new(*overBudgetError)) {
		set.ranOut(rule)
	}
	return o
}

// ranOut counts a rule that ran out of its budget. From now on it is asked alone,
// so that it costs the others no time.
func (set *ruleSet) ranOut(rule int) {
	set.mu.Lock()
	defer set.mu.Unlock()
	if set.late[rule]++; set.late[rule] == 1 {
		set.asked = slices.DeleteFunc(slices.Clone(set.asked), func(i int) bool { return i == rule })
		set.joint = set.all(set.asked)
		clear(set.joints)
	}
}

// Aside returns the ids of the rules that were set aside because they ran out of
// their budget, sorted.
func (e *Engine) Aside() []string {
	var ids []string
	for _, set := range e.sets {
		set.mu.Lock()
		for i, late := range set.late {
			if late >= patience {
				ids = append(ids, set.rules[i].ID)
			}
		}
		set.mu.Unlock()
	}
	slices.Sort(ids)
	return ids
}
