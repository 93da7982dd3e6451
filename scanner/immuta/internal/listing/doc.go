// Package listing makes a tenant and its records of a list of export
// configurations as Immuta gave it. What is not there, contradicts itself or
// has an unknown form becomes a gap, never a default, and what looks like a
// credential is dropped. It asks nobody, and does not judge.
package listing
