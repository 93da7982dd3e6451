package aws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/organizations"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/organization"
	"github.com/trailguard/trailguard/scanner/iam"
)

// organizationReader is the key of the organization's reader in r.accounts,
// beside account ids.
const organizationReader = "organization"

// Error makes a failure an error, for callers that know only errors.
func (f *failure) Error() string { return f.call + ": " + f.detail }

// newOrganization returns the reader of the organization, or nil where none is
// configured.
func (r *run) newOrganization() *organization.Reader {
	how := r.options.Organization
	if how.AssumeRole == "" {
		return nil
	}
	role := parseARN(how.AssumeRole)
	ask := func(ctx context.Context, name string, send func(context.Context, *organizations.Client) error) (gate.Answer, error) {
		reached := r.accounts.Do(organizationReader, func() access {
			assumed := r.assume(ctx, role.Account, how, "aws.organization")
			if assumed.failure == nil {
				options := assumed.clients.organizations.Options()
				options.Region = r.regionIn(role.Partition)
				assumed.clients.organizations = organizations.New(options)
			}
			return assumed
		})
		if reached.failure != nil {
			return gate.Answer{}, reached.failure
		}
		client := reached.clients.organizations
		_, from, f := call(ctx, r, reached.clients, name, func(ctx context.Context) (struct{}, error) { return struct{}{}, send(ctx, client) })
		switch {
		case f == nil:
			return from, nil
		case organization.NoSuchAccount(name, f.code) && f.absence(f.code):
			return from, organization.ErrAbsent
		case f.reason == scanner.ReasonDenied && !isCredentialCode(f.code):
			return from, f.with("allow " + permissionOf(name) + " to " + how.AssumeRole + ", a role of the management account or of a delegated administrator (`trailguard permissions --organization` prints the policy)")
		}
		return from, f
	}
	return &organization.Reader{Partition: role.Partition, Ask: ask}
}

// organizationBatch reads the organization itself, and what its policies say
// about some accounts. It leaves out accounts of another partition.
func (r *run) organizationBatch(ctx context.Context, accounts ...string) batch {
	out := batch{}
	if r.organization == nil {
		return out
	}
	out.take(r.organization.Organization(ctx))
	for _, account := range accounts {
		if iam.IsAccountID(account) {
			out.take(r.organization.Account(ctx, account)...)
		}
	}
	return out
}

// take adds what was found.
func (b *batch) take(found ...organization.Found) {
	for i := range found {
		e := &found[i]
		var f *failure
		var unclear *organization.UnclearError
		switch {
		case errors.As(e.Err, &f):
			b.fail(e.Kind, e.Resource, e.Name, f)
		case errors.As(e.Err, &unclear):
			b.fail(e.Kind, e.Resource, e.Name, &failure{call: unclear.Call, reason: scanner.ReasonMalformed, detail: scanner.Said(unclear.What)})
		case e.Absent:
			b.absent(e.Kind, e.From, e.Resource, e.Name)
		default:
			b.read(e.Kind, e.From, e.Resource, e.Name, e.Text)
		}
	}
}
