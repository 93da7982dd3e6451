package config_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
)

const whole = `# comment
tenants:
  - name: acme
    url: https://acme.immutacloud.com
    apiKey: env:IMMUTA_API_KEY
    aws: {profile: other}
    expect:
      regions: [eu-west-1]
aws:
  profile: audit
  accounts:
    "111111111111": { assumeRole: "arn:aws:iam::111111111111:role/trailguard-reader", externalId: "x1" }
    222222222222: { assumeRole: "arn:aws:iam::222222222222:role/trailguard-reader" }
expect:
  immutaAccounts: ["222222222222", 333333333333]
  maxInterval: EVERY_12_HOURS
  deliveryGrace: 36h
  regions: [us-east-1]
  organization: o-a1b2c3d4e5
  requests: {"s3:X-Amz-Acl": bucket-owner-full-control, "aws:SourceVpce": absent, aws:PrincipalTag/Team: 7, "aws:PrincipalOrgPaths": [o-a/r/x/]}
  assumeRequests: {"aws:SourceIp": 192.0.2.7}
  otherExternalIds: [{id: summary-1, reason: access summary export of finance}]
exports:
  259fc41c-0000-0000-0000-000000000000: { userArn: "arn:aws:iam::111111111111:user/u", owner: data-governance }
failOn: high
rules: [./rules]
ruleSettings:
  acme.short_interval: {max_hours: 8, teams: [a, "1"]}
  acme.other: {}
`

func TestParse(t *testing.T) {
	c, err := config.Parse("t.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := scanner.Settings{
		Expect: map[string]scanner.Expect{"acme": {
			ImmutaAccounts: []string{"222222222222", "333333333333"}, MaxInterval: "EVERY_12_HOURS",
			DeliveryGrace: 36 * time.Hour, Regions: []string{"eu-west-1"}, Organization: "o-a1b2c3d4e5",
			Requests: map[string][]string{
				"s3:x-amz-acl": {"bucket-owner-full-control"}, "aws:SourceVpce": {}, "aws:PrincipalTag/Team": {"7"}, "aws:PrincipalOrgPaths": {"o-a/r/x/"},
			},
			AssumeRequests:   map[string][]string{"aws:SourceIp": {"192.0.2.7"}},
			OtherExternalIDs: []scanner.OtherExternalID{{ID: "summary-1", Reason: "access summary export of finance"}},
		}},
		Exports: map[string]scanner.ExportHint{"259fc41c-0000-0000-0000-000000000000": {
			UserARN: "arn:aws:iam::111111111111:user/u", Owner: "data-governance",
		}},
		Rules: map[string]json.RawMessage{
			"acme.short_interval": json.RawMessage(`{"max_hours":8,"teams":["a","1"]}`), "acme.other": json.RawMessage(`{}`),
		},
	}
	if diff := cmp.Diff(want, c.Settings()); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
	aws := c.TenantAWS(&c.Tenants[0])
	if aws.Profile != "other" || len(aws.Accounts) != 2 {
		t.Errorf("the tenant's aws = %+v: want its own profile and the common accounts", aws)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, text, want string
	}{
		{"misspelt key", "tenants: []\nexpect:\n  imutaAccounts: []\n", `t.yaml:3: unknown key "imutaAccounts"; did you mean "immutaAccounts"?`},
		{"key that resembles nothing", "zzzzzzzzzzzzz: 1\n", `t.yaml:1: unknown key "zzzzzzzzzzzzz"`},
		{"duplicate key", "failOn: low\nfailOn: high\n", "t.yaml:2: "},
		{"not YAML", "tenants: [\n", "t.yaml:"},
		{"a list where a map belongs", "aws: [1]\n", "t.yaml:1: "},
		{"a tag without a value", "#ment\ntenants: ! ", "t.yaml:2: a list should stand here"},
		{"all that is wrong", "tenant: []\nfailOn: [high]\nexpect: {retentionDays: soon}\n", "t.yaml:1: unknown key \"tenant\"; did you mean \"tenants\"?\nt.yaml:2: a text should stand here\nt.yaml:3: a whole number should stand here"},
		{"key itself", "tenants:\n- name: a\n  url: https://x\n  apiKey: sk-live-123\n", "t.yaml:4: apiKey of tenant \"a\" must be env:NAME or file:PATH, never the key itself"},
		{"no key", "tenants:\n- name: a\n  url: https://x\n", `t.yaml:2: tenant "a" has no apiKey`},
		{"two of one name", "tenants:\n- {name: a, url: u, apiKey: env:A}\n- {name: a, url: u, apiKey: env:A}\n", `t.yaml:3: two tenants are called "a"`},
		{"two names but for case", "tenants:\n- {name: a, url: u, apiKey: env:A}\n- {name: A, url: u, apiKey: env:A}\n", `t.yaml:3: two tenants are called "A"`},
		{"role of another account", "aws:\n  accounts:\n    '111111111111':\n      assumeRole: arn:aws:iam::222222222222:role/r\n", "t.yaml:4: arn:aws:iam::222222222222:role/r belongs to account 222222222222, not 111111111111"},
		{"a default with an ARN", "aws:\n  accounts:\n    default: {roleName: 'arn:aws:iam::111111111111:role/r'}\n", `t.yaml:3: "arn:aws:iam::111111111111:role/r" is not the name of a role`},
		{"a default for one account", "aws:\n  accounts:\n    default: {assumeRole: 'arn:aws:iam::111111111111:role/r'}\n", `t.yaml:3: the default account has no assumeRole: write roleName`},
		{"a name for one account", "aws:\n  accounts:\n    '111111111111': {roleName: r}\n", "t.yaml:3: account 111111111111 has no assumeRole"},
		{"account", "expect:\n  immutaAccounts:\n    - '123'\n", `t.yaml:3: "123" is not an account id`},
		{"hostile tenant name", "tenants:\n- {name: ../../etc, url: u, apiKey: env:A}\n", `t.yaml:2: tenant name "../../etc"`},
		{"interval", "expect: {maxInterval: DAILY}\n", `t.yaml:1: unknown interval "DAILY": use one of EVERY_2_HOURS`},
		{"duration", "expect: {deliveryGrace: soon}\n", "t.yaml:1: "},
		{"organization", "expect:\n  organization: acme\n", `t.yaml:2: "acme" is not the id of an organization: write it as AWS Organizations shows it, such as o-a1b2c3d4e5`},
		{"unknown condition key", "expect:\n  requests:\n    aws:PrincipalOrgId2: x\n", `t.yaml:3: unknown condition key "aws:PrincipalOrgId2"; did you mean aws:PrincipalOrgID?`},
		{"condition key that resembles nothing", "expect: {requests: {foo: x}}\n", `t.yaml:1: unknown condition key "foo"; docs/conditions.md lists`},
		{"tag without a name", "expect: {requests: {aws:PrincipalTag/: x}}\n", `t.yaml:1: unknown condition key "aws:PrincipalTag/"`},
		{"key that uploads never have", "expect: {requests: {aws:SourceAccount: '1'}}\n", "t.yaml:1: aws:SourceAccount cannot be declared: an upload never has it"},
		{"key that is always the same", "expect: {requests: {aws:SecureTransport: false}}\n", "t.yaml:1: aws:SecureTransport cannot be declared: an upload always holds true"},
		{"key that is known", "expect: {requests: {aws:PrincipalArn: x}}\n", "t.yaml:1: aws:PrincipalArn cannot be declared: its value is known, the role's ARN"},
		{"time", "expect: {requests: {aws:CurrentTime: '2026-01-01'}}\n", "t.yaml:1: aws:CurrentTime cannot be declared: it is the time of the request"},
		{"key of few values", "expect: {requests: {s3:TlsVersion: 1.3}}\n", "t.yaml:1: s3:TlsVersion cannot be declared: an upload holds 1.2 or 1.3, and each of them is considered"},
		{"key of another service", "expect: {requests: {sts:RoleSessionName: x}}\n", "t.yaml:1: sts:RoleSessionName cannot be declared: an upload never has it"},
		{"ExternalId", "expect: {assumeRequests: {sts:ExternalId: x}}\n", "t.yaml:1: sts:ExternalId cannot be declared: its value is known, the configuration's id"},
		{"value that Immuta cannot send", "expect: {requests: {s3:x-amz-acl: public-read}}\n", `t.yaml:1: s3:x-amz-acl cannot be "public-read": it is absent or private or`},
		{"list for one value", "expect: {requests: {aws:SourceVpce: [a, b]}}\n", "t.yaml:1: aws:SourceVpce holds one value, not a list"},
		{"empty list", "expect: {requests: {aws:PrincipalOrgPaths: []}}\n", `t.yaml:1: aws:PrincipalOrgPaths: write "absent" alone for a key that is never there`},
		{"no value", "expect: {requests: {aws:SourceVpce: }}\n", `t.yaml:1: aws:SourceVpce: write what it holds, or "absent"`},
		{"organization in two ways", "expect: {organization: o-a, requests: {aws:PrincipalOrgID: o-b}}\n", "t.yaml:1: aws:PrincipalOrgID is declared as o-b here and as o-a in expect.organization"},
		{"organization of a request", "expect: {assumeRequests: {aws:PrincipalOrgID: acme}}\n", `t.yaml:1: "acme" is not the id of an organization`},
		{"one key twice", "expect: {requests: {aws:SourceVpce: a, AWS:sourcevpce: b}}\n", "t.yaml:1: AWS:sourcevpce and aws:SourceVpce are one key"},
		{"destination without a name", "publish:\n  slack:\n  - url: env:A\n", "t.yaml:3: slack without a name"},
		{"destinations of one name", "publish:\n  slack:\n  - {name: a, url: env:A}\n  pagerduty:\n  - {name: a, routingKey: env:A}\n", `t.yaml:5: two destinations of publish are called "a"`},
		{"pasted address", "publish:\n  slack:\n  - name: a\n    url: https://hooks.slack.com/sk-live\n", `t.yaml:4: slack "a": url must be env:NAME or file:PATH`},
		{"missing secret", "publish:\n  webhook:\n  - {name: a, url: env:A}\n", `t.yaml:3: webhook "a": secret is missing: write env:NAME or file:PATH`},
		{"user without a password", "publish:\n  email:\n  - {name: a, username: b}\n", `t.yaml:3: email "a": password is missing`},
		{"severity of a destination", "publish:\n  slack:\n  - {name: a, url: env:A, minSeverity: urgent}\n", `t.yaml:3: unknown severity "urgent"`},
		{"account that imports", "publish:\n  securityhub:\n  - name: a\n    accounts: {default: {assumeRole: x}}\n", "t.yaml:4: the default account has no assumeRole"},
		{"ExternalId that is every one", "expect:\n  otherExternalIds:\n    - {id: '*', reason: x}\n", `t.yaml:3: "*" is not an ExternalId: write the whole id`},
		{"ExternalId without a reason", "expect:\n  otherExternalIds:\n    - {id: summary}\n", `t.yaml:3: the ExternalId "summary" has no reason: say whose it is`},
		{"ExternalId twice", "expect:\n  otherExternalIds:\n    - {id: summary, reason: x}\n    - {id: summary, reason: y}\n", `t.yaml:4: the ExternalId "summary" is declared twice`},
		{"severity", "failOn: urgent\n", `t.yaml:1: unknown severity "urgent"`},
		{"rule settings that are a list", "ruleSettings:\n  acme.r: [1]\n", "t.yaml:2: ruleSettings of acme.r must be a mapping"},
		{"no rule settings", "ruleSettings:\n  acme.r:\n", "t.yaml:2: ruleSettings of acme.r must be a mapping"},
		{"service", "aws:\n  endpoints:\n    s4: http://127.0.0.1\n", `t.yaml:3: unknown service "s4"`},
		{"role", "exports:\n  a:\n    roleArn: role/x\n", `t.yaml:3: "role/x" is not the ARN of an IAM role`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := config.Parse("t.yaml", []byte(tt.text))
			if err == nil {
				t.Fatal("no error")
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %q\nwant   %q…", err, tt.want)
			}
			if strings.Contains(err.Error(), "sk-live") {
				t.Errorf("the error repeats the key: %q", err)
			}
		})
	}
}

// A block that accounts share is written once, in the ways that YAML has for it.
func TestSharedBlocks(t *testing.T) {
	c, err := config.Parse("t.yaml", []byte("\ufeff"+`
x-tenant: &tenant
  url: https://acme.immutacloud.com
  apiKey: env:IMMUTA_API_KEY
  expect: &expect {regions: [eu-west-1], encryption: AES256}
tenants:
  - {<<: *tenant, name: a}
  - <<: *tenant
    name: b
    apiKey: env:OTHER
    expect: {<<: *expect, encryption: "aws:kms"}
`))
	if err != nil {
		t.Fatal(err)
	}
	b := c.Tenants[1]
	if len(c.Tenants) != 2 || c.Tenants[0].APIKey != "env:IMMUTA_API_KEY" || b.APIKey != "env:OTHER" || b.URL != c.Tenants[0].URL ||
		b.Expect.Encryption != "aws:kms" || len(b.Expect.Regions) != 1 {
		t.Errorf("tenants %+v", c.Tenants)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("tenants: [&a {name: x}, *a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse("f.yaml", text)
		if err == nil {
			c.Settings()
		}
	})
}
