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
	// ExplicitDeny means that a Deny statement decided, and not the lack of an Allow.
	ExplicitDeny bool `json:"explicitDeny"`
	// Reasons are the statements that decided.
	Reasons []Reason `json:"reasons"`
	// Considered lists every Deny statement that was evaluated and did not decide, and why not.
	Considered []Reason `json:"considered,omitempty"`
	// Missing says, in sentences, what is missing for a yes.
	Missing []string `json:"missing,omitempty"`
	// Needs lists the condition keys that decide when the verdict is Depends.
	Needs []string `json:"needs"`
	// Declared lists those of the declared keys that the policies ask about.
	Declared []string `json:"declared,omitempty"`
	// WitnessAllow and WitnessDeny are requests that show either side of a Depends. Each has
	// been evaluated again before it was returned.
	WitnessAllow *Witness `json:"witnessAllow,omitempty"`
	WitnessDeny  *Witness `json:"witnessDeny,omitempty"`
	// Capped means that the search for a decision was cut short. The verdict is sound all the same.
	Capped bool `json:"capped,omitempty"`
}

// PrincipalClassKind names a class of principals.
type PrincipalClassKind = callers.Kind

// The classes of principals that WhoCan and WhoCanAssume tell apart.
const (
	// ClassPrincipal is one user, role or session.
	ClassPrincipal = callers.Principal
	// ClassAccount is everybody in one account to whom that account grants it.
	ClassAccount = callers.Account
	// ClassAnyAccount is everybody in every AWS account.
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

// AnyService is the Value of the class of all AWS services that no policy names. A statement for
// anyone lets them in, since it covers service principals.
const AnyService = callers.AnyService

// PrincipalClass is a principal or a class of them.
type PrincipalClass = callers.Class

// Access says what one class of principals may do.
type Access struct {
	Principal PrincipalClass `json:"principal"`
	// Action is the action that was asked; for WhoCanAssume it is the kind of sts:AssumeRole call.
	Action  string   `json:"action"`
	Verdict Verdict  `json:"verdict"`
	Needs   []string `json:"needs"`
	// Reasons are the statements that decided, the first fifty of them. More counts the others.
	Reasons []Reason `json:"reasons"`
	More    int      `json:"more,omitempty"`
	Witness *Witness `json:"witness,omitempty"`
	Capped  bool     `json:"capped,omitempty"`
	// Rest means that this access stands for everybody whom the search did not reach before it was
	// cut short, services and identity providers included.
	Rest bool `json:"rest,omitempty"`
}

// OutsideNeeds lists those keys that an access depends on and that its caller, of another account,
// cannot set. Where there are none the access is certain: a statement that demands a value which
// the caller may choose keeps nobody out, and values that no caller could have were ruled out
// before.
func (a *Access) OutsideNeeds() []string {
	if a.Verdict == Yes {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Needs), func(name string) bool {
		k := keys.Find(name)
		return k != nil && k.Free
	})
}
