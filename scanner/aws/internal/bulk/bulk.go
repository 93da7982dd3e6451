// Package bulk reads many roles and users of one account, with their groups and
// managed policies, by GetAccountAuthorizationDetails.
//
// It only saves calls. What an answer does not list, or lists incompletely or
// twice, counts as not answered, and is asked for separately: a role that is
// not listed is never taken to be absent. Only one page is held at a time, and
// of it only what is wanted.
package bulk

import (
	"context"
	"sync"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
)

// PageSize is how many entries are asked for at once. IAM would give 1,000, but
// a role with all that its quotas allow (trust policy and inline policies of 18 KB,
// URL-encoded, tags, and the instance profile with the trust policy again) takes
// some 65 KB: 200 of them stay below what is read of one answer.
const PageSize = 200

// From is how many wanted roles and users of an account, or managed policies in
// it, make reading in bulk worth it. Separately, a role costs three calls and
// one for each of its own policies, a user one more, and a managed policy two.
// In bulk, all roles of the account are paged through, wanted or not: 1,000 at
// IAM's quota, which are 5 to 10 pages (IAM may return fewer than it is asked
// for; 100 is its own default). So 50 roles are 150 calls or more against 10.
// In an account whose quota was raised to 5,000 they are still 150 against 50.
const From = 50

// Ask sends a question about one account. ok is false where there was no
// answer, or one about another account. Ask has recorded that itself.
type Ask func(ctx context.Context, filter []types.EntityType, marker *string) (page *awsiam.GetAccountAuthorizationDetailsOutput, from gate.Answer, ok bool)

// Wanted are the roles and users that are needed of one account, by ARN.
type Wanted struct {
	Partition, Account string
	roles, users       map[string]bool
}

// Role adds a role.
func (w *Wanted) Role(arn string) { add(&w.roles, arn) }

// User adds a user.
func (w *Wanted) User(arn string) { add(&w.users, arn) }

// Len returns how many roles and users are wanted.
func (w *Wanted) Len() int { return len(w.roles) + len(w.users) }

func add(set *map[string]bool, arn string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[arn] = true
}

// Held holds the policies of a role, user or group. A list that the answers did
// not hold is nil.
type Held struct {
	Attached []types.AttachedPolicy
	Inline   []types.PolicyDetail
	From     gate.Answer // that held them
}

// Role is a role as GetRole returns it, without what is not part of evidence.
type Role struct {
	types.Role
	Held
}

// User is a user as GetUser returns it.
type User struct {
	types.User
	Held
	groups []string // by name; nil where the answers did not say
}

// Group is a user's group.
type Group struct {
	Name, ARN string
	Held
}

// Policy is the document of a managed policy's default version.
type Policy struct {
	Document string
	From     gate.Answer
}

// Details is what the answers held. A nil Details holds nothing.
type Details struct {
	mu       sync.Mutex
	roles    map[string]*Role // by ARN; nil where it was listed twice or incompletely
	users    map[string]*User
	groups   map[string]*Group  // by name
	policies map[string]*Policy // by ARN
}

// Role removes and returns a role. It returns nil where the answers did not
// hold it.
func (d *Details) Role(arn string) *Role {
	if d == nil {
		return nil
	}
	return take(d, d.roles, arn)
}

// User removes and returns a user. It returns nil where the answers did not
// hold it.
func (d *Details) User(arn string) *User {
	if d == nil {
		return nil
	}
	return take(d, d.users, arn)
}

// Policy removes and returns a managed policy. It returns nil where the answers did not hold it.
func (d *Details) Policy(arn string) *Policy {
	if d == nil {
		return nil
	}
	return take(d, d.policies, arn)
}

// take removes what it returns, to free memory: an account may have thousands.
func take[T any](d *Details, from map[string]*T, key string) *T {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := from[key]
	delete(from, key)
	return out
}

// Groups returns the groups of a user. ok is false where the answers did not
// hold all of them.
func (d *Details) Groups(u *User) (groups []*Group, ok bool) {
	if d == nil || u == nil || u.groups == nil {
		return nil, false
	}
	for _, name := range u.groups {
		g := d.groups[name] // complete by now, and only read
		if g == nil {
			return nil, false
		}
		groups = append(groups, g)
	}
	return groups, true
}
