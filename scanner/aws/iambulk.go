package aws

import (
	"context"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/bulk"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/crash"
)

// iamAccount is one account's IAM.
type iamAccount struct{ partition, id string }

// want records that a role or user is needed.
func (r *run) want(a arn, kind, text string) {
	account := iamAccount{a.Partition, a.Account}
	w := r.wanted[account]
	if w == nil {
		w = &bulk.Wanted{Partition: a.Partition, Account: a.Account}
		r.wanted[account] = w
	}
	if kind == "user" {
		w.User(text)
	} else {
		w.Role(text)
	}
}

// inBulk reads all that is wanted of an account at once, where it is enough to
// be worth it. It returns nil where it is not, or where the account of the
// credentials is not known. A refusal is no gap, since everything is then asked
// for one by one; the operator sees it in the traffic.
func (r *run) inBulk(ctx context.Context, c *clients, partition string) *bulk.Details {
	account := iamAccount{partition, c.account}
	w := r.wanted[account]
	if w == nil || w.Len() < r.options.BulkFrom {
		return nil
	}
	return r.bulks.Do(account, func() *bulk.Details {
		return bulk.Read(ctx, func(ctx context.Context, filter []types.EntityType, marker *string) (*iam.GetAccountAuthorizationDetailsOutput, gate.Answer, bool) {
			page, from, f := call(ctx, r, c, callAuthorization, func(ctx context.Context) (*iam.GetAccountAuthorizationDetailsOutput, error) {
				in := &iam.GetAccountAuthorizationDetailsInput{Filter: filter, Marker: marker, MaxItems: awssdk.Int32(bulk.PageSize)}
				out, err := c.iam.GetAccountAuthorizationDetails(ctx, in, r.iamIn(partition))
				if err == nil && w.Foreign(out) {
					err = errAnother
				}
				return out, err
			})
			return page, from, f == nil
		}, w, r.options.BulkFrom)
	})
}

// told is what a bulk answer said about a role or user. Everything else is
// asked for separately. Its zero value means that the answer said nothing.
type told struct {
	role *types.Role // with a trust policy that can be read
	user *bulk.User
	held bulk.Held
	from gate.Answer
}

func (r *run) toldInBulk(ctx context.Context, p *principal, kind string) told {
	details := r.inBulk(ctx, p.clients, p.asked.Partition)
	if kind == "user" {
		if u := details.User(p.text); u != nil {
			return told{user: u, held: u.Held, from: u.From}
		}
		return told{}
	}
	role := details.Role(p.text)
	if role == nil || documentAnswer(role.From, role.AssumeRolePolicyDocument).failure != nil {
		return told{}
	}
	return told{role: &role.Role, held: role.Held, from: role.From}
}

// over answers questions about a set of policies from a bulk answer, and leaves
// the others to be asked.
func over(h *bulk.Held, set policySet) policySet {
	if h.Attached != nil {
		set.attached = func(context.Context) ([]string, *failure) { return policyARNs(h.Attached), nil }
	}
	if h.Inline == nil {
		return set
	}
	names, documents := make([]string, len(h.Inline)), map[string]answer{}
	for i := range h.Inline {
		names[i] = deref(h.Inline[i].PolicyName)
		documents[names[i]] = documentAnswer(h.From, h.Inline[i].PolicyDocument)
	}
	ask := set.document
	set.inline = func(context.Context) ([]string, gate.Answer, *failure) { return names, h.From, nil }
	set.document = func(ctx context.Context, name string) answer {
		if a := documents[name]; a.failure == nil {
			return a
		}
		return ask(ctx, name)
	}
	return set
}

// policyInBulk returns a managed policy that a bulk answer held.
func (r *run) policyInBulk(ctx context.Context, c *clients, policyARN string) (answer, bool) {
	policy := r.inBulk(ctx, c, parseARN(policyARN).Partition).Policy(policyARN)
	if policy == nil {
		return answer{}, false
	}
	a := documentAnswer(policy.From, &policy.Document)
	return a, a.failure == nil
}

// groupsInBulk returns the groups of a user, where a bulk answer held all of
// them.
func (r *run) groupsInBulk(ctx context.Context, p *principal) ([]group, bool) {
	details, ok := r.inBulk(ctx, p.clients, p.asked.Partition).Groups(p.told.user)
	if !ok {
		return nil, false
	}
	groups := make([]group, len(details))
	var all crash.Group
	for i, g := range details {
		all.Go(func() {
			groups[i] = r.groups.Do(g.ARN, func() group {
				return r.readPolicies(ctx, p.clients, over(&g.Held, r.groupPolicies(p, g.Name)))
			})
		})
	}
	all.Wait()
	return groups, true
}
