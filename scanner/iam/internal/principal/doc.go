// Package principal takes principals apart: the [Caller] of a request, the [Entry] of a Principal
// element, and the [ARN] that most of them are.
//
// Whether an entry names a caller depends on the request and is decided in package match.
package principal
