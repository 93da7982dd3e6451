// Package iam answers one question about AWS policies exactly: may this principal do this
// action on this resource, given these policies, and if not, why not.
//
// A question takes three steps. [Parse] reads each document, refuses what AWS refuses and keeps the
// line and column of every statement; [ParseOptions] says what kind of policy it is. [Policies]
// puts the documents where they stand: those of the principal, of the resource, of either's
// organisation. [Request] says who asks for what. Then [Evaluate] gives the bare verdict without
// allocating; [Explain] gives it with the statements that decided, every Deny that was considered,
// the condition keys that matter and a concrete request for either side.
//
// [WhoCan] and [WhoCanAssume] turn the question round and list everybody who may, [IsPublic] is S3's
// own test of a bucket policy, and [ComparePolicies] and [Compare] say whether a change gives or
// takes away access. All build on the same evaluation.
//
// Answers have three values. A condition key can be unknown, and a resource can stand for a
// whole set of resources: [Yes] then means allowed in every case, [No] in none, and [Depends]
// that the unknown decides. Yes and No are never guesses.
//
// Evaluate and Explain take a request as it is: a condition key that it does not list is absent,
// even one that AWS would fill in from the principal, such as aws:PrincipalArn; set
// [Request.OthersUnknown] where the rest is not known. WhoCan, WhoCanAssume and Compare ask for
// themselves, and their witnesses hold what AWS would put there for the principal.
//
// Inside, a question is evaluated in three-valued logic first, where an unknown key makes every
// condition on it Depends. That is cheap, and enough when the rest of the policies decides. Otherwise
// the answer is searched for. What the policies compare an unknown key with are its constants, and the
// text patterns among them are called atoms. Package representative finds a few values for the key, the
// representatives, that stand for all others: no condition can tell another value from all of them. A
// world takes one representative for every key that matters, and one resource, so that the question has
// a certain answer in it. The search sets one key at a time and stops as soon as the keys that are set
// decide. If all worlds agree, their answer is the verdict. If not, one world of either answer becomes
// a witness, which is evaluated once more on its own.
//
// Package policy reads documents with the help of source; pattern, condition and principal hold the
// parts of a statement, match evaluates one statement, callers lists who may ask, trace collects what
// leaves an answer open, and keys says what AWS puts into which request. Here statements are combined
// to an answer (evaluate.go, combine.go), which is explained (explain.go), searched for (refine.go,
// values.go), asked of everybody (whocan.go) and compared (compare.go).
//
// A parsed policy does not change and may be shared by any number of goroutines. A policy that
// could not be read is no empty policy: [Ask] takes it once for [AllowAll] and once for [DenyAll], and
// answers for every session, object and owner that a request leaves open. [WhoActsThrough] lists on
// whose behalf a service acts, [WhoIsNotDenied] who is left by the Deny statements alone. Whoever
// stands in a question for those whom no policy names is chosen here, as by [UnnamedAccount].
//
// The package is not a linter of policies, knows no catalogue of actions, and fetches nothing:
// actions and resources are compared as text. It does not model what is no IAM verdict, such as
// S3 Object Ownership refusing an upload with an ACL.
package iam
