package document

import (
	"fmt"
	"slices"
)

// Recogniser is a document with values of enumerations that AWS may extend. The
// meaning of a new value is not known, so nothing is concluded from it.
type Recogniser interface {
	// Unrecognised returns the first value that is not known, with its member's
	// name. It is empty where all are known.
	Unrecognised() string
}

// Unrecognised returns the unrecognised value of any document, if it has one.
func Unrecognised(d any) string {
	if r, ok := d.(Recogniser); ok {
		return r.Unrecognised()
	}
	return ""
}

// among returns a member and its value if that is none of the known ones. It is
// empty otherwise.
func among(member, value string, known ...string) string {
	if slices.Contains(known, value) {
		return ""
	}
	return fmt.Sprintf("%s %q", member, value)
}

// first returns the first entry's result that is not empty.
func first[T any](list []T, unrecognised func(*T) string) string {
	for i := range list {
		if found := unrecognised(&list[i]); found != "" {
			return found
		}
	}
	return ""
}
