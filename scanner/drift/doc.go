// Package drift compares two snapshots: which export configurations came,
// went, changed or were re-created under a new id; which policies let somebody
// do more or less than before; which settings protect better or worse.
//
// Policies are compared by meaning, so that a reordered statement, a renamed
// Sid or a list of one is no change. What could be read before and cannot be
// read now is incomparable, never removed. The rules say whether a change is
// bad, not this package.
package drift
