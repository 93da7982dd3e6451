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

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
)

// TestCase is the outcome of one Rego test.
type TestCase struct {
	Name   string // package and rule, such as acme.short_interval_test.test_pass
	File   string
	Line   int
	Passed bool
	// Message says why the test did not pass, or that an input which it gives
	// to a rule is not one that a rule could ever see.
	Message string
	Output  string // of print
}

// Test runs the Rego tests below a folder of the user's rules, or, where dir is
// empty, those of the shipped rules. The rules must load. Besides what a test
// says, every input that reaches a rule is checked against the schema: a test
// of a misspelt fact proves nothing. The cases are sorted by file and line.
func Test(ctx context.Context, o Options, dir string) ([]TestCase, error) {
	o.Dirs = nil
	tree, name := o.Shipped, "policies"
	if dir != "" {
		o.Dirs = []string{dir}
		tree, name = os.DirFS(dir), filepath.ToSlash(filepath.Clean(dir))
	}
	if _, err := Load(ctx, o); err != nil {
		return nil, err
	}
	modules, err := testModules(o, tree, name)
	if err != nil {
		return nil, err
	}
	schemas, err := schemaSet(o.Schema)
	if err != nil {
		return nil, err
	}
	inputs, err := newInputChecker(o.Schema)
	if err != nil {
		return nil, err
	}
	compiler := newCompiler(schemas).WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compileError(compiler.Errors)
	}
	results, err := tester.NewRunner().
		SetCompiler(compiler).
		SetCoverageQueryTracer(inputs).
		RaiseBuiltinErrors(true).
		SetParallel(1). // the checker has to know whose input it sees
		SetModules(modules).
		RunTests(ctx, nil)
	if err != nil {
		return nil, fmt.Errorf("run tests of %s: %w", name, err)
	}
	var finished []*tester.Result
	for result := range results {
		finished = append(finished, result)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
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

// testModules parses the rules and tests of a tree, and the shipped rules
// beside them, whose helpers a user's rule may import.
func testModules(o Options, tree fs.FS, name string) (map[string]*ast.Module, error) {
	sources, err := readTree(tree, name, true)
	if err != nil {
		return nil, err
	}
	if len(o.Dirs) > 0 {
		shipped, err := readTree(o.Shipped, "policies", false)
		if err != nil {
			return nil, err
		}
		sources = append(sources, shipped...)
	}
	var p problems
	modules := map[string]*ast.Module{}
	for _, m := range parse(sources, &p) {
		modules[m.file] = m.ast
	}
	return modules, p.err()
}

func testCase(r *tester.Result, inputs *inputChecker) TestCase {
	c := TestCase{
		Name: strings.TrimPrefix(r.Package, "data.") + "." + r.Name,
		File: r.Location.File, Line: r.Location.Row, Output: string(r.Output),
	}
	bad, isBad := inputs.bad[c.Name]
	switch {
	case r.Error != nil:
		c.Message = r.Error.Error()
	case r.Skip:
		c.Message = "skipped: its name starts with " + tester.SkipTestPrefix
	case isBad:
		c.Message = "gives a rule an input that can not be: " + bad
	case r.Fail:
		c.Message = "what it states does not hold"
	default:
		c.Passed = true
	}
	return c
}
