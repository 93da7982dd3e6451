//go:build integration

package main

import (
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/moto"
	"github.com/trailguard/trailguard/fixtures/sandbox"
)

// motoCase is one export of the integration test: what is created for it in
// moto, and the verdicts that follow from it.
type motoCase struct {
	name string
	make func(*world, *motoCase)
	want map[string]string

	id, bucket, role, user string // a role or a user
}

// grant allows uploads to the case's bucket.
func (c *motoCase) grant() string {
	return statement(`"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::` + c.bucket + `/*"`)
}

// statement is a policy of one statement.
func statement(inside string) string {
	return `{"Version":"2012-10-17","Statement":[{"Sid":"S",` + inside + `}]}`
}

// trust is a trust policy for Immuta with an ExternalId, or without.
func trust(externalID string) string {
	inside := `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},"Action":"sts:AssumeRole"`
	if externalID != "" {
		inside += `,"Condition":{"StringEquals":{"sts:ExternalId":"` + externalID + `"}}`
	}
	return statement(inside)
}

const s3Only, iamOnly = `"Effect":"Allow","Action":"s3:*","Resource":"*"`, `"Effect":"Allow","Action":"iam:*","Resource":"*"`

// grantedCases are about who may upload.
func grantedCases() []motoCase {
	granted := func(status string) map[string]string {
		return map[string]string{"put_object_granted": status, "key_usable": "not_applicable"}
	}
	return []motoCase{
		{name: "role-inline", want: granted("pass"), make: func(w *world, c *motoCase) { w.roleWith(c).inline(c.grant()) }},
		{name: "role-managed", want: granted("pass"), make: func(w *world, c *motoCase) { w.roleWith(c).managed(c.grant()) }},
		{name: "role-by-bucket", want: granted("pass"), make: func(w *world, c *motoCase) {
			w.roleWith(c)
			w.bucketPolicy(c, statement(`"Effect":"Allow","Principal":{"AWS":"`+c.role+`"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::`+c.bucket+`/*"`))
		}},
		{name: "role-nothing", want: granted("fail"), make: func(w *world, c *motoCase) { w.roleWith(c) }},
		{name: "role-bucket-arn-only", want: granted("fail"), make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(strings.Replace(c.grant(), "/*", "", 1))
		}},
		{name: "role-denied-by-bucket", want: granted("fail"), make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant())
			w.bucketPolicy(c, statement(`"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::`+c.bucket+`/*"`))
		}},
		{name: "role-boundary-allows", want: granted("pass"), make: func(w *world, c *motoCase) {
			w.roleWithin(c, statement(s3Only)).inline(c.grant())
		}},
		{name: "role-boundary-forgets", want: granted("fail"), make: func(w *world, c *motoCase) {
			w.roleWithin(c, statement(iamOnly)).inline(c.grant())
		}},
		{name: "user-inline", want: granted("pass"), make: func(w *world, c *motoCase) { w.userWith(c).inline(c.grant()) }},
		{name: "user-managed", want: granted("pass"), make: func(w *world, c *motoCase) { w.userWith(c).managed(c.grant()) }},
		{name: "user-group-inline", want: granted("pass"), make: func(w *world, c *motoCase) { w.userWith(c).groupInline(c.grant()) }},
		{name: "user-group-managed", want: granted("pass"), make: func(w *world, c *motoCase) { w.userWith(c).groupManaged(c.grant()) }},
		{name: "user-by-bucket", want: granted("pass"), make: func(w *world, c *motoCase) {
			w.userWith(c)
			w.bucketPolicy(c, statement(`"Effect":"Allow","Principal":{"AWS":"`+c.user+`"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::`+c.bucket+`/*"`))
		}},
		{name: "user-nothing", want: granted("fail"), make: func(w *world, c *motoCase) { w.userWith(c).groupInline(statement(iamOnly)) }},
	}
}

// keyAndTrustCases are about encrypting, and about who may assume the role.
func keyAndTrustCases() []motoCase {
	key := func(status string) map[string]string {
		return map[string]string{"put_object_granted": "pass", "key_usable": status}
	}
	root := `"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + moto.Account + `:root"},"Action":"kms:*","Resource":"*"`
	return []motoCase{
		{name: "key-by-key-policy", want: key("pass"), make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant())
			w.encrypted(c, statement(`"Effect":"Allow","Principal":{"AWS":"`+c.role+`"},"Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"*"`))
		}},
		{name: "key-by-identity", want: key("pass"), make: func(w *world, c *motoCase) {
			arn := w.encrypted(c, statement(root))
			w.roleWith(c).inline(c.grant()).managed(statement(`"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"` + arn + `"`))
		}},
		{name: "key-not-granted", want: key("fail"), make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant())
			w.encrypted(c, statement(root))
		}},
		{name: "key-by-grant", want: key("pass"), make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant())
			w.keyGrant(w.encrypted(c, statement(root)), c.role, nil)
		}},
		{name: "key-granted-for-another-bucket", want: key("fail"), make: func(w *world, c *motoCase) {
			w.roleWith(c).inline(c.grant())
			w.keyGrant(w.encrypted(c, statement(root)), c.role, map[string]string{"aws:s3:arn": "arn:aws:s3:::somebody-elses"})
		}},
		{name: "key-rotated", want: map[string]string{"key_rotated": "pass"}, make: func(w *world, c *motoCase) {
			w.roleWith(c)
			w.rotated(w.encrypted(c, statement(root)))
		}},
		{name: "key-not-rotated", want: map[string]string{"key_rotated": "fail"}, make: func(w *world, c *motoCase) {
			w.roleWith(c)
			w.encrypted(c, statement(root))
		}},
		{name: "key-of-a-user", want: key("pass"), make: func(w *world, c *motoCase) {
			arn := w.encrypted(c, statement(root))
			w.userWith(c).inline(c.grant()).groupInline(statement(`"Effect":"Allow","Action":["kms:GenerateDataKey","kms:Decrypt"],"Resource":"` + arn + `"`))
		}},
		{
			name: "trust-current", want: map[string]string{"external_id_equals_configuration_id": "pass", "external_id_required": "pass", "principal_expected": "pass", "writer_known": "pass"},
			make: func(w *world, c *motoCase) { w.roleWith(c) },
		},
		{
			name: "trust-stale", want: map[string]string{"external_id_equals_configuration_id": "fail", "external_id_required": "fail"},
			make: func(w *world, c *motoCase) { w.trusted(c, trust("d20b6e91-5c48-4a7f-9316-b7e4c0f8a253"), "") },
		},
		{
			name: "trust-without-id", want: map[string]string{"external_id_required": "fail"},
			make: func(w *world, c *motoCase) { w.trusted(c, trust(""), "") },
		},
		{
			name: "trust-of-a-stranger", want: map[string]string{"principal_expected": "fail"},
			make: func(w *world, c *motoCase) {
				w.trusted(c, strings.Replace(trust(c.id), "222222222222", "444444444444", 1), "")
			},
		},
		{
			name: "trust-of-a-user", want: map[string]string{"external_id_equals_configuration_id": "not_applicable", "external_id_required": "not_applicable", "writer_known": "pass", "uses_role": "fail"},
			make: func(w *world, c *motoCase) { w.userWith(c) },
		},
	}
}

// Everything that the verdicts rest on is created through the SDK, read back by
// the ordinary scan, and judged.
func TestIntegrationVerdicts(t *testing.T) {
	url := moto.Start(t)
	w := newWorld(t, url)
	cases := append(grantedCases(), keyAndTrustCases()...)
	w.make(cases)
	r := newRig(t, sandbox.Options{Data: motoExports(t, cases)})
	r.config = parsed(t, motoConfig(r.server.URL(), url, cases))
	results := statuses(r.mustScan(t))
	for i := range cases {
		c := &cases[i]
		t.Run(c.name, func(t *testing.T) {
			got := map[string]string{}
			for rule := range c.want {
				got[rule] = string(results[c.id+" "+rule])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
		})
	}
}

// motoExports is what Immuta says of the cases.
func motoExports(t *testing.T, cases []motoCase) fstest.MapFS {
	t.Helper()
	company, err := fs.ReadFile(acme.Files(), "company.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("exports:\n")
	for i := range cases {
		c := &cases[i]
		fmt.Fprintf(&b, "  - {id: %q, enabled: true, interval: EVERY_12_HOURS, connectionStatus: SUCCESS, created: -300d, createdBy: m, endpoint: {bucket: %q, path: trail, region: us-east-1, ", c.id, c.bucket)
		if c.role != "" {
			fmt.Fprintf(&b, "type: S3AssumedRoleEndpointConfiguration, roleArn: %q}}\n", c.role)
		} else {
			fmt.Fprint(&b, "type: S3AccessKeyEndpointConfiguration}}\n")
		}
	}
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	return fstest.MapFS{
		"company.yaml": file(string(company)), "exports.yaml": file(b.String()),
		"buckets.yaml": file("buckets: []\n"), "identities.yaml": file("roles: []\n"), "keys.yaml": file("keys: []\n"),
	}
}

// motoConfig asks the sandbox for exports, and moto for everything else.
func motoConfig(immuta, aws string, cases []motoCase) string {
	var b strings.Builder
	fmt.Fprintf(&b, "tenants: [{name: acme, url: %q, apiKey: env:IMMUTA_API_KEY}]\naws: {endpoint: %q, region: us-east-1}\n", immuta, aws)
	fmt.Fprintf(&b, "expect: {immutaAccounts: ['222222222222'], bucketAccounts: ['%s']}\nexports:\n", moto.Account)
	for i := range cases {
		if cases[i].user != "" {
			fmt.Fprintf(&b, "  %q: {userArn: %q}\n", cases[i].id, cases[i].user)
		}
	}
	return b.String()
}
