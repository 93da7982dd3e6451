// Package pattern matches text with wildcards: actions, resources, ARNs and condition values.
//
// A [Pattern] is compiled text. A [Template] is a pattern that may hold policy variables such as
// ${aws:username}, whose values come from the request. Both match a text. Both can also say how
// much they cover of the set of all texts with a given beginning.
//
// The package knows no requests, and decides nothing about access.
package pattern
