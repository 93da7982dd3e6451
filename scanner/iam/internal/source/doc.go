// Package source reads JSON token by token and knows the line, column and JSON Pointer of each.
//
// It refuses duplicate names, and reads "one value or a list of them" as a list. It knows JSON and not
// policies: what may stand where is package policy's part.
package source
