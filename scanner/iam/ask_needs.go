package iam

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// OutsideNeeds are those of the keys that decide an access which its caller, of another account,
// does not set: an access without any is certain. A statement that demands what a caller sets as it
// likes keeps nobody out; a value that no caller could have was ruled out where the access was found.
func (a *Access) OutsideNeeds() []string {
	if a.Verdict == Yes {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Needs), func(name string) bool {
		k := keys.Find(name)
		return k != nil && k.Free
	})
}
