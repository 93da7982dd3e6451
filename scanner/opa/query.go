package opa

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// query asks for the denials of some rules. It is compiled once, so that nothing
// but the evaluation is done for each subject.
type query struct {
	compiled func() (compiled, error)
	compiler *ast.Compiler
	store    *store
	budget   time.Duration
	crew     crew
}

// compiled is a query that can be evaluated, and the variable that holds the list
// of what each rule denies.
type compiled struct {
	body ast.Body
	by   ast.QueryCompiler
	list ast.Var
}

// said is that variable as it is written.
const said = ast.Var("said")

// store is OPA's data besides rules. There is none, and it is never written to,
// so that all queries read it at once.
type store struct {
	storage.Store
	reading storage.Transaction
}

func newStore(ctx context.Context) (*store, error) {
	none := inmem.New()
	reading, err := none.NewTransaction(ctx)
	return &store{none, reading}, err
}

// query asks for a list of the denials of rules, by static references.
func (e *Engine) query(list []*rules.Rule) *query {
	return &query{compiler: e.compiler, store: e.store, budget: e.budget, crew: e.crew, compiled: sync.OnceValues(func() (compiled, error) {
		by := e.compiler.QueryCompiler()
		body, err := by.Compile(e.asked(list))
		c := compiled{body: body, by: by, list: said}
		for rewritten, written := range by.RewrittenVars() {
			if written == said {
				c.list = rewritten
			}
		}
		return c, err
	})}
}

// overBudgetError says that a rule gave no answer in time. It is the same for a
// rule that was set aside: which subjects were tried before is chance.
type overBudgetError struct{ budget time.Duration }

func (e *overBudgetError) Error() string {
	return fmt.Sprintf("no answer within its budget of %v; a rule is asked no more after %d subjects without one", e.budget, patience)
}

// ask returns what the one rule of the query says.
func (q *query) ask(ctx context.Context, input *ast.Term) outcome {
	values, err := q.eval(ctx, input, 1)
	if err != nil {
		return outcome{err: err}
	}
	denials, err := readDenials(values[0])
	return outcome{denials, err}
}

// eval returns what each rule of the query denies, within the query's budget.
func (q *query) eval(ctx context.Context, input *ast.Term, n int) ([]any, error) {
	c, err := q.compiled()
	if err != nil {
		return nil, fmt.Errorf("prepare rule: %w", err)
	}
	limited, cancel := context.WithTimeout(ctx, q.budget)
	defer cancel()
	values, err := attend(limited, q.crew, func() ([]any, error) { return q.run(limited, c, input) })
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case topdown.IsCancel(err) || errors.Is(err, context.DeadlineExceeded):
		return nil, &overBudgetError{q.budget}
	case err != nil:
		return nil, err
	case len(values) != n:
		return nil, errors.New("no answer")
	}
	return values, nil
}

// run evaluates the query, and stops when the context ends.
func (q *query) run(ctx context.Context, c compiled, input *ast.Term) ([]any, error) {
	stop := topdown.NewCancel()
	defer context.AfterFunc(ctx, stop.Cancel)()
	results, err := topdown.NewQuery(c.body).
		WithQueryCompiler(c.by).
		WithCompiler(q.compiler).
		WithStore(q.store.Store).
		WithTransaction(q.store.reading).
		WithStrictBuiltinErrors(true).
		WithCancel(stop).
		WithInput(input).
		Run(ctx)
	if err != nil || len(results) != 1 {
		return nil, err
	}
	list, err := ast.JSON(results[0][c.list].Value)
	values, _ := list.([]any)
	return values, err
}
