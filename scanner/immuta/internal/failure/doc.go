// Package failure says why a tenant could not be asked: one error for every way
// in which that fails, and how it appears as a gap. It decides neither which of
// them an answer is, nor what to try instead.
package failure
