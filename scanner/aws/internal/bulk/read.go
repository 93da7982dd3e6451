package bulk

import (
	"context"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/iam"
)

// awsAccount is in ARNs the account of AWS's own managed policies.
const awsAccount = "aws"

// Read asks for what is wanted of one account: first for roles, users and the
// users' groups, then for the managed policies attached to those, if they are
// as many as from. It ends with the first question without an answer, and keeps
// what it has until then.
func Read(ctx context.Context, ask Ask, w *Wanted, from int) *Details {
	d := &Details{
		roles: map[string]*Role{}, users: map[string]*User{}, groups: map[string]*Group{}, policies: map[string]*Policy{},
	}
	var filter []types.EntityType
	if len(w.roles) > 0 {
		filter = append(filter, types.EntityTypeRole)
	}
	if len(w.users) > 0 {
		filter = append(filter, types.EntityTypeUser, types.EntityTypeGroup)
	}
	whole := pages(ctx, ask, filter, w.Len(), func(page *awsiam.GetAccountAuthorizationDetailsOutput, from gate.Answer) bool {
		d.keepPrincipals(w, page, from)
		return d.complete(w)
	})
	if whole {
		d.readPolicies(ctx, ask, w, from)
	}
	return d
}

// pages asks for page after page until keep has everything it wants. It stops
// after as many pages as there are wanted things, since more would not save
// calls any more. It reports whether every question was answered.
func pages(ctx context.Context, ask Ask, filter []types.EntityType, most int, keep func(*awsiam.GetAccountAuthorizationDetailsOutput, gate.Answer) (all bool)) bool {
	var marker *string
	for range most {
		page, from, ok := ask(ctx, filter, marker)
		if !ok {
			return false
		}
		if keep(page, from) || !page.IsTruncated || awssdk.ToString(page.Marker) == "" {
			return true
		}
		marker = page.Marker
	}
	return true
}

// keepPrincipals keeps what is wanted of a page. It keeps all groups, since a
// later page may say which groups the users are in.
func (d *Details) keepPrincipals(w *Wanted, page *awsiam.GetAccountAuthorizationDetailsOutput, from gate.Answer) {
	for i := range page.RoleDetailList {
		if r := &page.RoleDetailList[i]; w.roles[awssdk.ToString(r.Arn)] {
			keep(d.roles, *r.Arn, role(r, from))
		}
	}
	for i := range page.UserDetailList {
		if u := &page.UserDetailList[i]; w.users[awssdk.ToString(u.Arn)] {
			keep(d.users, *u.Arn, user(u, from))
		}
	}
	for i := range page.GroupDetailList {
		g := &page.GroupDetailList[i]
		keep(d.groups, awssdk.ToString(g.GroupName), group(g, from))
	}
}

// keep adds an entry. An entry that comes twice may differ, so neither is kept.
func keep[T any](all map[string]*T, key string, told *T) {
	if _, twice := all[key]; twice {
		told = nil
	}
	all[key] = told
}

// complete reports whether no further page is needed.
func (d *Details) complete(w *Wanted) bool {
	if len(d.roles) < len(w.roles) || len(d.users) < len(w.users) {
		return false
	}
	for _, u := range d.users {
		if u == nil {
			continue
		}
		for _, name := range u.groups {
			if _, told := d.groups[name]; !told {
				return false
			}
		}
	}
	return true
}

// readPolicies reads the managed policies attached to what was kept: the
// account's own, AWS's or both, where there are enough of them.
func (d *Details) readPolicies(ctx context.Context, ask Ask, w *Wanted, from int) {
	byOwner := map[string][]string{}
	for arn := range d.attached() {
		owner := iam.AccountOf(arn)
		byOwner[owner] = append(byOwner[owner], arn)
	}
	needed := map[string]bool{}
	var filter []types.EntityType
	for _, owner := range []struct {
		account string
		entity  types.EntityType
	}{{w.Account, types.EntityTypeLocalManagedPolicy}, {awsAccount, types.EntityTypeAWSManagedPolicy}} {
		if len(byOwner[owner.account]) < from {
			continue
		}
		filter = append(filter, owner.entity)
		for _, arn := range byOwner[owner.account] {
			needed[arn] = true
		}
	}
	if len(filter) == 0 {
		return
	}
	pages(ctx, ask, filter, len(needed), func(page *awsiam.GetAccountAuthorizationDetailsOutput, from gate.Answer) bool {
		for i := range page.Policies {
			if p := &page.Policies[i]; needed[awssdk.ToString(p.Arn)] {
				keep(d.policies, *p.Arn, policy(p, from))
			}
		}
		return len(d.policies) == len(needed)
	})
}

// attached returns the managed policies of all roles, users and groups,
// boundaries included.
func (d *Details) attached() map[string]bool {
	arns := map[string]bool{}
	note := func(h *Held, boundary *types.AttachedPermissionsBoundary) {
		for i := range h.Attached {
			arns[awssdk.ToString(h.Attached[i].PolicyArn)] = true
		}
		if boundary != nil {
			arns[awssdk.ToString(boundary.PermissionsBoundaryArn)] = true
		}
	}
	for _, r := range d.roles {
		if r != nil {
			note(&r.Held, r.PermissionsBoundary)
		}
	}
	for _, u := range d.users {
		if u == nil {
			continue
		}
		note(&u.Held, u.PermissionsBoundary)
		for _, name := range u.groups {
			if g := d.groups[name]; g != nil {
				note(&g.Held, nil)
			}
		}
	}
	return arns
}

// Foreign reports whether a page is about another account than the one that was
// asked: every ARN holds its account.
func (w *Wanted) Foreign(page *awsiam.GetAccountAuthorizationDetailsOutput) bool {
	foreign := func(text *string, kind string) bool {
		arn, ok := iam.ParseARN(awssdk.ToString(text))
		return !ok || arn.Partition != w.Partition || arn.Service != "iam" || !strings.HasPrefix(arn.Resource, kind+"/") ||
			arn.Account != w.Account && (kind != "policy" || arn.Account != awsAccount)
	}
	return slices.ContainsFunc(page.RoleDetailList, func(r types.RoleDetail) bool { return foreign(r.Arn, "role") }) ||
		slices.ContainsFunc(page.UserDetailList, func(u types.UserDetail) bool { return foreign(u.Arn, "user") }) ||
		slices.ContainsFunc(page.GroupDetailList, func(g types.GroupDetail) bool { return foreign(g.Arn, "group") }) ||
		slices.ContainsFunc(page.Policies, func(p types.ManagedPolicyDetail) bool { return foreign(p.Arn, "policy") })
}
