package policies_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/trailguard/trailguard/policies"
)

// maxLines is how long a rule may be, its METADATA included: two screens say
// too much to be read in one go.
const maxLines = 45

// maxLine is Regal's, in characters.
const maxLine = 120

// modules parses every rule and test with stock OPA.
func modules(t *testing.T) (parsed map[string]*ast.Module, texts map[string][]byte) {
	t.Helper()
	parsed, texts = map[string]*ast.Module{}, map[string][]byte{}
	err := fs.WalkDir(policies.FS, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(policies.FS, file)
		if err != nil {
			return err
		}
		texts[file] = text
		parsed[file], err = ast.ParseModuleWithOpts(file, string(text), ast.ParserOptions{ProcessAnnotation: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return parsed, texts
}

func TestRegoTestsPass(t *testing.T) {
	parsed, _ := modules(t)
	coverage := cover.New()
	results, err := tester.NewRunner().
		SetCompiler(ast.NewCompiler().WithStrict(true)).
		SetCoverageQueryTracer(coverage).
		RaiseBuiltinErrors(true).
		SetModules(parsed).
		RunTests(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for result := range results {
		n++
		if !result.Pass() {
			t.Errorf("%s: %s", result.Location, result)
		}
	}
	if n == 0 {
		t.Fatal("no test ran")
	}
	report := coverage.Report(parsed)
	if report.Coverage < 85 {
		t.Errorf("the tests cover %.1f %% of policies, want 85 %%", report.Coverage)
	}
	for file, covered := range report.Files {
		if covered.Coverage < 85 && !strings.HasSuffix(file, "_test.rego") {
			t.Errorf("the tests cover %.1f %% of %s, want 85 %%", covered.Coverage, file)
		}
	}
	t.Logf("%d tests cover %.1f %%", n, report.Coverage)
}

func TestRegoIsFormatted(t *testing.T) {
	_, texts := modules(t)
	for file, text := range texts {
		formatted, err := format.Source(file, text)
		if err != nil {
			t.Errorf("format %s: %v", file, err)
		} else if !bytes.Equal(text, formatted) {
			t.Errorf("%s is not formatted: run opa fmt --write policies", file)
		}
		for i, line := range strings.Split(string(text), "\n") {
			if utf8.RuneCountInString(line) > maxLine {
				t.Errorf("%s:%d is longer than %d characters", file, i+1, maxLine)
			}
		}
	}
}

func TestRulesLieWhereTheirPackageSays(t *testing.T) {
	parsed, texts := modules(t)
	for file, module := range parsed {
		parts := strings.Split(file, "/")
		if parts[0] == "lib" || strings.HasSuffix(file, "_test.rego") {
			continue
		}
		if len(parts) != 3 || parts[2] != parts[1]+".rego" {
			t.Errorf("%s: a rule is <group>/<rule>/<rule>.rego", file)
			continue
		}
		if got, want := module.Package.Path.String(), "data.trailguard."+parts[0]+"."+parts[1]; got != want {
			t.Errorf("%s: package %s, want %s", file, got, want)
		}
		if lines := bytes.Count(texts[file], []byte("\n")); lines > maxLines {
			t.Errorf("%s has %d lines, %d are enough", file, lines, maxLines)
		}
	}
}

// TestEveryRulePassesAndFails finds a passing and a failing test beside every
// rule; that they hold is for TestRegoTestsPass.
func TestEveryRulePassesAndFails(t *testing.T) {
	parsed, _ := modules(t)
	for file := range parsed {
		if strings.HasPrefix(file, "lib/") || strings.HasSuffix(file, "_test.rego") {
			continue
		}
		tests, ok := parsed[strings.TrimSuffix(file, ".rego")+"_test.rego"]
		if !ok {
			t.Errorf("%s has no tests", file)
			continue
		}
		var passing, failing bool
		for _, rule := range tests.Rules {
			name := rule.Head.Ref().String()
			passing = passing || strings.HasPrefix(name, "test_pass")
			failing = failing || strings.HasPrefix(name, "test_fail")
		}
		if !passing || !failing {
			t.Errorf("%s: want tests named test_pass… and test_fail…", file)
		}
	}
}

// TestNothingIsNegatedOverTheInput keeps `not input.…` out of the rules: it
// holds for a fact that nobody could read.
func TestNothingIsNegatedOverTheInput(t *testing.T) {
	parsed, _ := modules(t)
	for file, module := range parsed {
		if strings.HasSuffix(file, "_test.rego") {
			continue
		}
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			if expr.Negated {
				ast.WalkRefs(expr, func(ref ast.Ref) bool {
					if ref.HasPrefix(ast.InputRootRef) {
						t.Errorf("%s: %s is true of what was not seen: bind the fact's value first", expr.Location, expr)
					}
					return false
				})
			}
			return false
		})
	}
}
