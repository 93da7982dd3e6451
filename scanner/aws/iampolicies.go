package aws

import (
	"context"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
)

// policySet says how to read the policies of a role, user or group.
type policySet struct {
	prefix   string // of the names: empty, or "group/NAME/"
	attached func(context.Context) ([]string, *failure)
	inline   func(context.Context) ([]string, gate.Answer, *failure)
	document func(ctx context.Context, name string) answer // of an inline policy
}

// namedPolicy is one policy of a role, user or group.
type namedPolicy struct {
	name string
	answer
}

// group is what was read of one policySet.
type group struct {
	policies []namedPolicy // sorted by name
	listed   gate.Answer   // that told the inline policies
	failures []*failure    // of the lists
}

// readPolicies lists a set and reads each policy in it.
func (r *run) readPolicies(ctx context.Context, c *clients, set policySet) group {
	var out group
	var attached, inline []string
	var failures [2]*failure
	var lists crash.Group
	lists.Go(func() { attached, failures[0] = set.attached(ctx) })
	lists.Go(func() { inline, out.listed, failures[1] = set.inline(ctx) })
	lists.Wait()

	for _, f := range failures {
		if f != nil {
			out.failures = append(out.failures, f)
		}
	}
	out.policies = make([]namedPolicy, len(attached)+len(inline))
	var documents crash.Group
	for i, policyARN := range attached {
		documents.Go(func() {
			out.policies[i] = namedPolicy{set.prefix + policyARN, r.managedPolicy(ctx, c, policyARN)}
		})
	}
	for i, name := range inline {
		documents.Go(func() {
			out.policies[len(attached)+i] = namedPolicy{set.prefix + "inline/" + name, set.document(ctx, name)}
		})
	}
	documents.Wait()
	return out
}

// putPolicies adds the policies of a role or user, whose own are the first set. The list of their names is
// evidence only when it is complete: when every list was read, and the role or
// user itself, which names the boundary.
func (r *run) putPolicies(ctx context.Context, b *batch, p *principal, sets []group) {
	doc := document.IdentityPolicies{Policies: []string{}, Boundary: p.boundary}
	var failures []*failure
	if p.stranger() {
		sets = nil
	}
	if p.failure != nil {
		b.fail(document.KindBoundary, p.text, "", p.failure)
		b.fail(document.KindIdentityPolicies, p.text, "", p.failure)
	}
	for _, set := range sets {
		failures = append(failures, set.failures...)
		for _, policy := range set.policies {
			doc.Policies = append(doc.Policies, policy.name)
			b.put(policy.answer, document.KindIdentityPolicy, p.text, policy.name)
		}
	}
	for _, f := range failures {
		b.fail(document.KindIdentityPolicies, p.text, "", f.with(policyHint(f)))
	}
	if len(failures) == 0 && p.failure == nil {
		slices.Sort(doc.Policies)
		b.read(document.KindIdentityPolicies, sets[0].listed, p.text, "", document.Encode(doc))
	}
	if p.boundary != "" {
		b.put(r.managedPolicy(ctx, p.clients, p.boundary), document.KindBoundary, p.text, p.boundary)
	}
}

// policyHint says what would let the program read policies or access keys.
func policyHint(f *failure) string {
	if f.reason != scanner.ReasonDenied {
		return ""
	}
	return fmt.Sprintf("allow %s (`trailguard permissions` prints the policy)", permissionOf(f.call))
}

// stranger reports whether what was read may belong to a role or user of the
// same name in another account: the credentials' account is not known, and the
// answer that would have named it is missing.
func (p *principal) stranger() bool {
	return p.failure != nil && p.clients != nil && p.clients.account != p.asked.Account
}
