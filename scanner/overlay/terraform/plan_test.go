package terraform_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	recorded "github.com/trailguard/trailguard/fixtures/terraform"
	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/overlay/terraform"
)

func read(t *testing.T, name string) *terraform.Plan {
	t.Helper()
	text, err := recorded.Plan(name)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := terraform.Read(text)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

// said is a change in a line.
func said(c *overlay.Change) string {
	effect := [...]string{"put", "edit", "remove", "unknown"}[c.Effect]
	return strings.TrimSpace(fmt.Sprintf("%s %s of %s %s", effect, c.Kind, c.Resource, c.Name))
}

func TestRecordedPlans(t *testing.T) {
	const bucket, role = "acme-audit-finance-eu", "arn:aws:iam::111111111111:role/acme-immuta-audit-finance"
	for name, want := range map[string][]string{
		"harmless":    {"edit role of " + role},
		"opens":       {"put bucket_policy of " + bucket},
		"moved":       {"put bucket_policy of " + bucket},
		"external_id": {"put trust_policy of " + role},
		"new_role_reads": {
			"unknown bucket_policy of " + bucket, "unknown of role reader", "put trust_policy of role reader",
			"unknown identity_policies of role reader", "unknown identity_policies of role reader",
		},
		"policy_destroyed": {"remove bucket_policy of " + bucket},
		"inline_destroyed": {"remove identity_policy of " + role + " inline/write-audit"},
		"sensitive":        {"unknown bucket_policy of " + bucket},
		"boundary": {
			"remove permissions_boundary of " + role + " arn:aws:iam::111111111111:policy/acme-workload-boundary",
			"unknown permissions_boundary of " + role + " arn:aws:iam::111111111111:policy/none",
		},
		"attached":       {"unknown identity_policies of " + role},
		"attached_known": {"put identity_policy of " + role + " arn:aws:iam::111111111111:policy/more"},
		"settings": {
			"put public_access_block of " + bucket, "put encryption of " + bucket, "put versioning of " + bucket,
		},
		"settings_destroyed": {
			"remove public_access_block of " + bucket, "put encryption of " + bucket, "put versioning of " + bucket,
		},
		"role_replaced": {
			"unknown bucket_policy of " + bucket, "unknown of " + role, "put trust_policy of " + role,
			"unknown identity_policies of " + role, "unknown identity_policies of " + role,
			"unknown permissions_boundary of " + role + " arn:aws:iam::111111111111:policy/acme-workload-boundary",
		},
		"targeted":   nil,
		"unheard_of": {"unknown of " + bucket},
	} {
		t.Run(name, func(t *testing.T) {
			plan := read(t, name)
			var got []string
			for i := range plan.Changes {
				got = append(got, strings.Join(strings.Fields(said(&plan.Changes[i])), " "))
			}
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			if plan.Partial != (name == "targeted") {
				t.Errorf("partial is %v", plan.Partial)
			}
		})
	}
}

func TestWhatIsNoPlanIsRefused(t *testing.T) {
	failed, err := recorded.Plan("failed")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"a failed plan":          {string(failed), "the plan failed"},
		"a saved plan":           {"PK\x03\x04", "this is a saved plan: give what `terraform show -json FILE` prints"},
		"nothing":                {"", "no JSON of `terraform show -json`"},
		"another JSON":           {`{"Version":"2012-10-17","Statement":[]}`, "it has no format_version"},
		"a state":                {`{"format_version":"1.0","values":{}}`, "this is a state and no plan"},
		"an empty state":         {`{"format_version":"1.0"}`, "this is no plan of `terraform show -json`: it has neither planned_values nor resource_changes"},
		"a state's file":         {`{"version":4,"terraform_version":"1.9.0","serial":1,"lineage":"x","outputs":{},"resources":[]}`, "this is a state and no plan"},
		"what it says meanwhile": {"{\"@level\":\"info\",\"type\":\"version\"}\n{\"@level\":\"info\",\"type\":\"planned_change\"}\n", "this is what `terraform plan -json` says while it plans"},
		"an unknown action":      {`{"format_version":"1.2","resource_changes":[{"address":"x","type":"aws_s3_bucket_policy","mode":"managed","change":{"actions":["polish"]}}]}`, "x: the plan's actions are [\"polish\"], which trailguard does not know"},
		"no action":              {`{"format_version":"1.2","resource_changes":[{"address":"x","type":"aws_s3_bucket_policy","mode":"managed","change":{"actions":[]}}]}`, "x: the plan's actions are [], which"},
		"a format of the future": {`{"format_version":"9.0"}`, "format version"},
		"part is put off": {
			`{"format_version":"1.2","deferred_changes":[{"reason":"unknown","resource_change":{"address":"aws_s3_bucket_policy.trail","change":{"actions":["create"]}}}]}`,
			"the plan puts off aws_s3_bucket_policy.trail",
		},
		"a change without its change": {`{"format_version":"1.2","resource_changes":[{"address":"aws_s3_bucket_policy.trail","type":"aws_s3_bucket_policy","mode":"managed"}]}`, "does not say what changes"},
		"a change of nothing":         {`{"format_version":"1.2","resource_changes":[null]}`, "a resource: the plan does not say what changes"},
		"a change of what is no resource": {
			`{"format_version":"1.2","resource_changes":[{"address":"x","type":"aws_s3_bucket_policy","mode":"managed","change":{"actions":["update"],"before":"x","after":[1]}}]}`,
			"x: the plan does not say what changes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := terraform.Read([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error is %v, want %q", err, test.want)
			}
		})
	}
}

func TestSensitiveValuesAreNotTaken(t *testing.T) {
	plan := read(t, "sensitive")
	if len(plan.Changes) != 1 {
		t.Fatalf("changes are %+v", plan.Changes)
	}
	c := &plan.Changes[0]
	if c.Effect != overlay.Unknown || c.Text != "" || !strings.Contains(c.Why, "sensitive") || strings.Contains(c.Why, "s3cr3t") {
		t.Errorf("the change is %+v", c)
	}
}

// planOf is a plan of a few resources.
func planOf(changes ...string) string {
	return `{"format_version":"1.2","resource_changes":[` + strings.Join(changes, ",") + `]}`
}

func resource(typ, actions, before, after, unknown string) string {
	return fmt.Sprintf(`{"address":"%s.x","mode":"managed","type":%[1]q,"name":"x","change":{"actions":[%s],"before":%s,"after":%s,"after_unknown":%s}}`,
		typ, actions, before, after, unknown)
}

// TestResources covers what the recorded plans do not.
func TestResources(t *testing.T) {
	const (
		key     = `"arn":"arn:aws:kms:eu-west-1:111111111111:key/k","policy":"{}"`
		account = `{"arn":"arn:aws:iam::111111111111:role/other","name":"other","assume_role_policy":"{}","tags":`
	)
	known := resource("aws_iam_role", `"update"`, account+`"a"}`, account+`"b"}`, "{}")
	for name, test := range map[string]struct {
		changes []string
		want    []string
	}{
		"a key is disabled": {
			[]string{resource("aws_kms_key", `"update"`, `{`+key+`,"is_enabled":true}`, `{`+key+`,"is_enabled":false}`, "{}")},
			[]string{"edit key of arn:aws:kms:eu-west-1:111111111111:key/k"},
		},
		"a key is destroyed": {
			[]string{resource("aws_kms_key", `"delete"`, `{`+key+`,"is_enabled":true}`, "null", "{}")},
			[]string{"edit key of arn:aws:kms:eu-west-1:111111111111:key/k", "unknown key_policy of arn:aws:kms:eu-west-1:111111111111:key/k"},
		},
		"a policy comes, and the one before is left to itself": {
			[]string{resource("aws_s3_bucket_policy", `"create","forget"`, `{"bucket":"old","policy":"{}"}`, `{"bucket":"trail","policy":"{\"a\":1}"}`, "{}")},
			[]string{"put bucket_policy of trail"},
		},
		"a key is no longer rotated": {
			[]string{resource("aws_kms_key", `"update"`, `{`+key+`,"enable_key_rotation":true}`, `{`+key+`,"enable_key_rotation":false}`, "{}")},
			[]string{"put key_rotation of arn:aws:kms:eu-west-1:111111111111:key/k"},
		},
		"a key is rotated more often": {
			[]string{resource("aws_kms_key", `"update"`, `{`+key+`,"enable_key_rotation":true,"rotation_period_in_days":365}`, `{`+key+`,"enable_key_rotation":true,"rotation_period_in_days":90}`, "{}")},
			[]string{"put key_rotation of arn:aws:kms:eu-west-1:111111111111:key/k"},
		},
		"a grant to whom nobody knows": {
			[]string{resource("aws_kms_grant", `"create"`, "null", `{"key_id":"arn:aws:kms:eu-west-1:111111111111:key/k","operations":["Decrypt"]}`, `{"grantee_principal":true}`)},
			[]string{"unknown key_grants of arn:aws:kms:eu-west-1:111111111111:key/k"},
		},
		"a grant is retired otherwise": {
			[]string{resource("aws_kms_grant", `"update"`, grantOnKey(`"grant_id":"g","retire_on_delete":false`), grantOnKey(`"grant_id":"g","retire_on_delete":true`), "{}")}, nil,
		},
		"an access control list is no longer managed, and stays": {
			[]string{resource("aws_s3_bucket_acl", `"delete"`, `{"bucket":"trail","acl":"private"}`, "null", "{}")}, []string{"edit acl of trail"},
		},
		"an access control list for whom an address names": {
			[]string{resource("aws_s3_bucket_acl", `"create"`, "null",
				`{"bucket":"trail","access_control_policy":[{"owner":[{"id":"o"}],"grant":[{"permission":"READ","grantee":[{"type":"AmazonCustomerByEmail","email_address":"a@b.example"}]}]}]}`, "{}")},
			[]string{"unknown acl of trail"},
		},
		"an access control list that two resources give": {
			[]string{
				resource("aws_s3_bucket", `"update"`, `{"bucket":"trail","acl":"private"}`, `{"bucket":"trail","acl":"public-read"}`, "{}"),
				resource("aws_s3_bucket_acl", `"create"`, "null", `{"bucket":"trail","acl":"private"}`, "{}"),
			},
			[]string{"edit acl of trail", "edit acl of trail"},
		},
		"a replication of which the role is not known": {
			[]string{resource("aws_s3_bucket_replication_configuration", `"create"`, "null", `{"bucket":"trail","rule":[{"id":"a","status":"Enabled","destination":[{"bucket":"b"}]}]}`, `{"role":true}`)},
			[]string{"unknown replication of trail"},
		},
		"a replication ends": {
			[]string{resource("aws_s3_bucket_replication_configuration", `"delete"`, `{"bucket":"trail","role":"r","rule":[{"id":"a","status":"Enabled","destination":[{"bucket":"b"}]}]}`, "null", "{}")},
			[]string{"remove replication of trail"},
		},
		"an access key is made": {
			[]string{resource("aws_iam_access_key", `"create"`, "null", `{"user":"writer"}`, `{"id":true}`)},
			[]string{"unknown access_keys of user writer"},
		},
		"a role's policy, and nobody says which account": {
			[]string{resource("aws_iam_role_policy", `"create"`, "null", `{"role":"writer","name":"put","policy":"{}"}`, "{}")},
			[]string{"unknown identity_policy of role writer inline/put"},
		},
		"a role's policy in the one account of the plan": {
			[]string{known, resource("aws_iam_role_policy", `"create"`, "null", `{"role":"writer","name":"put","policy":"{}"}`, "{}")},
			[]string{"put identity_policy of role writer inline/put"},
		},
		"a role is destroyed": {
			[]string{resource("aws_iam_role", `"delete"`, `{"arn":"arn:aws:iam::111111111111:role/w","name":"w","assume_role_policy":"{}"}`, "null", "{}")},
			[]string{
				"remove role of arn:aws:iam::111111111111:role/w", "remove trust_policy of arn:aws:iam::111111111111:role/w",
				"unknown of arn:aws:iam::111111111111:role/w",
			},
		},
		"a managed policy is edited, for whoever has it": {
			[]string{resource("aws_iam_policy", `"update"`, `{"arn":"arn:aws:iam::111111111111:policy/p","name":"p","policy":"{}"}`,
				`{"arn":"arn:aws:iam::111111111111:policy/p","name":"p","policy":"{ }"}`, "{}")},
			[]string{"put identity_policy of arn:aws:iam::111111111111:policy/p", "put permissions_boundary of arn:aws:iam::111111111111:policy/p"},
		},
		"a policy is taken from a role": {
			[]string{known, resource("aws_iam_role_policy_attachment", `"delete"`, `{"role":"writer","policy_arn":"arn:aws:iam::aws:policy/AmazonS3FullAccess"}`, "null", "{}")},
			[]string{"remove identity_policy of role writer arn:aws:iam::aws:policy/AmazonS3FullAccess"},
		},
		"a list of policies takes others away": {
			[]string{known, resource("aws_iam_role_policy_attachments_exclusive", `"create"`, "null", `{"role_name":"writer","policy_arns":[]}`, "{}")},
			[]string{"unknown identity_policies of role writer"},
		},
		"a policy is attached to those on a list and nobody else": {
			[]string{known, resource("aws_iam_policy_attachment", `"update"`, `{"policy_arn":"arn:aws:iam::aws:policy/X","roles":["writer","reader"]}`,
				`{"policy_arn":"arn:aws:iam::aws:policy/X","roles":["writer"]}`, "{}")},
			[]string{"remove identity_policy of role reader arn:aws:iam::aws:policy/X", "unknown identity_policy of arn:aws:iam::aws:policy/X"},
		},
		"a group": {
			[]string{resource("aws_iam_group_policy", `"delete"`, `{"group":"g","name":"n","policy":"{}"}`, "null", "{}")},
			[]string{"unknown identity_policies of any user"},
		},
		"lifecycle": {
			[]string{resource("aws_s3_bucket_lifecycle_configuration", `"update"`, `{"bucket":"trail","rule":[{"id":"a"}]}`, `{"bucket":"trail","rule":[{"id":"b","status":"Enabled"}]}`, "{}")},
			[]string{"put lifecycle of trail"},
		},
		"lifecycle with what nobody foresaw": {
			[]string{resource("aws_s3_bucket_lifecycle_configuration", `"update"`, `{"bucket":"trail","rule":[{"id":"a"}]}`, `{"bucket":"trail","rule":[{"id":"b","status":"Enabled","shred":true}]}`, "{}")},
			[]string{"unknown lifecycle of trail"},
		},
		"a rotation of which the period is not known": {
			[]string{resource("aws_kms_key", `"update"`, `{"arn":"arn:aws:kms:eu-west-1:111111111111:key/k","enable_key_rotation":true,"rotation_period_in_days":365}`,
				`{"arn":"arn:aws:kms:eu-west-1:111111111111:key/k","enable_key_rotation":true}`, `{"rotation_period_in_days":true}`)},
			[]string{"unknown key_rotation of arn:aws:kms:eu-west-1:111111111111:key/k"},
		},
		"a policy moves to another bucket": {
			[]string{resource("aws_s3_bucket_policy", `"delete","create"`, `{"bucket":"trail","policy":"{}"}`, `{"bucket":"other","policy":"{}"}`, "{}")},
			[]string{"put bucket_policy of other", "remove bucket_policy of trail"},
		},
		"a policy moves to a bucket that is not there yet": {
			[]string{resource("aws_s3_bucket_policy", `"delete","create"`, `{"bucket":"trail","policy":"{}"}`, `{"policy":"{}"}`, `{"bucket":true}`)},
			[]string{"unknown bucket_policy of trail"},
		},
		"a policy is forgotten, and stays": {
			[]string{resource("aws_s3_bucket_policy", `"forget"`, `{"bucket":"trail","policy":"{}"}`, "null", "{}")}, nil,
		},
		"a service control policy": {
			[]string{resource("aws_organizations_policy", `"update"`, `{"id":"p-abc","type":"SERVICE_CONTROL_POLICY","content":"{}"}`,
				`{"id":"p-abc","type":"SERVICE_CONTROL_POLICY","content":"{ }"}`, "{}")},
			[]string{"put service_control_policy of p-abc p-abc"},
		},
		"an account moves in the organization": {
			[]string{resource("aws_organizations_account", `"update"`, `{"id":"111111111111","parent_id":"ou-a"}`, `{"id":"111111111111","parent_id":"ou-b"}`, "{}")},
			[]string{"unknown organization_path of 111111111111"},
		},
		"an account is renamed": {
			[]string{resource("aws_organizations_account", `"update"`, `{"id":"111111111111","parent_id":"ou-a","name":"a"}`, `{"id":"111111111111","parent_id":"ou-a","name":"b"}`, "{}")},
			nil,
		},
		"an organization switches its policies off": {
			[]string{resource("aws_organizations_organization", `"update"`, `{"enabled_policy_types":["SERVICE_CONTROL_POLICY"]}`, `{"enabled_policy_types":[]}`, "{}")},
			[]string{"unknown organization of the organization"},
		},
		"an account's block": {
			[]string{resource("aws_s3_account_public_access_block", `"delete"`, `{"account_id":"111111111111","block_public_acls":true}`, "null", "{}")},
			[]string{"remove account_public_access_block of account/111111111111"},
		},
		"an object": {
			[]string{resource("aws_s3_object", `"create"`, "null", `{"bucket":"trail","key":"x"}`, "{}")}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			plan, err := terraform.Read([]byte(planOf(test.changes...)))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range plan.Changes {
				got = append(got, strings.Join(strings.Fields(said(&plan.Changes[i])), " "))
			}
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestLifecycleRulesAreThoseOfS3(t *testing.T) {
	rule := func(more string) string { return `{"id":"r","status":"Enabled","prefix":""` + more + `}` }
	for _, test := range []struct{ rule, want string }{
		{rule(``), `{"ID":"r","Filter":{},"Status":"Enabled"}`},
		{`{"id":"r","status":"Disabled","prefix":"old/","filter":[]}`, `{"ID":"r","Prefix":"old/","Status":"Disabled"}`},
		{rule(`,"filter":[{"prefix":"p/","tag":[],"and":[],"object_size_greater_than":null}]`), `{"ID":"r","Filter":{"Prefix":"p/"},"Status":"Enabled"}`},
		{
			rule(`,"filter":[{"and":[{"prefix":"p/","tags":{"b":"2","a":"1"},"object_size_less_than":9}]}]`),
			`{"ID":"r","Filter":{"And":{"Prefix":"p/","Tags":[{"Key":"a","Value":"1"},{"Key":"b","Value":"2"}],"ObjectSizeLessThan":9}},"Status":"Enabled"}`,
		},
		{rule(`,"filter":[{"tag":[{"key":"k","value":"v"}]}]`), `{"ID":"r","Filter":{"Tag":{"Key":"k","Value":"v"}},"Status":"Enabled"}`},
		{
			rule(`,"expiration":[{"days":30,"date":null,"expired_object_delete_marker":false}],"noncurrent_version_expiration":[{"noncurrent_days":7,"newer_noncurrent_versions":null}]`),
			`{"ID":"r","Filter":{},"Status":"Enabled","Expiration":{"Days":30},"NoncurrentVersionExpiration":{"NoncurrentDays":7}}`,
		},
		{rule(`,"transition":[{"days":1,"storage_class":"GLACIER"}],"abort_incomplete_multipart_upload":[{"days_after_initiation":7}]`), `{"ID":"r","Filter":{},"Status":"Enabled"}`},
	} {
		plan, err := terraform.Read([]byte(planOf(resource("aws_s3_bucket_lifecycle_configuration", `"create"`, "null", `{"bucket":"trail","rule":[`+test.rule+`]}`, "{}"))))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := plan.Changes[0].Text, `{"Rules":[`+test.want+`]}`; got != want {
			t.Errorf("%s:\n%s, want\n%s", test.rule, got, want)
		}
	}
}
