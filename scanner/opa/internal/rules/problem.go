package rules

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner/nearest"
)

// problem is one reason why rules cannot be loaded.
type problem struct {
	file string
	line int
	text string
}

// problems gathers all of them, so that a user mends them in one go.
type problems []problem

func (p *problems) add(file string, line int, format string, args ...any) {
	*p = append(*p, problem{file, line, fmt.Sprintf(format, args...)})
}

func (p *problems) at(loc *ast.Location, format string, args ...any) {
	p.add(loc.File, loc.Row, format, args...)
}

// err returns the problems in the order of files and lines, or nil.
func (p *problems) err() error {
	if len(*p) == 0 {
		return nil
	}
	slices.SortStableFunc(*p, func(a, b problem) int {
		return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.line, b.line), strings.Compare(a.text, b.text))
	})
	lines := make([]string, 0, len(*p))
	for _, x := range slices.Compact(*p) {
		if x.line == 0 {
			lines = append(lines, fmt.Sprintf("%s: %s", x.file, x.text))
		} else {
			lines = append(lines, fmt.Sprintf("%s:%d: %s", x.file, x.line, x.text))
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}

// compileError turns OPA's errors into problems. For a field that the input
// does not have it names those that it has.
func compileError(errs ast.Errors) error {
	var p problems
	for _, e := range errs {
		if e.Location == nil {
			p.add("rules", 0, "%s", e.Message)
			continue
		}
		p.at(e.Location, "%s", describeCompileError(e))
	}
	return p.err()
}

func describeCompileError(e *ast.Error) string {
	switch detail := e.Details.(type) {
	case *ast.RefErrInvalidDetail:
		if len(detail.OneOf) == 0 || detail.Pos >= len(detail.Ref) {
			break
		}
		valid := make([]string, len(detail.OneOf))
		for i, v := range detail.OneOf {
			valid[i] = strings.Trim(v.String(), `"`)
		}
		slices.Sort(valid)
		got := strings.Trim(detail.Ref[detail.Pos].String(), `"`)
		// A variable stands for an element of a list whose name OPA made up.
		of := strings.ReplaceAll(detail.Ref[:detail.Pos].String(), ast.WildcardPrefix, "")
		if detail.Ref[0].Value.Compare(ast.InputRootDocument.Value) != 0 {
			of = "it"
		}
		return fmt.Sprintf("there is no %q%s: %s has %s", got, DidYouMean(got, valid), of, strings.Join(valid, ", "))
	case *ast.RefErrUnsupportedDetail:
		return fmt.Sprintf("%s: %s is a single value", e.Message, detail.Ref[:detail.Pos+1])
	}
	if name, ok := strings.CutPrefix(e.Message, "undefined function "); ok {
		return fmt.Sprintf("%s: it does not exist, or rules may not use it", "undefined function "+name)
	}
	return e.Message
}

// DidYouMean proposes the nearest of some names, or nothing where none is
// near.
func DidYouMean(got string, names []string) string {
	best := nearest.Name(got, names)
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %q?)", best)
}
