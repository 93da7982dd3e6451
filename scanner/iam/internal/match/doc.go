// Package match evaluates one statement of a policy: whether its action, resource, principal and
// conditions cover a request, in three-valued logic. An unknown condition key makes what compares it
// Depends, and a [Matcher] notes the key. In a world, some unknown keys have a value.
//
// How the statements of several policies combine to an answer is package iam's part.
package match
