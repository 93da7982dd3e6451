// Package pick finds what a person means by a name: the whole name, or its
// beginning as tables show it. It holds no names of its own.
package pick

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/nearest"
)

// Enough is how many characters of an id or a fingerprint identify it.
const Enough = 8

// few is how many candidates a message lists.
const few = 5

// One returns the known name that equals or begins with the given one. It
// returns "" where there is none, and an error that lists the candidates where
// there are several.
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

// Known returns an error with the nearest name unless the name is a known one.
func Known(what, name string, known []string) error {
	if slices.Contains(known, name) {
		return nil
	}
	return fmt.Errorf("no %s %q%s", what, name, Suggest(name, known))
}

// Suggest returns the end of a message about an unknown name: the nearest known
// one as a question, or nothing.
func Suggest(name string, known []string) string {
	if near := nearest.Name(name, known); near != "" {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}
