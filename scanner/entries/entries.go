// Package entries reads lists of decisions that an operator writes down by hand,
// such as waivers and attestations, and gathers everything that is wrong with
// them, each with its line and what to write instead. It knows forms, and not
// what any decision means.
package entries

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner/nearest"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// Reader reads one file. Whatever is wrong is gathered until Err is asked.
type Reader struct {
	Name string // of the file, as errors and sources show it
	errs Errors
	seen map[string]int // entries by what they are about, to their line
}

// Top reads the file's text; nil: it holds nothing that can be read.
func (r *Reader) Top(text []byte) *yamlfile.Node {
	top, problems := yamlfile.Parse(text)
	for _, problem := range problems {
		r.Errorf(problem.Line, "%s", problem.Text)
	}
	if len(problems) > 0 {
		return nil
	}
	return top
}

// Errorf notes what is wrong in a line; 0 stands for the whole file.
func (r *Reader) Errorf(line int, format string, args ...any) {
	r.errs = append(r.errs, &Error{Name: r.Name, Line: max(line, 1), Problem: fmt.Sprintf(format, args...)})
}

// Err is Errors with everything that is wrong, in the file's order; nil: nothing is.
func (r *Reader) Err() error {
	if len(r.errs) == 0 {
		return nil
	}
	slices.SortStableFunc(r.errs, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	return r.errs
}

// Source is how a report names an entry's place.
func (r *Reader) Source(line int) string { return fmt.Sprintf("%s:%d", r.Name, line) }

// Date reads a day, which begins at midnight in UTC.
func (r *Reader) Date(node *yamlfile.Node, what string) (text string, day time.Time) {
	text = r.Text(node, what)
	day, err := time.Parse(time.DateOnly, text)
	if err != nil && text != "" {
		r.Errorf(node.Line, "%s is %q: write a date as YYYY-MM-DD, such as 2027-01-31", what, text)
	}
	return text, day
}

// Rule reports an id that is none of the rules'.
func (r *Reader) Rule(line int, id string, known []string) {
	if slices.Contains(known, id) {
		return
	}
	if near := nearest.Name(id, known); near != "" {
		r.Errorf(line, "there is no rule %q: did you mean %s?", id, near)
		return
	}
	r.Errorf(line, "there is no rule %q: trailguard rules list names them all", id)
}

// Once refuses a second entry about the same.
func (r *Reader) Once(line int, what string, lists ...[]string) {
	parts := []string{what}
	for _, list := range lists {
		parts = append(parts, strings.Join(slices.Sorted(slices.Values(list)), "\x00"))
	}
	key := strings.Join(parts, "\x01")
	if first, seen := r.seen[key]; seen {
		r.Errorf(line, "covers the same as the entry in line %d: keep one of them", first)
		return
	}
	if r.seen == nil {
		r.seen = map[string]int{}
	}
	r.seen[key] = line
}

// Stranger says that an entry names an export configuration that is not there.
func Stranger(source, id string) string {
	return fmt.Sprintf("%s: there is no export configuration %q: it may have been re-created with a new id", source, id)
}

// Error is one thing that is wrong with a file.
type Error struct {
	Name    string
	Line    int // 1-based
	Problem string
}

// Error implements error.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Problem) }

// Errors is everything that is wrong with a file, in the file's order.
type Errors []*Error

// Error implements error, one problem a line.
func (e Errors) Error() string {
	problems := make([]string, len(e))
	for i, problem := range e {
		problems[i] = problem.Error()
	}
	return strings.Join(problems, "\n")
}

// Unwrap returns the single problems.
func (e Errors) Unwrap() []error {
	list := make([]error, len(e))
	for i, problem := range e {
		list[i] = problem
	}
	return list
}
