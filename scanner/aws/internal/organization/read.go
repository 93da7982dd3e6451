package organization

import (
	"cmp"
	"context"
	"encoding/json"
	"regexp"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/organizations"
	"github.com/aws/aws-sdk-go-v2/service/organizations/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

var (
	organizationID = regexp.MustCompile(`^o-[a-z0-9]{10,32}$`)
	levelID        = regexp.MustCompile(`^(r-[a-z0-9]{4,32}|ou-[a-z0-9]{4,32}-[a-z0-9]{8,32})$`)
	policyID       = regexp.MustCompile(`^p-[A-Za-z0-9_]{8,128}$`)
)

// describe reads the organization and its root.
func (r *Reader) describe(ctx context.Context) (string, gate.Answer, error) {
	var out *organizations.DescribeOrganizationOutput
	from, err := r.Ask(ctx, CallOrganization, func(ctx context.Context, c *organizations.Client) (err error) {
		out, err = c.DescribeOrganization(ctx, nil)
		return err
	})
	if err != nil {
		return "", from, err
	}
	o := out.Organization
	if o == nil || !organizationID.MatchString(awssdk.ToString(o.Id)) || !iam.IsAccountID(awssdk.ToString(o.MasterAccountId)) {
		return "", from, unclear(CallOrganization, "the answer names no organization or no management account")
	}
	roots, _, err := list(ctx, r, CallRoots, func(ctx context.Context, c *organizations.Client, token *string) ([]types.Root, *string, error) {
		page, err := c.ListRoots(ctx, &organizations.ListRootsInput{NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return page.Roots, page.NextToken, nil
	})
	if err != nil {
		return "", from, err
	}
	if len(roots) != 1 || !levelID.MatchString(awssdk.ToString(roots[0].Id)) {
		return "", from, unclear(CallRoots, "an organization has one root, and the answer names %d", len(roots))
	}
	policyTypes := []document.OrganizationType{}
	for _, t := range roots[0].PolicyTypes {
		policyTypes = append(policyTypes, document.OrganizationType{Type: string(t.Type), Status: string(t.Status)})
	}
	slices.SortFunc(policyTypes, func(a, b document.OrganizationType) int { return cmp.Compare(a.Type, b.Type) })
	return document.Encode(document.Organization{
		ID: *o.Id, ManagementAccount: *o.MasterAccountId, FeatureSet: string(o.FeatureSet), Root: *roots[0].Id, PolicyTypes: policyTypes,
	}), from, nil
}

// parent reads what contains an account or a unit.
func (r *Reader) parent(ctx context.Context, below string) parent {
	parents, from, err := list(ctx, r, CallParents, func(ctx context.Context, c *organizations.Client, token *string) ([]types.Parent, *string, error) {
		page, err := c.ListParents(ctx, &organizations.ListParentsInput{ChildId: &below, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return page.Parents, page.NextToken, nil
	})
	switch {
	case err != nil:
		return parent{from: from, err: err}
	case len(parents) != 1 || !levelID.MatchString(awssdk.ToString(parents[0].Id)) ||
		(parents[0].Type == types.ParentTypeRoot) != (awssdk.ToString(parents[0].Id)[0] == 'r'):
		return parent{err: unclear(CallParents, "%s is directly below one root or unit, and the answer names another number or none", below)}
	}
	return parent{from: from, level: document.OrganizationLevel{ID: *parents[0].Id, Type: string(parents[0].Type)}}
}

// level reads the policies of both types that a level has.
func (r *Reader) level(ctx context.Context, level string) []Found {
	var found []Found
	for _, t := range document.ControlTypes() {
		found = append(found, r.controls(ctx, level, t)...)
	}
	return found
}

func (r *Reader) controls(ctx context.Context, level string, t document.ControlType) []Found {
	of := types.PolicyType(t.Of)
	listed := Found{Kind: t.List, Resource: document.LevelResource(r.Partition, level)}
	summaries, from, err := list(ctx, r, CallPolicies, func(ctx context.Context, c *organizations.Client, token *string) ([]types.PolicySummary, *string, error) {
		page, err := c.ListPoliciesForTarget(ctx, &organizations.ListPoliciesForTargetInput{TargetId: &level, Filter: of, NextToken: token})
		if err != nil {
			return nil, nil, err
		}
		return page.Policies, page.NextToken, nil
	})
	listed.From = from
	policies := []document.ControlPolicy{}
	for i := range summaries {
		s := &summaries[i]
		if !policyID.MatchString(awssdk.ToString(s.Id)) || s.Type != of {
			err = unclear(CallPolicies, "the answer lists what is no policy of the type that was asked for")
			break
		}
		policies = append(policies, document.ControlPolicy{ID: *s.Id, Name: awssdk.ToString(s.Name)})
	}
	if err != nil {
		listed.Err = err
		return []Found{listed}
	}
	slices.SortFunc(policies, func(a, b document.ControlPolicy) int { return cmp.Compare(a.ID, b.ID) })
	policies = slices.Compact(policies)
	listed.Text = document.Encode(document.ControlPolicies{Policies: policies})
	found := []Found{listed}
	for _, p := range policies {
		read := r.policies.Do(p.ID, func() content { return r.policy(ctx, p.ID, of) })
		found = append(found, Found{Kind: t.Kind, From: read.from, Resource: listed.Resource, Name: p.ID, Text: read.text, Err: read.err})
	}
	return found
}

// content is the text of a policy.
type content struct {
	text string
	from gate.Answer
	err  error
}

func (r *Reader) policy(ctx context.Context, id string, of types.PolicyType) content {
	var out *organizations.DescribePolicyOutput
	from, err := r.Ask(ctx, CallPolicy, func(ctx context.Context, c *organizations.Client) (err error) {
		out, err = c.DescribePolicy(ctx, &organizations.DescribePolicyInput{PolicyId: &id})
		return err
	})
	if err != nil {
		return content{err: err}
	}
	p := out.Policy
	if p == nil || p.PolicySummary == nil || awssdk.ToString(p.PolicySummary.Id) != id || p.PolicySummary.Type != of {
		return content{err: unclear(CallPolicy, "the answer is about something else than the policy %s", id)}
	}
	text := awssdk.ToString(p.Content)
	var object map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &object) != nil || object == nil {
		return content{err: unclear(CallPolicy, "the policy document is no JSON object")}
	}
	return content{text: text, from: from}
}

// list reads a list to its end. A page may be empty although others follow.
func list[T any](ctx context.Context, r *Reader, call string,
	read func(ctx context.Context, c *organizations.Client, token *string) (items []T, next *string, err error),
) ([]T, gate.Answer, error) {
	var all []T
	var from gate.Answer
	var token *string
	for range maxPages {
		var items []T
		var next *string
		told, err := r.Ask(ctx, call, func(ctx context.Context, c *organizations.Client) (err error) {
			items, next, err = read(ctx, c, token)
			return err
		})
		if err != nil {
			return nil, told, err
		}
		from = told
		if all = append(all, items...); awssdk.ToString(next) == "" {
			return all, from, nil
		}
		token = next
	}
	return nil, from, unclear(call, "the list does not end within %d pages", maxPages)
}
