// Package condition holds the operators of a Condition element and the typed values that they
// compare: numbers, dates and IP ranges.
//
// It parses both. For a set of constants it also returns values that lie on, between and outside
// them. It evaluates nothing: what an absent or unknown key means is for package match to say.
package condition
