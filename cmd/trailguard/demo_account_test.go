package main

import (
	"io/fs"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// What in AWS decides besides the policies of bucket, key and role: control policies
// of the organization, grants on keys, tags, and the account in a bucket's name.
const (
	regulatedFile = "policies/control/regulated-data-in-frankfurt.json"
	vaultsFile    = "policies/control/vaults-closed.json"
	onlyFrankfurt = `"aws:RequestedRegion": "eu-central-1"`
	onlyArchive   = `"aws:PrincipalAccount": "333333333333"`
	wholesaleEnds = "-666666666666-eu-west-1-an"
)

// besidesPolicies are changes of what those faults rest on.
func besidesPolicies() []demoChange {
	const gone = "pass"
	granted := func(team string) map[string]string {
		return map[string]string{team + " put_object_granted": gone, team + " no_silent_denial": "pass"}
	}
	return []demoChange{
		{"payroll: the service control policy allows the bucket's region", []edit{{regulatedFile, onlyFrankfurt, `"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]`}}, granted("payroll")},
		{"payroll: the service control policy is attached to another account", []edit{{"organization.yaml", "targets: [ou-acme-workload1]", `targets: ["666666666666"]`}}, granted("payroll")},
		{"insurance: the resource control policy lets the workloads' account in", []edit{{vaultsFile, onlyArchive, `"aws:PrincipalAccount": ["333333333333", "111111111111"]`}}, granted("insurance")},
		{"insurance: the resource control policy is attached to the role's account", []edit{{"organization.yaml", `targets: ["333333333333"]`, `targets: ["111111111111"]`}}, granted("insurance")},
		{"insurance, payroll: nobody reads the organization", []edit{notOrganized}, ofOrganization("not_applicable", map[string]string{
			"insurance put_object_granted": gone, "insurance no_silent_denial": "pass", "payroll put_object_granted": gone, "payroll no_silent_denial": "pass",
		})},
		{"procurement: nobody reads the organization, and another is declared", []edit{notOrganized, {"company.yaml", "organization: o-acme7x2k9q", "organization: o-other0000"}}, ofOrganization("not_applicable", map[string]string{
			"insurance put_object_granted": gone, "insurance no_silent_denial": "pass", "payroll put_object_granted": gone, "payroll no_silent_denial": "pass",
			"procurement put_object_granted": "fail", "procurement no_silent_denial": "not_applicable",
		})},
		{
			"pensions: the grant is for the bucket",
			[]edit{{"keys.yaml", `"arn:aws:s3:::acme-audit-pensions"`, `"arn:aws:s3:::acme-audit-pensions-eu"`}},
			map[string]string{"pensions key_usable": gone, "pensions key_decrypt_granted": "pass"},
		},
		{
			"pensions: the grant allows no decrypting",
			[]edit{{"keys.yaml", `"arn:aws:s3:::acme-audit-pensions"`, `"arn:aws:s3:::acme-audit-pensions-eu"`}, {"keys.yaml", "[GenerateDataKey, Decrypt]", "[GenerateDataKey]"}},
			map[string]string{"pensions key_usable": gone, "pensions key_decrypt_granted": "fail"},
		},
		{
			"pensions: the reader may not list the grants",
			[]edit{{"company.yaml", "    denied:\n", "    denied:\n      - {action: \"kms:ListGrants\"}\n"}},
			map[string]string{"pensions key_usable": "unknown", "pensions key_decrypt_granted": "unknown", "risk key_usable": "unknown", "risk key_decrypt_granted": "unknown"},
		},
		{"compliance: the bucket's tag names its team", []edit{{"buckets.yaml", "tags: {team: audit}", "tags: {team: compliance}"}}, granted("compliance")},
		{"compliance: the bucket's tag names its team, and tags do not count there", []edit{{"buckets.yaml", "tags: {team: audit}\n    abac: true", "tags: {team: compliance}"}}, map[string]string{}},
		{"compliance: the role is of the bucket's team", []edit{{"identities.yaml", "tags: {team: compliance}", "tags: {team: audit}"}}, granted("compliance")},
		{
			"wholesale: the account is expected",
			[]edit{{"company.yaml", `bucketAccounts: ["111111111111", `, `bucketAccounts: ["666666666666", "111111111111", `}},
			map[string]string{"wholesale bucket_owner_expected": gone},
		},
		{"procurement: its bucket blocks no kind of encryption", []edit{{"buckets.yaml", ", blocked: [SSE-C]", ", blocked: [NONE]"}}, map[string]string{}},
	}
}

// ofOrganization is what organization_matches becomes of every export that has a
// writer in AWS, with other results.
func ofOrganization(status string, others map[string]string) map[string]string {
	all := map[string]string{}
	for _, team := range []string{
		"claims", "compliance", "finance", "insurance", "legal", "logistics", "marketing", "partners", "payroll", "pensions",
		"people", "procurement", "research", "retail", "risk", "sales", "security", "support", "treasury", "wholesale",
	} {
		all[team+" organization_matches"] = status
	}
	maps.Copy(all, others)
	return all
}

// Nobody but its account can make a bucket with the account's number in its name: the
// number tells whose bucket it is where S3 does not.
func TestDemoTellsAnAccountByABucketsName(t *testing.T) {
	t.Parallel()
	const rule, unread = "wholesale bucket_owner_expected", "    externalId: acme-sold\n    denied: [{action: \"s3:*\", resource: \"arn:aws:s3:::acme-audit-wholesale*\"}]\n"
	own := func(data fs.FS) fs.FS {
		return overlay(t, data, func(name, text string) string {
			text = strings.ReplaceAll(text, wholesaleEnds, "-111111111111-eu-west-1-an")
			if name == "buckets.yaml" {
				text = strings.Replace(text, `"666666666666"`, `"111111111111"`, 1)
			}
			return text
		})
	}
	before := teamStatuses(newRig(t, sandbox.Options{}).mustScan(t))
	after := teamStatuses(newRig(t, sandbox.Options{Data: own(acme.Files())}).mustScan(t))
	want := map[string][2]scanner.Status{rule: {scanner.StatusFail, scanner.StatusPass}}
	got := map[string][2]scanner.Status{}
	for result, is := range after {
		if was := before[result]; was != is {
			got[result] = [2]scanner.Status{was, is}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in the namespace of the workloads' account (-want +got):\n%s", diff)
	}
	results := teamStatuses(newRig(t, sandbox.Options{Data: edited(t, []edit{{"company.yaml", "    externalId: acme-sold\n", unread}})}).mustScan(t))
	for result, want := range map[string]scanner.Status{rule: scanner.StatusFail, "wholesale region_matches": scanner.StatusPass, "wholesale put_object_granted": scanner.StatusUnknown} {
		if results[result] != want {
			t.Errorf("%s is %s where S3 tells nothing of the bucket, want %s", result, results[result], want)
		}
	}
}

// besidesPoliciesRemedies mend the findings of the exports that those decide.
func besidesPoliciesRemedies() []remedy {
	spare := func(team, bucket, path string) string {
		return "Let the Deny spare s3:PutObject on arn:aws:s3:::" + bucket + "/" + path + "/* by " + roleOf(team) +
			"; leave it as it is for everything else and all others, in two statements where one cannot say both."
	}
	return []remedy{
		{
			team: "payroll", says: map[string]string{"put_object_granted": spare("payroll", "acme-regulated-payroll", "payroll")},
			edits: []edit{
				{regulatedFile, onlyFrankfurt + "\n        }", onlyFrankfurt + "\n        },\n        \"ArnNotEquals\": {\"aws:PrincipalArn\": \"" + roleOf("payroll") + "\"}"},
				{regulatedFile, "\n    }\n  ]", "\n    },\n    " + elsewhere("", "acme-regulated-payroll/payroll", onlyFrankfurt, roleOf("payroll")) + "\n  ]"},
			},
		},
		{
			team: "insurance", says: map[string]string{"put_object_granted": spare("insurance", "acme-vault-insurance", "immuta/insurance")},
			edits: []edit{
				{vaultsFile, onlyArchive + "\n        }", onlyArchive + "\n        },\n        \"ArnNotEquals\": {\"aws:PrincipalArn\": \"" + roleOf("insurance") + "\"}"},
				{vaultsFile, "\n    }\n  ]", "\n    },\n    " + elsewhere(`"Principal": "*", `, "acme-vault-insurance/immuta/insurance", onlyArchive, roleOf("insurance")) + "\n  ]"},
			},
		},
		{
			team: "pensions", says: map[string]string{"key_usable": "Allow kms:GenerateDataKey and kms:Decrypt to " + roleOf("pensions") + " in the key's policy."},
			edits: []edit{{"policies/key/pensions.json", "\n    }\n  ]", "\n    },\n    " +
				`{"Effect": "Allow", "Principal": {"AWS": "` + roleOf("pensions") + `"}, "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": "*"}` + "\n  ]"}},
		},
		{
			team: "compliance", says: map[string]string{"put_object_granted": spare("compliance", "acme-audit-compliance-eu", "compliance")},
			edits: []edit{
				{"policies/bucket/compliance.json", ownTeam + "\n        }", ownTeam + "\n        },\n        \"ArnNotEquals\": {\"aws:PrincipalArn\": \"" + roleOf("compliance") + "\"}"},
				{"policies/bucket/compliance.json", "\n    }\n  ]", "\n    },\n    " + elsewhere(`"Principal": "*", `, "acme-audit-compliance-eu/compliance", ownTeam, roleOf("compliance")) + "\n  ]"},
			},
		},
		{
			team: "wholesale", says: map[string]string{"bucket_owner_expected": "add the account to expect.bucketAccounts if it is."},
			edits: []edit{{"company.yaml", `bucketAccounts: ["111111111111", `, `bucketAccounts: ["666666666666", "111111111111", `}},
		},
	}
}

const ownTeam = `"aws:PrincipalTag/team": "${aws:ResourceTag/team}"`

// elsewhere is a Deny of uploads that holds for one role outside of a path: the second
// of two statements that spare it below that path.
func elsewhere(principal, path, unless, role string) string {
	return `{"Effect": "Deny", ` + principal + `"Action": "s3:PutObject", "NotResource": "arn:aws:s3:::` + path + `/*",
      "Condition": {"StringNotEquals": {` + unless + `}, "ArnEquals": {"aws:PrincipalArn": "` + role + `"}}}`
}
