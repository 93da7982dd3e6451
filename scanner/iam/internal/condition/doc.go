// Package condition holds the operators of a Condition element and the typed values that they
// compare: numbers, dates and IP ranges.
//
// It reads both, and for every set of constants it gives values that lie on, between and outside of
// them. It evaluates nothing: what an absent or unknown key means is package match's part.
package condition
