// Package iam answers one question about AWS policies exactly: may this principal do this
// action on this resource, given these policies, and if not, why not.
//
// Policies are read with [Parse], which refuses what AWS refuses and keeps the line and column
// of every statement. [Evaluate] gives the bare verdict without allocating; [Explain] gives it
// with the statements that decided, every Deny that was considered, the condition keys that
// matter and a concrete request for either side. [WhoCan], [WhoCanAssume], [IsPublic] and
// [Compare] build on the same evaluation.
//
// Answers have three values. A condition key can be unknown, and a resource can stand for a
// whole set of resources: [Yes] then means allowed in every case, [No] in none, and [Depends]
// that the unknown decides. Yes and No are never guesses.
//
// The package is not a linter of policies, knows no catalogue of actions, and fetches nothing:
// actions and resources are compared as text. It does not model what is no IAM verdict, such as
// S3 Object Ownership refusing an upload with an ACL.
package iam
