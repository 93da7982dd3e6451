package document

import (
	"fmt"
	"slices"
)

// Recogniser is a document with values of enumerations that AWS may extend.
// Nobody knows what a new value means, so that nothing is concluded from it.
type Recogniser interface {
	// Unrecognised is the first value that is not known, with its member's name;
	// empty where all are.
	Unrecognised() string
}

// Unrecognised says of any document what its value may be that is not known.
func Unrecognised(d any) string {
	if r, ok := d.(Recogniser); ok {
		return r.Unrecognised()
	}
	return ""
}

// among says which value a member has that is none of those known; empty where
// it is one of them.
func among(member, value string, known ...string) string {
	if slices.Contains(known, value) {
		return ""
	}
	return fmt.Sprintf("%s %q", member, value)
}

// first is the first of some findings.
func first[T any](list []T, unrecognised func(*T) string) string {
	for i := range list {
		if found := unrecognised(&list[i]); found != "" {
			return found
		}
	}
	return ""
}
