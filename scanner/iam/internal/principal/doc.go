// Package principal splits principals into their parts: the [Caller] of a
// request, the [Entry] of a Principal element, and the [ARN] that most of them
// are.
//
// Whether an entry names a caller depends on the request, and package match
// decides it.
package principal
