// Package match evaluates one statement of a policy: whether its action, resource, principal and
// conditions cover a request, in three-valued logic. A comparison with an unknown condition key
// gives Depends, and a [Matcher] records the key. In a world, some unknown keys have a value.
//
// Package iam combines the verdicts of several policies' statements to an answer.
package match
