// Package source reads JSON token by token and knows the line, column and JSON
// Pointer of each.
//
// It refuses duplicate names, and reads "one value or a list of them" as a
// list. It knows JSON, not policies: which elements are allowed where is for
// package policy to say.
package source
