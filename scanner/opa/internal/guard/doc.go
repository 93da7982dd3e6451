// Package guard tells, from a look at the input, that a rule denies nothing. Most rules
// of most subjects deny nothing for a plain reason at the beginning of their bodies: a
// fact that is not there, a boolean, an empty list. To find that takes OPA a hundred times
// as long.
//
// It reads each body of a compiled rule up to the first expression that is not a
// comparison, and knows no more than that a body certainly fails. Whatever it cannot tell
// is for OPA to evaluate.
package guard
