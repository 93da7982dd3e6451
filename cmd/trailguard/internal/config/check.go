package config

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

var (
	tenantName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$`)
	intervals  = []string{"EVERY_2_HOURS", "EVERY_4_HOURS", "EVERY_6_HOURS", "EVERY_12_HOURS", "EVERY_24_HOURS"}
	services   = []string{"cloudtrail", "iam", "kms", "organizations", "s3", "s3control", "sts"}
)

// checker collects problems, each with the line it is on.
type checker struct {
	tree     *yamlfile.Node
	problems []yamlfile.Problem
}

func (c *checker) add(path []any, format string, args ...any) {
	c.problems = append(c.problems, yamlfile.Problem{Line: c.tree.LineOf(path...), Text: fmt.Sprintf(format, args...)})
}

// problems checks what the decoder cannot.
func (c *Config) problems(tree *yamlfile.Node) []yamlfile.Problem {
	k := &checker{tree: tree}
	names := map[string]bool{}
	for i := range c.Tenants {
		k.tenant(&c.Tenants[i], names, []any{"tenants", i})
	}
	k.aws(&c.AWS, []any{"aws"})
	k.expect(&c.Expect, []any{"expect"})
	for id, hint := range c.Exports {
		if hint.BucketAccount != "" && !iam.IsAccountID(hint.BucketAccount) {
			k.add([]any{"exports", id, "bucketAccount"}, "%s", notAccount(hint.BucketAccount))
		}
		k.arn(hint.RoleARN, "role/", []any{"exports", id, "roleArn"})
		k.arn(hint.UserARN, "user/", []any{"exports", id, "userArn"})
		if _, err := time.Parse(time.DateOnly, hint.SASExpires); err != nil && hint.SASExpires != "" {
			k.add([]any{"exports", id, "sasExpires"}, "%q is not a day: write year, month and day, such as 2027-01-31", hint.SASExpires)
		}
	}
	k.publish(&c.Publish)
	k.schedule(&c.Schedule, []any{"schedule"})
	k.serve(&c.Serve)
	for id, settings := range c.RuleSettings {
		if !bytes.HasPrefix(settings, []byte("{")) {
			k.add([]any{"ruleSettings", id}, "ruleSettings of %s must be a mapping from names to values", id)
		}
	}
	if c.FailOn = strings.ToLower(c.FailOn); c.FailOn != "" {
		if _, err := scanner.ParseSeverity(c.FailOn); err != nil {
			k.add([]any{"failOn"}, "%s", err)
		}
	}
	// Exports are a map: its order must not reach the message.
	slices.SortFunc(k.problems, func(a, b yamlfile.Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Text, b.Text))
	})
	return k.problems
}

// tenant checks one tenant. The map holds the names of the tenants before it,
// in lower case.
func (c *checker) tenant(t *Tenant, names map[string]bool, at []any) {
	switch {
	case t.Name == "":
		c.add(at, "tenant without a name")
	case !tenantName.MatchString(t.Name):
		c.add(append(at, "name"), "tenant name %q: use letters, digits, dots, dashes and underscores, 63 at most", t.Name)
	case names[strings.ToLower(t.Name)]: // their evidence would share a folder on some systems
		c.add(append(at, "name"), "two tenants are called %q", t.Name)
	}
	names[strings.ToLower(t.Name)] = true
	if t.URL == "" {
		c.add(at, "tenant %q has no url", t.Name)
	}
	switch {
	case t.APIKey == "":
		c.add(at, "tenant %q has no apiKey: write env:NAME or file:PATH", t.Name)
	case !strings.HasPrefix(t.APIKey, "env:") && !strings.HasPrefix(t.APIKey, "file:"):
		// The value may be the key itself, so it is not repeated.
		c.add(append(at, "apiKey"), "apiKey of tenant %q must be env:NAME or file:PATH, never the key itself", t.Name)
	}
	if t.AWS != nil {
		c.aws(t.AWS, append(at, "aws"))
	}
	if t.Expect != nil {
		c.expect(t.Expect, append(at, "expect"))
	}
	if t.Schedule != nil {
		c.schedule(t.Schedule, append(at, "schedule"))
	}
}

func notAccount(s string) string {
	return fmt.Sprintf("%q is not an account id: write its twelve digits in quotes", s)
}

func (c *checker) arn(arn, resource string, at []any) {
	if arn == "" {
		return
	}
	if a, _ := iam.ParseARN(arn); a.Service != "iam" || !iam.IsAccountID(a.Account) || !strings.HasPrefix(a.Resource, resource) {
		c.add(at, "%q is not the ARN of an IAM %s", arn, strings.TrimSuffix(resource, "/"))
	}
}

func (c *checker) aws(a *AWS, at []any) {
	for id, account := range a.Accounts {
		here := append(slices.Clone(at), "accounts", id)
		if id == DefaultAccount {
			c.defaultAccount(account, here)
			continue
		}
		if account.RoleName != "" {
			c.add(append(here, "roleName"), "roleName is for the default account alone: write the role of %s as assumeRole", id)
		}
		if !iam.IsAccountID(id) {
			c.add(here, "%s", notAccount(id))
		}
		if account.AssumeRole == "" {
			c.add(here, "account %s has no assumeRole", id)
		}
		c.arn(account.AssumeRole, "role/", append(here, "assumeRole"))
		if role, ok := iam.ParseARN(account.AssumeRole); ok && iam.IsAccountID(id) && iam.IsAccountID(role.Account) && role.Account != id {
			c.add(append(here, "assumeRole"), "%s belongs to account %s, not %s", account.AssumeRole, role.Account, id)
		}
	}
	if a.Organization != (Account{}) {
		c.organizationReader(a.Organization, append(slices.Clone(at), "organization"))
	}
	for service := range a.Endpoints {
		if !slices.Contains(services, service) {
			c.add(append(slices.Clone(at), "endpoints", service), "unknown service %q: use one of %s", service, strings.Join(services, ", "))
		}
	}
}

// organizationReader checks the role with which the organization is read.
func (c *checker) organizationReader(o Account, at []any) {
	if o.RoleName != "" {
		c.add(append(slices.Clone(at), "roleName"), "roleName is for the default account alone: write the role that reads the organization as assumeRole")
	}
	if o.AssumeRole == "" {
		c.add(at, "organization has no assumeRole: name a role of the management account or of a delegated administrator")
	}
	c.arn(o.AssumeRole, "role/", append(slices.Clone(at), "assumeRole"))
}

var roleName = regexp.MustCompile(`^([A-Za-z0-9_+=,.@-]+/)*[A-Za-z0-9_+=,.@-]{1,64}$`)

func (c *checker) defaultAccount(account Account, at []any) {
	switch {
	case account.AssumeRole != "":
		c.add(append(at, "assumeRole"), "the default account has no assumeRole: write roleName, what the role is called in every account")
	case !roleName.MatchString(account.RoleName):
		c.add(append(at, "roleName"), "%q is not the name of a role: write it as it is in every account, with its path and without an ARN", account.RoleName)
	}
}

// mostContinuityDays bounds how many days a snapshot holds figures for.
const mostContinuityDays = 366

func (c *checker) expect(e *Expect, at []any) {
	accounts := func(key string, ids []string) {
		for i, id := range ids {
			if !iam.IsAccountID(id) {
				c.add(append(slices.Clone(at), key, i), "%s", notAccount(id))
			}
		}
	}
	accounts("immutaAccounts", e.ImmutaAccounts)
	accounts("bucketAccounts", e.BucketAccounts)
	for i, who := range e.Readers {
		if a, ok := iam.ParseARN(who); !iam.IsAccountID(who) && (!ok || a.Account == "" || a.Service != "iam" && a.Service != "sts") {
			c.add(append(slices.Clone(at), "readers", i), "%q is neither an account id nor an ARN of IAM: write twelve digits in quotes, or arn:aws:iam::…:role/…", who)
		}
	}
	for i, store := range e.DataEvents {
		if a, ok := iam.ParseARN(store); !ok || a.Service != "cloudtrail" || a.Region == "" || !iam.IsAccountID(a.Account) || !strings.HasPrefix(a.Resource, "eventdatastore/") {
			c.add(append(slices.Clone(at), "dataEvents", i), "%q is not the ARN of an event data store: write arn:aws:cloudtrail:REGION:ACCOUNT:eventdatastore/ID", store)
		}
	}
	if e.MaxInterval != "" && !slices.Contains(intervals, e.MaxInterval) {
		c.add(append(slices.Clone(at), "maxInterval"), "unknown interval %q: use one of %s", e.MaxInterval, strings.Join(intervals, ", "))
	}
	if e.Encryption != "" && e.Encryption != "AES256" && e.Encryption != "aws:kms" {
		c.add(append(slices.Clone(at), "encryption"), "unknown encryption %q: use AES256 or aws:kms", e.Encryption)
	}
	if e.DeliveryGrace != "" {
		if d, err := time.ParseDuration(e.DeliveryGrace); err != nil || d < 0 {
			c.add(append(slices.Clone(at), "deliveryGrace"), "%q is not a duration: write hours, such as 24h", e.DeliveryGrace)
		}
	}
	if e.ContinuityDays < 0 || e.ContinuityDays > mostContinuityDays {
		c.add(append(slices.Clone(at), "continuityDays"), "%d is not a number of days from 1 to %d", e.ContinuityDays, mostContinuityDays)
	}
	c.externalIDs(e.OtherExternalIDs, append(slices.Clone(at), "otherExternalIds"))
	c.organization(e.Organization, append(slices.Clone(at), "organization"))
	c.requests(e, append(slices.Clone(at), "requests"), e.Requests, "an upload", keys.RoleUpload, keys.UserUpload)
	c.requests(e, append(slices.Clone(at), "assumeRequests"), e.AssumeRequests, "a request to assume the role", keys.Assume)
	if e.RetentionDays < 0 || e.AccessKeyMaxAgeDays < 0 {
		c.add(at, "retentionDays and accessKeyMaxAgeDays cannot be negative")
	}
}
