// Package listing makes a tenant and its records of a list of export
// configurations as Immuta returned it. What is missing, contradicts itself or
// has an unknown form becomes a gap, never a default, and what looks like a
// credential is dropped. It sends no request, and judges nothing.
package listing
