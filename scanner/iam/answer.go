package iam

import (
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Reason points to one statement and says what it did to the answer.
type Reason struct {
	Policy  string `json:"policy"`
	Sid     string `json:"sid"`
	Index   int    `json:"index"`
	Effect  string `json:"effect"`
	Pointer string `json:"pointer"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	// Note says in words why the statement matched, or why it did not.
	Note string `json:"note,omitempty"`
}

// Witness is a concrete request: no key of it is unknown. Keys that Context does not list are absent.
type Witness struct {
	Principal string              `json:"principal"`
	Action    string              `json:"action"`
	Resource  string              `json:"resource"`
	Context   map[string][]string `json:"context"`
}

// Answer is a verdict with its proof.
type Answer struct {
	Verdict Verdict `json:"verdict"`
	// ExplicitDeny says that a Deny statement decided, not the lack of an Allow.
	ExplicitDeny bool `json:"explicitDeny"`
	// Reasons are the statements that decided.
	Reasons []Reason `json:"reasons"`
	// Considered lists every Deny statement that was looked at and did not decide, with the cause.
	Considered []Reason `json:"considered,omitempty"`
	// Missing says, in sentences, what is missing for a yes.
	Missing []string `json:"missing,omitempty"`
	// Needs lists the condition keys that decide when the verdict is Depends.
	Needs []string `json:"needs"`
	// Declared lists the keys that were declared, of those that the policies ask about.
	Declared []string `json:"declared,omitempty"`
	// WitnessAllow and WitnessDeny are requests that show either side of a Depends. Each has
	// been evaluated again before it was returned.
	WitnessAllow *Witness `json:"witnessAllow,omitempty"`
	WitnessDeny  *Witness `json:"witnessDeny,omitempty"`
	// Capped says that the search for a decision was cut short; the verdict is sound all the same.
	Capped bool `json:"capped,omitempty"`
}

// PrincipalClassKind names a class of principals.
type PrincipalClassKind = callers.Kind

// The classes of principals that WhoCan and WhoCanAssume tell apart.
const (
	// ClassPrincipal is one user, role or session.
	ClassPrincipal = callers.Principal
	// ClassAccount is everybody in one account whom that account permits it.
	ClassAccount = callers.Account
	// ClassAnyAccount is everybody in any AWS account.
	ClassAnyAccount = callers.AnyAccount
	// ClassAnonymous is everybody, without credentials.
	ClassAnonymous = callers.Anonymous
	// ClassService is an AWS service.
	ClassService = callers.Service
	// ClassFederated is a SAML or web identity provider.
	ClassFederated = callers.Federated
	// ClassCanonicalUser is an account known by its canonical user id only.
	ClassCanonicalUser = callers.CanonicalUser
)

// AnyService is the Value of the class of all AWS services that no policy names. They come in by
// a statement for anyone, which covers service principals.
const AnyService = callers.AnyService

// PrincipalClass is a principal or a class of them.
type PrincipalClass = callers.Class

// Access says what one class of principals may do.
type Access struct {
	Principal PrincipalClass `json:"principal"`
	// Action is the action that was asked; for WhoCanAssume it names the door.
	Action  string   `json:"action"`
	Verdict Verdict  `json:"verdict"`
	Needs   []string `json:"needs"`
	// Reasons are the statements that decided, the first fifty. More is how many there are besides.
	Reasons []Reason `json:"reasons"`
	More    int      `json:"more,omitempty"`
	Witness *Witness `json:"witness,omitempty"`
	Capped  bool     `json:"capped,omitempty"`
	// Rest says that this stands for all whom the question did not come to, services and identity
	// providers too.
	Rest bool `json:"rest,omitempty"`
}

// OutsideNeeds are those of the keys that decide an access which its caller, of another account,
// does not set: an access without any is certain. A statement that demands what a caller sets as it
// likes keeps nobody out; a value that no caller could have was ruled out where the access was found.
func (a *Access) OutsideNeeds() []string {
	if a.Verdict == Yes {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Needs), func(name string) bool {
		k := keys.Find(name)
		return k != nil && k.Free
	})
}
