// Package pick finds what a person means by a name: a whole one, or the
// beginning that a table shows. It holds no names of its own.
package pick

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/nearest"
)

// Enough is how many characters of an id or a fingerprint say which is meant.
const Enough = 8

// few is how many candidates a message names.
const few = 5

// One returns the known name that is meant. It is empty where none is, and an
// error where several are.
func One(what, name string, known []string) (string, error) {
	if slices.Contains(known, name) {
		return name, nil
	}
	if len(name) < Enough {
		return "", nil
	}
	var found []string
	for _, k := range known {
		if strings.HasPrefix(k, name) {
			found = append(found, k)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	switch len(found) {
	case 0:
		return "", nil
	case 1:
		return found[0], nil
	}
	more := ""
	if len(found) > few {
		more = fmt.Sprintf(" and %d more", len(found)-few)
		found = found[:few]
	}
	return "", fmt.Errorf("%s %q may be %s%s: write more of it", what, name, strings.Join(found, ", "), more)
}

// Known returns an error that proposes the nearest name where a name is none of
// the known ones.
func Known(what, name string, known []string) error {
	if slices.Contains(known, name) {
		return nil
	}
	return fmt.Errorf("no %s %q%s", what, name, Suggest(name, known))
}

// Suggest is the end of a message about a name that is not known.
func Suggest(name string, known []string) string {
	if near := nearest.Name(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
