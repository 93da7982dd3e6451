package aws

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/policytext"
	"github.com/trailguard/trailguard/scanner/document"
)

// maxPages bounds every IAM list. IAM's quotas allow a few hundred entries.
const maxPages = 50

// principal is a role or user while it is being read.
type principal struct {
	clients *clients
	asked   arn
	text    string // the ARN that was asked for; settle checks that the answer has it
	name    string
	missing bool
	// boundary is the ARN of the permissions boundary. Empty means that there
	// is none, but only when failure is nil.
	boundary string
	failure  *failure
	told     told // what a bulk answer said about it
}

// reachPrincipal finds the credentials for a role's or user's account.
func (r *run) reachPrincipal(ctx context.Context, text, kind string) *principal {
	p := &principal{asked: parseARN(text), text: text}
	p.name = principalName(p.asked, kind)
	a := r.reach(ctx, p.asked.Account)
	if p.clients, p.failure = a.clients, a.failure; p.failure == nil {
		p.told = r.toldInBulk(ctx, p, kind)
	}
	return p
}

// settle checks what IAM returned against what was asked for. Names are unique
// in an account whatever the path, so IAM may answer with a role of another
// path: then no role has the ARN that was asked for.
func (p *principal) settle(call, returned string, f *failure) {
	switch {
	case f.absence("NoSuchEntity") && p.clients.account == p.asked.Account:
		p.missing = true
	case f != nil:
		p.failure = f.with(p.hint(f))
	case returned == p.text:
	case parseARN(returned).Account != p.asked.Account:
		p.failure = &failure{
			call: call, reason: scanner.ReasonUndetermined,
			detail: fmt.Sprintf("the answer is about account %s; %s", gate.Printable(parseARN(returned).Account), accountHint(p.asked.Account)),
		}
	default:
		p.missing = true
	}
}

// hint says what would let the program read a role or user.
func (p *principal) hint(f *failure) string {
	switch {
	case f.is("NoSuchEntity"):
		return accountHint(p.asked.Account) + ": the caller's own account is not known"
	case f.reason != scanner.ReasonDenied:
		return ""
	}
	return fmt.Sprintf("allow %s on %s (`trailguard permissions` prints the policy)", permissionOf(f.call), p.text)
}

// iamIn sends IAM's calls to the endpoint of the resource's partition.
func (r *run) iamIn(partition string) func(*iam.Options) {
	region := r.regionIn(partition)
	return func(o *iam.Options) { o.Region = region }
}

// pages reads a list to its end.
func pages[T any](ctx context.Context, r *run, c *clients, name string,
	read func(ctx context.Context, marker *string) (items []T, next *string, more bool, err error),
) ([]T, gate.Answer, *failure) {
	type page struct {
		items []T
		next  *string
		more  bool
	}
	var all []T
	var marker *string
	for range maxPages {
		got, from, f := call(ctx, r, c, name, func(ctx context.Context) (page, error) {
			items, next, more, err := read(ctx, marker)
			if err == nil && (items == nil || more && deref(next) == "") {
				err = errEmpty
			}
			return page{items, next, more}, err
		})
		if f != nil {
			return nil, from, f
		}
		if all = append(all, got.items...); !got.more {
			return all, from, nil
		}
		marker = got.next
	}
	return nil, gate.Answer{}, &failure{
		call: name, reason: scanner.ReasonMalformed,
		detail: fmt.Sprintf("the list does not end within %d pages", maxPages),
	}
}

// policyNames returns the ARNs of attached policies, sorted.
func policyARNs(attached []types.AttachedPolicy) []string {
	arns := make([]string, 0, len(attached))
	for _, p := range attached {
		arns = append(arns, deref(p.PolicyArn))
	}
	slices.Sort(arns)
	return arns
}

// managedPolicy reads the default version of a managed policy, once for each
// account that asks.
func (r *run) managedPolicy(ctx context.Context, c *clients, policyARN string) answer {
	return r.policies.Do([2]string{c.account, policyARN}, func() answer {
		if a, ok := r.policyInBulk(ctx, c, policyARN); ok {
			return a
		}
		in := r.iamIn(parseARN(policyARN).Partition)
		policy, _, f := call(ctx, r, c, callGetPolicy, func(ctx context.Context) (*iam.GetPolicyOutput, error) {
			out, err := c.iam.GetPolicy(ctx, &iam.GetPolicyInput{PolicyArn: &policyARN}, in)
			if err != nil {
				return nil, err
			}
			if out.Policy == nil || deref(out.Policy.DefaultVersionId) == "" {
				return nil, errEmpty
			}
			return out, about(&policyARN, out.Policy.Arn)
		})
		if f != nil {
			return answer{failure: f}
		}
		version, from, f := call(ctx, r, c, callPolicyVersion, func(ctx context.Context) (*iam.GetPolicyVersionOutput, error) {
			wanted := policy.Policy.DefaultVersionId
			out, err := c.iam.GetPolicyVersion(ctx, &iam.GetPolicyVersionInput{PolicyArn: &policyARN, VersionId: wanted}, in)
			if err != nil {
				return nil, err
			}
			if out.PolicyVersion == nil {
				return nil, errEmpty
			}
			return out, about(wanted, out.PolicyVersion.VersionId)
		})
		if f != nil {
			return answer{failure: f}
		}
		return documentAnswer(from, version.PolicyVersion.Document)
	})
}

// documentAnswer decodes a policy document.
func documentAnswer(from gate.Answer, document *string) answer {
	text, ok := policytext.Decode(deref(document))
	if !ok {
		return answer{failure: &failure{call: from.Call, reason: scanner.ReasonMalformed, detail: "the policy document is no JSON object"}}
	}
	return answer{text: text, from: from}
}

// put adds an answer to a batch, as evidence or as a gap.
func (b *batch) put(a answer, kind document.Kind, resource, name string) {
	if a.failure != nil {
		b.fail(kind, resource, name, a.failure)
		return
	}
	b.read(kind, a.from, resource, name, a.text)
}
