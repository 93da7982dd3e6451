// Package opa loads rules written in Rego and evaluates them over facts. It
// prepares one query for all rules of a scope, turns what they deny into
// results, and takes unknown and not applicable from the states of the facts
// that each rule requires.
//
// It does not derive facts, knows no AWS document and gives rules no function
// that stock OPA does not have.
package opa
