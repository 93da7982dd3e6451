// Package bulk reads many roles and users of one account, with their groups and
// managed policies, by GetAccountAuthorizationDetails.
//
// It only ever saves calls. What an answer does not list, or lists without all
// of its parts or twice, is not told, and whoever needs it asks for it by
// itself: that a role is not listed never means that there is none. One page is
// held at a time, and of it what is wanted.
package bulk

import (
	"context"
	"sync"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// PageSize is how many entries are asked for at once. IAM would give 1,000, but
// a role with all that its quotas allow (trust policy and inline policies of 18 KB,
// URL-encoded, tags, and the instance profile with the trust policy again) takes
// some 65 KB: 200 of them stay below what is read of one answer.
const PageSize = 200

// From is how many roles and users of an account, or managed policies in it, are
// worth the bulk. By itself a role costs three calls and one for each policy of
// its own, a user one more, a managed policy two. In bulk it is all roles of the
// account that are paged through, wanted or not: 1,000 at IAM's quota, which are
// 5 to 10 pages (IAM may give less than it is asked for; 100 is its own default).
// So 50 roles are 150 calls or more against 10. In an account of which the quota
// was raised to 5,000 they still are 150 against 50.
const From = 50

// Ask sends a question about one account. Not ok: there was no answer, or it was
// another account's, and that has been noted.
type Ask func(ctx context.Context, filter []types.EntityType, marker *string) (page *awsiam.GetAccountAuthorizationDetailsOutput, ok bool)

// Wanted are the roles and users that somebody needs of one account, by ARN.
type Wanted struct {
	Partition, Account string
	roles, users       map[string]bool
}

// Role adds a role.
func (w *Wanted) Role(arn string) { add(&w.roles, arn) }

// User adds a user.
func (w *Wanted) User(arn string) { add(&w.users, arn) }

// Len is how many roles and users there are.
func (w *Wanted) Len() int { return len(w.roles) + len(w.users) }

func add(set *map[string]bool, arn string) {
	if *set == nil {
		*set = map[string]bool{}
	}
	(*set)[arn] = true
}

// Held are the policies of a role, user or group. A list that is nil was not
// told.
type Held struct {
	Attached []types.AttachedPolicy
	Inline   []types.PolicyDetail
}

// Role is a role as GetRole has it, but for what is no part of evidence.
type Role struct {
	types.Role
	Held
}

// User is a user as GetUser has it.
type User struct {
	types.User
	Held
	groups []string // by name; nil: not told
}

// Group is a user's group.
type Group struct {
	Name, ARN string
	Held
}

// Details are what was told. Nil tells nothing.
type Details struct {
	mu       sync.Mutex
	roles    map[string]*Role // by ARN; nil: told twice, or not as a whole, so not told
	users    map[string]*User
	groups   map[string]*Group  // by name
	policies map[string]*string // documents of default versions by ARN
}

// Role hands out a role, once; nil: it was not told.
func (d *Details) Role(arn string) *Role {
	if d == nil {
		return nil
	}
	return take(d, d.roles, arn)
}

// User hands out a user, once; nil: it was not told.
func (d *Details) User(arn string) *User {
	if d == nil {
		return nil
	}
	return take(d, d.users, arn)
}

// Policy hands out the document of a managed policy's default version, once;
// nil: it was not told.
func (d *Details) Policy(arn string) *string {
	if d == nil {
		return nil
	}
	return take(d, d.policies, arn)
}

// take lets go of what it hands out: an account may hold thousands.
func take[T any](d *Details, from map[string]*T, key string) *T {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := from[key]
	delete(from, key)
	return out
}

// Groups returns the groups of a user; not ok: not all of them were told.
func (d *Details) Groups(u *User) (groups []*Group, ok bool) {
	if d == nil || u == nil || u.groups == nil {
		return nil, false
	}
	for _, name := range u.groups {
		g := d.groups[name] // which nobody writes to any more
		if g == nil {
			return nil, false
		}
		groups = append(groups, g)
	}
	return groups, true
}
