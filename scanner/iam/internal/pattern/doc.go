// Package pattern matches text with wildcards: actions, resources, ARNs and condition values.
//
// A [Pattern] is compiled text. A [Template] is a pattern that may hold policy variables such as
// ${aws:username}; whoever evaluates a request fills them in. Each matches one text, or tells how much
// of the set of all texts with a given beginning it covers.
//
// It knows nothing of requests, and takes no decision about access.
package pattern
