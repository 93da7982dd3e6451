package aws

import (
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/bulk"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// sessionName is what the reader's sessions are called in CloudTrail.
const sessionName = "trailguard"

// identity is who a set of credentials is.
type identity struct{ account, arn, partition string }

// CallerResult says who one set of credentials is, or why it is nobody.
type CallerResult struct {
	// Account is the configured account; empty for the credentials that
	// everything starts from.
	Account    string
	AssumeRole string // of the configured account
	// CallerAccount and CallerARN are what STS says. Empty: see Gap.
	CallerAccount string
	CallerARN     string
	Gap           *scanner.Gap
}

// Check asks STS who each set of credentials is: first those that everything
// starts from, then those of each configured account, sorted. The error is a
// *CredentialsError when the former work for nothing.
func (c *Collector) Check(ctx context.Context) ([]CallerResult, error) {
	r, err := c.start(ctx)
	if err != nil {
		return nil, err
	}
	results := []CallerResult{{CallerAccount: r.caller.account, CallerARN: r.caller.arn}}
	if f := r.callerGap; f != nil {
		gap := f.gap(document.KindCaller, "", "")
		results[0].Gap = &gap
	}
	for _, account := range sortedKeys(c.options.Accounts) {
		results = append(results, r.check(ctx, account, c.options.Accounts[account].AssumeRole, r.assumed(ctx, account)))
	}
	if how := c.options.Organization; how.AssumeRole != "" {
		account := parseARN(how.AssumeRole).Account
		results = append(results, r.check(ctx, account, how.AssumeRole, r.assume(ctx, account, how, "aws.organization")))
	}
	return results, nil
}

func (r *run) check(ctx context.Context, account, role string, a access) CallerResult {
	result := CallerResult{Account: account, AssumeRole: role}
	f := a.failure
	if f == nil {
		var who identity
		if who, f = r.identify(ctx, a.clients); f == nil {
			result.CallerAccount, result.CallerARN = who.account, who.arn
			return result
		}
	}
	gap := f.gap(document.KindCaller, role, "")
	result.Gap = &gap
	return result
}

// start opens a run: it finds out who the caller is.
func (c *Collector) start(ctx context.Context) (*run, error) {
	r := &run{Collector: c, base: newClients(c.config, &c.options, "", c.gate), wanted: map[iamAccount]*bulk.Wanted{}}
	limited, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	if _, err := c.config.Credentials.Retrieve(limited); err != nil && ctx.Err() == nil {
		return nil, newCredentialsError(c.options.Profile, err)
	}
	who, f := r.identify(ctx, r.base)
	if f != nil && isCredentialCode(f.code) {
		return nil, refusedCredentials(c.options.Profile, f)
	}
	r.caller, r.callerGap = who, f
	r.base.account = who.account
	r.organization = r.newOrganization()
	return r, nil
}

func (r *run) identify(ctx context.Context, c *clients) (identity, *failure) {
	out, _, f := call(ctx, r, c, callCallerIdentity, func(ctx context.Context) (*sts.GetCallerIdentityOutput, error) {
		return c.sts.GetCallerIdentity(ctx, nil)
	})
	if f != nil {
		return identity{}, f
	}
	who := identity{account: deref(out.Account), arn: deref(out.Arn), partition: parseARN(deref(out.Arn)).Partition}
	if !iam.IsAccountID(who.account) {
		return identity{}, &failure{call: callCallerIdentity, reason: scanner.ReasonMalformed, detail: "the answer names no account"}
	}
	return who, nil
}

// assumed returns the credentials of a configured account. The role is assumed
// once; where that fails, everything in the account fails alike.
func (r *run) assumed(ctx context.Context, account string) access {
	return r.accounts.Do(account, func() access {
		how, _ := r.account(account)
		return r.assume(ctx, account, how, "aws.accounts")
	})
}

// assume takes on a role of an account; setting names where the role is configured.
func (r *run) assume(ctx context.Context, account string, how Account, setting string) access {
	if isSession(r.caller.arn, how.AssumeRole) {
		own := *r.base // the reader is that role already, and seldom may assume itself
		own.account = account
		return access{clients: &own}
	}
	provider := stscreds.NewAssumeRoleProvider(r.stsIn(parseARN(how.AssumeRole).Partition), how.AssumeRole,
		func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = sessionName
			if how.ExternalID != "" {
				o.ExternalID = awssdk.String(how.ExternalID)
			}
		})
	cfg := r.config.Copy()
	cache := awssdk.NewCredentialsCache(provider)
	cfg.Credentials = cache
	_, _, f := call(ctx, r, r.base, callAssumeRole, func(ctx context.Context) (awssdk.Credentials, error) {
		got, err := cache.Retrieve(ctx)
		if err == nil && got.AccountID != "" && got.AccountID != account {
			err = errAnother
		}
		return got, err
	})
	switch {
	case f != nil && (f.reason != scanner.ReasonDenied || f.beyondPermissions()):
		return access{failure: f}
	case f != nil:
		return access{failure: f.toward(fmt.Sprintf("let the principal that trailguard starts as assume %s: by the role's trust policy, with the ExternalId of %s, and by sts:AssumeRole in its own policy", how.AssumeRole, setting))}
	}
	return access{clients: newClients(cfg, &r.options, account, r.gate)}
}

// isSession says whether a caller is a session of a role. Its ARN leaves out
// the role's path.
func isSession(caller, role string) bool {
	session, wanted := parseARN(caller), parseARN(role)
	name, _, ok := strings.Cut(strings.TrimPrefix(session.Resource, "assumed-role/"), "/")
	return ok && session.Service == "sts" && strings.HasPrefix(session.Resource, "assumed-role/") && session.Partition == wanted.Partition &&
		session.Account == wanted.Account && name == path.Base(principalName(wanted, "role"))
}

// stsIn returns STS in a partition.
func (r *run) stsIn(partition string) *sts.Client {
	options := r.base.sts.Options()
	options.Region = r.regionIn(partition)
	return sts.New(options)
}

// validAccounts refuses settings under which one account would be read as
// another.
func validAccounts(accounts map[string]Account, organization Account) error {
	if role := organization.AssumeRole; role != "" && principalName(parseARN(role), "role") == "" {
		return fmt.Errorf("aws.organization.assumeRole: %q is not the ARN of a role", role)
	}
	for _, id := range sortedKeys(accounts) {
		role := parseARN(accounts[id].AssumeRole)
		switch {
		case !iam.IsAccountID(id):
			return fmt.Errorf("aws.accounts: %q is not an account id of twelve digits", id)
		case principalName(role, "role") == "":
			return fmt.Errorf("aws.accounts[%q].assumeRole: %q is not the ARN of a role", id, accounts[id].AssumeRole)
		case role.Account != id:
			return fmt.Errorf("aws.accounts[%q].assumeRole: %s belongs to account %s", id, accounts[id].AssumeRole, role.Account)
		}
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

var errNoClock = errors.New("aws: the options hold no clock")
