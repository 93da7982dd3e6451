package opa

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/trailguard/trailguard/scanner/opa/internal/input"
	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// TestCase is the outcome of one Rego test.
type TestCase struct {
	Name   string // package and rule, such as acme.short_interval_test.test_pass
	File   string
	Line   int
	Passed bool
	// Message says why the test did not pass, that an input which it gives to a
	// rule is not one that a rule could ever see, or that a rule yields what no
	// finding can be made of.
	Message string
	Output  string // of print
}

// Test runs the Rego tests below a folder of the user's rules, or, where dir is
// empty, those of the shipped rules. The rules must load. Besides what a test
// says, every input that reaches a rule is checked against the schema: a test
// of a misspelt fact proves nothing. The cases are sorted by file and line.
func Test(ctx context.Context, o Options, dir string) ([]TestCase, error) {
	o.Dirs = nil
	tree, name := o.Shipped, rules.ShippedName
	var helpers fs.FS
	if dir != "" {
		o.Dirs, helpers = []string{dir}, o.Shipped
		tree, name = os.DirFS(dir), filepath.ToSlash(filepath.Clean(dir))
	}
	engine, err := Load(ctx, o)
	if err != nil {
		return nil, err
	}
	modules, err := rules.Tests(tree, name, helpers)
	if err != nil {
		return nil, err
	}
	inputs, err := input.NewChecker(o.Schema)
	if err != nil {
		return nil, err
	}
	inputs.Entry, inputs.Rules = checkDenial, map[string]bool{}
	for i := range engine.all {
		r := &engine.all[i]
		inputs.Rules[r.Path[:len(r.Path)-1].String()] = r.Settings != nil
	}
	compiler, err := rules.Compile(modules, o.Schema, true)
	if err != nil {
		return nil, err
	}
	finished, err := runTests(ctx, tester.NewRunner().
		SetCompiler(compiler).
		SetCoverageQueryTracer(inputs).
		RaiseBuiltinErrors(true).
		SetParallel(1). // the checker has to know whose input it sees
		SetModules(modules))
	if err != nil {
		return nil, fmt.Errorf("run tests of %s: %w", name, err)
	}
	// Only now does nobody write to the checker any more.
	cases := make([]TestCase, 0, len(finished))
	for _, result := range finished {
		cases = append(cases, testCase(result, inputs))
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("%s: there is no test: a test is a rule test_… in a file …_test.rego", name)
	}
	slices.SortFunc(cases, func(a, b TestCase) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), strings.Compare(a.Name, b.Name))
	})
	return cases, nil
}

// runTests runs them to the end, or until the context ends.
func runTests(ctx context.Context, runner *tester.Runner) ([]*tester.Result, error) {
	return attend(ctx, make(crew), func() ([]*tester.Result, error) {
		results, err := runner.RunTests(ctx, nil)
		if err != nil {
			return nil, err
		}
		var finished []*tester.Result
		for result := range results {
			finished = append(finished, result)
		}
		return finished, ctx.Err()
	})
}

func testCase(r *tester.Result, inputs *input.Checker) TestCase {
	c := TestCase{
		Name: strings.TrimPrefix(r.Package, "data.") + "." + r.Name,
		File: r.Location.File, Line: r.Location.Row, Output: string(r.Output),
	}
	bad, isBad := inputs.Bad[c.Name]
	switch {
	case r.Error != nil:
		c.Message = r.Error.Error()
	case r.Skip:
		c.Message = "skipped: its name starts with " + tester.SkipTestPrefix
	case isBad:
		c.Message = bad
	case r.Fail:
		c.Message = "what it states does not hold"
	default:
		c.Passed = true
	}
	return c
}
