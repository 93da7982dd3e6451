package config_test

import (
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
exports:
  259fc41c-0000-0000-0000-000000000000: { userArn: "arn:aws:iam::111111111111:user/u", owner: data-governance }
failOn: high
rules: [./rules]
`

func TestParse(t *testing.T) {
	c, err := config.Parse("t.yaml", []byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	want := scanner.Settings{
		Expect: map[string]scanner.Expect{"acme": {
			ImmutaAccounts: []string{"222222222222", "333333333333"}, MaxInterval: "EVERY_12_HOURS",
			DeliveryGrace: 36 * time.Hour, Regions: []string{"eu-west-1"},
		}},
		Exports: map[string]scanner.ExportHint{"259fc41c-0000-0000-0000-000000000000": {
			UserARN: "arn:aws:iam::111111111111:user/u", Owner: "data-governance",
		}},
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
		{"severity", "failOn: urgent\n", `t.yaml:1: unknown severity "urgent"`},
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

func TestUnjudgedExpectationsAreNamed(t *testing.T) {
	c, err := config.Parse("t.yaml", []byte("tenants:\n- {name: a, url: u, apiKey: env:A, expect: {retentionDays: 365}}\n- {name: b, url: u, apiKey: env:A}\nexpect: {accessKeyMaxAgeDays: 90}\n"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"expect.accessKeyMaxAgeDays"}, c.Unjudged()); diff != "" {
		t.Errorf("unjudged (-want +got):\n%s", diff)
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
