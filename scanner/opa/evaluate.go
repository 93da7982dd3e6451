package opa

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// ruleSet is the rules of one scope, prepared.
type ruleSet struct {
	rules  []*rules.Rule
	joint  *query   // all rules at once
	single []*query // each rule alone, prepared when first needed
}

// query is a prepared query for the denials of some rules.
type query struct {
	prepare func() (rego.PreparedEvalQuery, error)
	budget  time.Duration
}

// outcome is what one rule said about one subject.
type outcome struct {
	denials []denial
	err     error
}

// prepare compiles the queries of both scopes.
func (e *Engine) prepare(ctx context.Context) error {
	e.sets = map[scanner.Scope]*ruleSet{}
	for _, scope := range []scanner.Scope{scanner.ScopeExport, scanner.ScopeTenant} {
		set := &ruleSet{}
		var paths []ast.Ref
		for i := range e.rules {
			if r := &e.rules[i]; r.Scope == scope {
				set.rules = append(set.rules, r)
				paths = append(paths, r.Path)
				set.single = append(set.single, e.query(ctx, r.Path))
			}
		}
		if len(paths) > 0 {
			set.joint = e.query(ctx, paths...)
			if _, err := set.joint.prepare(); err != nil {
				return fmt.Errorf("prepare rules: %w", err)
			}
		}
		e.sets[scope] = set
	}
	return nil
}

// query asks for a list of the denials of rules, by static references.
func (e *Engine) query(ctx context.Context, paths ...ast.Ref) *query {
	ctx = context.WithoutCancel(ctx) // it may be prepared long after loading
	return &query{budget: e.budget, prepare: sync.OnceValues(func() (rego.PreparedEvalQuery, error) {
		names := make([]string, len(paths))
		for i, path := range paths {
			names[i] = path.String()
		}
		return rego.New(
			rego.Compiler(e.compiler),
			rego.Query("["+strings.Join(names, ", ")+"]"),
			rego.StrictBuiltinErrors(true),
		).PrepareForEval(ctx)
	})}
}

// Evaluate returns the result of every rule of the subject's scope, sorted by
// rule id. A rule that fails is an error for itself alone; the error that is
// returned is the context's, or that of an input which is not JSON.
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
	input, err := e.decoder.Decode(s.Input)
	if err != nil {
		return nil, fmt.Errorf("read the rules' input: %w", err)
	}
	outcomes, err := set.evaluate(ctx, input)
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

// evaluate runs all rules at once, and each alone where that does not work.
func (set *ruleSet) evaluate(ctx context.Context, input ast.Value) ([]outcome, error) {
	outcomes := make([]outcome, len(set.rules))
	values, err := set.joint.eval(ctx, input, len(set.rules))
	if err == nil {
		for i, value := range values {
			outcomes[i].denials, outcomes[i].err = readDenials(value)
		}
		return outcomes, nil
	}
	for i, q := range set.single {
		values, err := q.eval(ctx, input, 1)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			outcomes[i].err = err
			continue
		}
		outcomes[i].denials, outcomes[i].err = readDenials(values[0])
	}
	return outcomes, nil
}

// eval returns what each rule of the query denies, within the query's budget.
func (q *query) eval(ctx context.Context, input ast.Value, n int) ([]any, error) {
	prepared, err := q.prepare()
	if err != nil {
		return nil, fmt.Errorf("prepare rule: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, q.budget)
	defer cancel()
	answer, err := prepared.Eval(limited, rego.EvalParsedInput(input))
	switch {
	case topdown.IsCancel(err) || errors.Is(err, context.DeadlineExceeded):
		return nil, fmt.Errorf("no answer within its budget of %v", q.budget)
	case err != nil:
		return nil, err
	case len(answer) != 1 || len(answer[0].Expressions) != 1:
		return nil, errors.New("no answer")
	}
	values, ok := answer[0].Expressions[0].Value.([]any)
	if !ok || len(values) != n {
		return nil, errors.New("no answer")
	}
	return values, nil
}
