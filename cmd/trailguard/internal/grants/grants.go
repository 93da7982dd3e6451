// Package grants derives from a configuration which reader roles each account
// needs, and with which permissions. It sends no request.
package grants

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner/aws/permissions"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Account is what one account has to grant.
type Account struct {
	ID string `json:"account"`
	permissions.Reader
}

// Grants is what all accounts have to grant, sorted by account.
type Grants struct {
	Accounts []Account `json:"accounts"`
	// Caller is the policy for whoever runs the program: to assume the roles.
	Caller permissions.PolicyDocument `json:"caller"`
}

// Of derives the grants of the accounts that a configuration reads through a
// role, or of the account only where that is not empty. The input holds what is
// the same for all accounts. The error says where no account can be told from
// the configuration.
func Of(c *config.Config, only string, in permissions.Input) (*Grants, error) {
	accounts, readers, byDefault, err := chosen(c, only, in.Organization)
	if err != nil {
		return nil, err
	}
	g := &Grants{Accounts: []Account{}}
	roles := []string{}
	for id, account := range accounts {
		own := in
		own.Account = id
		if account.AssumeRole == "" {
			own.ReaderRole, own.ExternalID = byDefault.RoleName, byDefault.ExternalID
		} else {
			through(&own, account)
		}
		if err := g.add(&own, &roles); err != nil {
			return nil, err
		}
	}
	for _, reader := range readers {
		own := permissions.Input{TrustedBy: in.TrustedBy, OIDC: in.OIDC, Organization: true}
		through(&own, reader)
		if err := g.add(&own, &roles); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(g.Accounts, func(a, b Account) int {
		return cmp.Or(strings.Compare(a.ID, b.ID), strings.Compare(a.Path+a.Role, b.Path+b.Role))
	})
	slices.Sort(roles)
	g.Caller = permissions.PolicyDocument{Version: "2012-10-17", Statement: []permissions.PolicyStatement{
		{Sid: "AssumeReaders", Effect: "Allow", Action: []string{"sts:AssumeRole"}, Resource: roles},
	}}
	return g, nil
}

// chosen returns the accounts that are read through a role and the roles that
// read the organization: all of them, those of one account, or the
// organization's alone.
func chosen(c *config.Config, only string, organization bool) (accounts map[string]config.Account, readers []config.Account, byDefault config.Account, err error) {
	accounts = accountsOf(c)
	byDefault = accounts[config.DefaultAccount]
	delete(accounts, config.DefaultAccount)
	readers = organizationReaders(c)
	if organization {
		if len(readers) == 0 {
			return nil, nil, byDefault, fmt.Errorf("%s reads no organization: name the role below aws.organization, or an account with --account ID and without --config", c.Path)
		}
		accounts, byDefault, only = nil, config.Account{}, ""
	}
	if only != "" {
		account, ok := accounts[only]
		if !ok && byDefault.RoleName == "" {
			return nil, nil, byDefault, fmt.Errorf("%s reads account %s through no role: list it below aws.accounts, or name a default there", c.Path, only)
		}
		accounts, readers = map[string]config.Account{only: account}, nil
	}
	if len(accounts)+len(readers) == 0 && byDefault.RoleName != "" {
		return nil, nil, byDefault, fmt.Errorf("%s names a role for all accounts and no account: name one with --account ID, or --format stackset for a template that fits all", c.Path)
	}
	if len(accounts)+len(readers) == 0 {
		return nil, nil, byDefault, fmt.Errorf("%s reads no account through a role: name accounts below aws.accounts, or one with --account ID and without --config", c.Path)
	}
	return accounts, readers, byDefault, nil
}

// through copies into the input which role of an account is assumed.
func through(in *permissions.Input, account config.Account) {
	arn, _ := iam.ParseARN(account.AssumeRole) // it was checked when it was read
	in.Account, in.Partition = arn.Account, arn.Partition
	in.ReaderRole, in.ExternalID = strings.TrimPrefix(arn.Resource, "role/"), account.ExternalID
}

// add appends what one account has to grant, and the role's ARN to those that
// the caller assumes.
func (g *Grants) add(in *permissions.Input, roles *[]string) error {
	p, err := permissions.Of(*in)
	if err != nil {
		return err
	}
	g.Accounts = append(g.Accounts, Account{in.Account, p})
	partition := cmp.Or(in.Partition, "aws")
	*roles = append(*roles, "arn:"+partition+":iam::"+in.Account+":role"+cmp.Or(p.Path, "/")+p.Role)
	return nil
}

// organizationReaders lists the roles with which tenants read their
// organization, without repeats.
func organizationReaders(c *config.Config) []config.Account {
	var readers []config.Account
	add := func(settings config.AWS) {
		if reader := settings.Organization; reader.AssumeRole != "" && !slices.Contains(readers, reader) {
			readers = append(readers, reader)
		}
	}
	add(c.AWS)
	for i := range c.Tenants {
		add(c.TenantAWS(&c.Tenants[i]))
	}
	return readers
}

// StackSet returns a CloudFormation template for all accounts that the default
// account of a configuration stands for. It fails where there is no default.
func StackSet(c *config.Config, in permissions.Input) (string, error) {
	if c != nil {
		byDefault := accountsOf(c)[config.DefaultAccount]
		if byDefault.RoleName == "" {
			return "", fmt.Errorf("%s has no default below aws.accounts: a stack set is for a role that is called alike in all accounts", c.Path)
		}
		in.ReaderRole, in.ExternalID = byDefault.RoleName, byDefault.ExternalID
	}
	return permissions.StackSet(in)
}

// accountsOf merges the accounts of all tenants.
func accountsOf(c *config.Config) map[string]config.Account {
	accounts := map[string]config.Account{}
	add := func(settings config.AWS) {
		for id, account := range settings.Accounts {
			accounts[id] = account
		}
	}
	add(c.AWS)
	for i := range c.Tenants {
		add(c.TenantAWS(&c.Tenants[i]))
	}
	return accounts
}

// JSON returns the grants as one indented object.
func (g *Grants) JSON() string {
	text, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		panic(err) // it holds nothing but texts
	}
	return string(text) + "\n"
}

// In returns what each account has to apply, written by language, which must be
// one whose comments begin with a hash.
func (g *Grants) In(language func(permissions.Reader) string) string {
	var parts []string
	for i := range g.Accounts {
		parts = append(parts, fmt.Sprintf("# Account %s\n%s", g.Accounts[i].ID, language(g.Accounts[i].Reader)))
	}
	return strings.Join(parts, "\n")
}
