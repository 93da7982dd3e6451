package main

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// edit is one text of the company's data and what to put in its place.
type edit struct{ file, old, with string }

const (
	notAction = "\"Action\": \"sts:AssumeRole\"\n"
	withID    = `"Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "71e0d4b8-2fa6-4c93-b8d7-5a19e6c3f082"}}` + "\n"
	// The start of a bucket's entry, up to what the tests change in it.
	financeBucket  = "- name: acme-audit-finance-eu\n    account: \"111111111111\"\n    region: "
	researchExport = "bucket: acme-audit-research-eu\n      path: research\n      region: "
	// What protects finance's trail, and who owns the objects in the log archive.
	financeProtection = "    versioning: Enabled\n    objectLock: {mode: COMPLIANCE, days: 400}\n" +
		"    lifecycle: [{id: after-retention, expireDays: 800, abortMultipartDays: 7}]\n    ownership: BucketOwnerEnforced\n" +
		"    logging: {bucket: acme-access-logs-111111111111, prefix: acme-audit-finance-eu/}"
	securityOwnership = "    ownership: BucketOwnerEnforced\n    logging: {bucket: acme-access-logs-333333333333, prefix: acme-log-archive-security/}"
	// What finance's bucket policy begins with, and a statement before it.
	finance1st = "    {\n      \"Sid\": \"DenyPlainHTTP\","
	siemReads  = "    {\"Sid\": \"SIEM\", \"Effect\": \"Allow\", \"Principal\": {\"AWS\": \"444444444444\"}, \"Action\": \"s3:GetObject\", " +
		"\"Resource\": \"arn:aws:s3:::acme-audit-finance-eu/*\"},\n"
	goneRole    = ",\n          \"AROAEXAMPLEOLDRESEARCH\""
	financeRole = "  - arn: arn:aws:iam::111111111111:role/acme-immuta-audit-finance\n"
	labEndpoint = "type: AdlsSasTokenEndpointConfiguration\n      storageAccount: acmelabaudit\n      fileSystem: audit\n      path: lab\n"
)

// Finance's bucket takes uploads only by a tag.
var (
	byBucketTag = edit{"policies/bucket/finance.json", finance1st, unlessTagged("aws:ResourceTag/team") + finance1st}
	byRoleTag   = edit{"policies/bucket/finance.json", finance1st, unlessTagged("aws:PrincipalTag/team") + finance1st}
)

func unlessTagged(key string) string {
	return "    {\"Sid\": \"Tagged\", \"Effect\": \"Deny\", \"Principal\": \"*\", \"Action\": \"s3:PutObject\", \"Resource\": \"arn:aws:s3:::acme-audit-finance-eu/*\",\n" +
		"      \"Condition\": {\"StringNotEquals\": {\"" + key + "\": \"audit\"}}},\n"
}

// demoChange is a change of the company's data.
type demoChange struct {
	name  string
	edits []edit
	want  map[string]string // changed results, and what they become
}

// Each fault of the company, mended in its data: the finding goes away, and
// nothing else changes but what is listed. Then the reverse for the healthy
// exports. So the demo's table is true, and not canned.
func TestDemoFollowsItsData(t *testing.T) {
	t.Parallel()
	const gone = "pass"
	tests := []demoChange{
		// The faults, mended.
		{
			"claims: the trust policy demands the new id",
			[]edit{{"policies/trust/claims.json", "d20b6e91-5c48-4a7f-9316-b7e4c0f8a253", "3f5a8c2e-97d4-4b16-a0c3-e8d1f7b26495"}},
			map[string]string{"claims external_id_equals_configuration_id": gone, "claims external_id_required": gone},
		},
		{
			"claims: the connection is tested again",
			[]edit{{"exports.yaml", `connectionStatus: "Error testing access to S3 using AssumedRole arn:aws:iam::111111111111:role/acme-immuta-audit-claims - User: arn:aws:iam::222222222222:user/immuta-audit-exporter is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/acme-immuta-audit-claims"`, "connectionStatus: SUCCESS"}},
			map[string]string{"claims connection_status_success": gone},
		},
		{
			"partners: the trust policy demands the id",
			[]edit{{"policies/trust/partners.json", notAction, withID}},
			map[string]string{"partners external_id_required": gone},
		},
		{
			"people: the grant covers the objects",
			[]edit{{"policies/identity/people.json", "acme-audit-people-eu", "acme-audit-people-eu/*"}},
			map[string]string{"people put_object_granted": gone, "people no_silent_denial": "pass"},
		},
		{
			"treasury: the Deny spares the exporter",
			[]edit{{"policies/bucket/treasury.json", "role/acme-treasury-ingest", "role/acme-immuta-audit-treasury"}},
			map[string]string{"treasury put_object_granted": gone, "treasury no_silent_denial": "pass", "treasury writers_confined": gone},
		},
		{
			"risk: the key policy grants the exporter",
			[]edit{{"policies/key/risk.json", "role/acme-risk-reporting", "role/acme-immuta-audit-risk"}},
			map[string]string{"risk key_usable": gone, "risk key_decrypt_granted": "pass"},
		},
		{
			"research: the export says where the bucket is",
			[]edit{{"exports.yaml", researchExport + "eu-west-1", researchExport + "eu-central-1"}},
			map[string]string{"research region_matches": gone},
		},
		{
			"retail: enabled, and nothing has arrived since",
			[]edit{{"exports.yaml", "enabled: false", "enabled: true"}},
			map[string]string{"retail configuration_enabled": gone, "retail delivery_fresh": "fail", "retail delivery_continuous": "fail", "retail destination_unique": "pass"},
		},
		{
			"legal: the scanner may read the bucket policy",
			[]edit{{"company.yaml", "arn:aws:s3:::acme-audit-legal-eu", "arn:aws:s3:::acme-audit-other-eu"}},
			map[string]string{"legal put_object_granted": gone, "legal no_silent_denial": gone, "legal principals_exist": gone, "legal tls_required": gone, "legal no_foreign_writers": gone, "legal no_foreign_readers": gone, "legal writer_least_privilege": gone, "legal writers_confined": gone},
		},
		{
			"support: the trail logs reading too",
			[]edit{{"company.yaml", "readWrite: WriteOnly, ", ""}},
			map[string]string{"support access_logged": gone},
		},
		{
			"procurement: its event data store takes in no reading",
			[]edit{{"company.yaml", "resources.type:", "readOnly: {Equals: [\"false\"]}\n        resources.type:"}},
			map[string]string{"procurement access_logged": "fail"},
		},
		{
			"procurement: its event data store may not be read",
			[]edit{{"company.yaml", "    denied:\n", "    denied:\n      - {action: \"cloudtrail:GetEventDataStore\"}\n"}},
			map[string]string{"procurement access_logged": "unknown", "support access_logged": "unknown"},
		},
		{
			"retail: the role serves the export alone",
			[]edit{{"policies/identity/retail.json", "glue:GetTables", "s3:PutObjectAcl"}},
			map[string]string{"retail role_dedicated": gone},
		},
		{
			"finance: its policy lets an administrator's friends write",
			[]edit{{"policies/bucket/finance.json", "ArnNotLike", "ArnLike"}},
			map[string]string{"finance writers_confined": "fail", "finance put_object_granted": "fail", "finance no_silent_denial": "not_applicable"},
		},
		{
			"support: delivered this morning",
			[]edit{{"buckets.yaml", "{prefix: support/, newest: -9d,", "{prefix: support/, newest: -9h,"}},
			map[string]string{"support delivery_fresh": gone, "support delivery_continuous": gone},
		},
		{
			"finance: nothing for three days, three weeks ago",
			[]edit{{"buckets.yaml", "{prefix: finance/, newest: -3h, every: 12h, count: 76,", "{prefix: finance/, newest: -24d, every: 12h, count: 28, bytes: 48213, checksum: CRC32}, {prefix: finance/, newest: -3h, every: 12h, count: 42,"}},
			map[string]string{"finance delivery_continuous": "fail"},
		},
		{
			"logistics: the archive grants the export's path",
			[]edit{{"policies/bucket/logistics.json", "immuta/logistic/*", "immuta/logistics/*"}},
			map[string]string{"logistics put_object_granted": gone},
		},
		{
			"logistics: the archive pays for requests",
			[]edit{{"buckets.yaml", "    requesterPays: true\n", ""}},
			map[string]string{"logistics no_silent_denial": "not_applicable"}, // nothing is granted all the same
		},
		{
			"lab: its token expires within two weeks",
			[]edit{{"exports.yaml", "sasExpires: 40d", "sasExpires: 10d"}},
			map[string]string{"lab sas_token_fresh": "fail"},
		},
		{
			"finance: its uploads show no checksum",
			[]edit{{"buckets.yaml", "{prefix: finance/, newest: -3h, every: 12h, count: 76, bytes: 48213, checksum: CRC32}", "{prefix: finance/, newest: -3h, every: 12h, count: 76, bytes: 48213}"}},
			map[string]string{"finance no_silent_denial": "unknown"},
		},
		{
			"marketing: with a role, though finance's",
			[]edit{{"exports.yaml", "type: S3AccessKeyEndpointConfiguration", "type: S3AssumedRoleEndpointConfiguration\n      roleArn: arn:aws:iam::111111111111:role/acme-immuta-audit-finance"}},
			map[string]string{
				"marketing uses_role": gone, "marketing external_id_required": "pass", "marketing no_other_doors": "pass", "marketing principal_expected": "pass",
				"marketing external_id_equals_configuration_id": "fail", "marketing put_object_granted": "fail", "marketing no_silent_denial": "not_applicable",
				"marketing writer_key_active": "not_applicable", "marketing access_key_fresh": "not_applicable",
				"marketing role_dedicated": "pass", "marketing writers_confined": "fail",
			},
		},
		{
			"sales: Immuta's account in its place",
			[]edit{{"policies/trust/sales.json", "111111111111", "222222222222"}},
			map[string]string{"sales external_id_equals_configuration_id": gone, "sales principal_expected": gone},
		},
		{
			"all: another organisation declared than Organizations says",
			[]edit{{"company.yaml", "organization: o-acme7x2k9q", "organization: o-other0000"}},
			ofOrganization("fail", nil),
		},
		{
			"research: the trust policy names the deleted role no longer",
			[]edit{{"policies/trust/research.json", goneRole, ""}},
			map[string]string{"research principals_exist": gone},
		},
		{
			"finance: the trust policy names a role that was deleted besides",
			[]edit{{"policies/trust/finance.json", "\"AWS\": \"arn:aws:iam::222222222222:root\"", "\"AWS\": [\"arn:aws:iam::222222222222:root\", \"AROAEXAMPLEEXAMPLE001\"]"}},
			map[string]string{"finance principals_exist": "fail"},
		},
		{
			"marketing: its only key is off",
			[]edit{{"identities.yaml", "id: AKIAMARKETINGEXAMPLE,", "id: AKIAMARKETINGEXAMPLE, inactive: true,"}},
			map[string]string{"marketing writer_key_active": "fail", "marketing access_key_fresh": "not_applicable"},
		},
		{
			"marketing: its key is older than a hundred days",
			[]edit{{"identities.yaml", "{id: AKIAMARKETINGEXAMPLE, created: -40d", "{id: AKIAMARKETINGEXAMPLE, created: -101d"}},
			map[string]string{"marketing access_key_fresh": "fail"},
		},
		{
			"marketing: a new key beside the old one, for weeks",
			[]edit{{"identities.yaml", "      - {id: AKIAMARKETINGEXAMPLE, created: -40d", "      - {id: AKIANEWMARKETEXAMPLE, created: -20d, region: eu-west-1}\n      - {id: AKIAMARKETINGEXAMPLE, created: -40d"}},
			map[string]string{"marketing access_key_fresh": "fail"},
		},

		// The healthy, broken.
		{
			"finance: one character of the id",
			[]edit{{"policies/trust/finance.json", "259fc41c-8d1e", "259fc41c-8d1f"}},
			map[string]string{"finance external_id_equals_configuration_id": "fail", "finance external_id_required": "fail"},
		},
		{
			"finance: an access summary export uses the role, and nobody declares its id",
			[]edit{{"policies/trust/finance.json", financeDemands, financeAndSummary}},
			map[string]string{"finance external_id_required": "fail"},
		},
		{
			"finance: an access summary export uses the role, and its id is declared",
			[]edit{
				{"policies/trust/finance.json", financeDemands, financeAndSummary},
				{"company.yaml", "  organization: o-acme7x2k9q\n", "  organization: o-acme7x2k9q\n  otherExternalIds: [{id: 7d1c0f52-6b3e, reason: access summary export of finance}]\n"},
			},
			map[string]string{},
		},
		{
			"finance: the trust policy demands something else",
			[]edit{{"policies/trust/finance.json", "sts:ExternalId", "sts:RoleSessionName"}},
			map[string]string{"finance external_id_equals_configuration_id": "unknown", "finance external_id_required": "fail"},
		},
		{
			"finance: somebody else may assume the role",
			[]edit{{"policies/trust/finance.json", "222222222222", "444444444444"}},
			map[string]string{"finance principal_expected": "fail", "finance external_id_equals_configuration_id": "fail"},
		},
		{
			"finance: another action",
			[]edit{{"policies/identity/finance.json", "s3:PutObject", "s3:GetObject"}},
			map[string]string{"finance put_object_granted": "fail", "finance no_silent_denial": "not_applicable", "finance writer_least_privilege": "fail"},
		},
		{
			"finance: the boundary forgets S3",
			[]edit{{"policies/identity/workload-boundary.json", "s3:*", "sqs:*"}},
			map[string]string{"finance put_object_granted": "fail", "finance no_silent_denial": "not_applicable"},
		},
		{
			"finance: the Deny spares another role",
			[]edit{{"policies/bucket/finance.json", "role/acme-immuta-audit-finance", "role/acme-immuta-audit-finances"}},
			map[string]string{"finance put_object_granted": "fail", "finance no_silent_denial": "not_applicable", "finance writers_confined": "fail"},
		},
		{
			"finance: plain HTTP is not refused",
			[]edit{{"policies/bucket/finance.json", `"Action": "s3:*"`, `"Action": "s3:GetObject"`}},
			map[string]string{"finance tls_required": "fail"},
		},
		{
			"finance: the bucket is elsewhere",
			[]edit{{"buckets.yaml", financeBucket + "eu-west-1", financeBucket + "eu-central-1"}},
			map[string]string{"finance region_matches": "fail"},
		},
		{
			"finance: a bucket that does not exist",
			[]edit{{"buckets.yaml", "name: acme-audit-finance-eu", "name: acme-audit-finance-us"}},
			map[string]string{
				"finance bucket_exists": "fail", "finance bucket_owner_expected": "not_applicable", "finance delivery_fresh": "not_applicable", "finance delivery_continuous": "not_applicable",
				"finance encrypted": "not_applicable", "finance no_foreign_writers": "not_applicable", "finance no_foreign_readers": "not_applicable", "finance writer_least_privilege": "not_applicable", "finance not_public": "not_applicable",
				"finance put_object_granted": "not_applicable", "finance region_matches": "not_applicable", "finance tls_required": "not_applicable",
				"finance objects_locked": "not_applicable", "finance owner_readable": "not_applicable", "finance retention_sufficient": "not_applicable",
				"finance versioned": "not_applicable", "finance no_silent_denial": "not_applicable", "finance access_logged": "not_applicable", "finance writers_confined": "not_applicable",
			},
		},
		{
			"finance: a role that does not exist",
			[]edit{{"exports.yaml", "role/acme-immuta-audit-finance", "role/acme-immuta-audit-finanze"}},
			map[string]string{
				"finance writer_known": "fail", "finance external_id_equals_configuration_id": "fail", "finance put_object_granted": "fail",
				"finance no_silent_denial": "not_applicable", "finance writer_least_privilege": "not_applicable",
				"finance external_id_required": "not_applicable", "finance principal_expected": "not_applicable", "finance no_other_doors": "not_applicable", "finance role_dedicated": "not_applicable", "finance writers_confined": "fail",
			},
		},
		{
			"finance: less often than expected, as others are",
			[]edit{{"company.yaml", "maxInterval: EVERY_12_HOURS", "maxInterval: EVERY_6_HOURS"}},
			map[string]string{
				"claims interval_valid": "fail", "finance interval_valid": "fail", "lab interval_valid": "fail", "legal interval_valid": "fail",
				"logistics interval_valid": "fail", "partners interval_valid": "fail", "people interval_valid": "fail", "retail interval_valid": "fail",
				"risk interval_valid": "fail", "support interval_valid": "fail", "sales interval_valid": "fail", "procurement interval_valid": "fail",
				"compliance interval_valid": "fail", "insurance interval_valid": "fail", "payroll interval_valid": "fail", "pensions interval_valid": "fail",
				"wholesale interval_valid": "fail",
			},
		},
		{
			"finance: nothing for three days",
			[]edit{{"buckets.yaml", "{prefix: finance/, newest: -3h,", "{prefix: finance/, newest: -3d,"}},
			map[string]string{"finance delivery_fresh": "fail", "finance delivery_continuous": "fail"},
		},
		{
			"security: the archive account is not expected",
			[]edit{
				{"company.yaml", `bucketAccounts: ["111111111111", "333333333333"]`, `bucketAccounts: ["111111111111"]`},
				{"exports.yaml", "    hint: {bucketAccount: \"333333333333\"}\n\n  # Marketing", "\n  # Marketing"},
			},
			map[string]string{"security bucket_owner_expected": "fail"},
		},
		{
			"security: the other side's grant",
			[]edit{{"policies/bucket/security.json", "log-archive-security/immuta/security/*", "log-archive-security/immuta/secret/*"}},
			map[string]string{"security put_object_granted": "fail", "security no_silent_denial": "not_applicable"},
		},
		{
			"security: the key is disabled",
			[]edit{{"keys.yaml", "description: audit trail of security", "description: audit trail of security\n    state: Disabled"}},
			map[string]string{"security key_usable": "fail"},
		},
		{
			"security: the key is to be deleted",
			[]edit{{"keys.yaml", "description: audit trail of security", "description: audit trail of security\n    state: PendingDeletion\n    deletedIn: 7d"}},
			map[string]string{"security key_usable": "fail", "security key_durable": "fail", "security key_rotated": "not_applicable"},
		},
		{
			"security: the key's material expires next week",
			[]edit{{"keys.yaml", "description: audit trail of security", "description: audit trail of security\n    expiresIn: 8d"}},
			map[string]string{"security key_durable": "fail"},
		},
		{
			"security: KMS does not rotate the key",
			[]edit{{"keys.yaml", "description: audit trail of security", "description: audit trail of security\n    unrotated: true"}},
			map[string]string{"security key_rotated": "fail"},
		},
		{
			"security: uploads with keys of their own are refused",
			[]edit{{"buckets.yaml", "d3b6a8f2c059\", bucketKey: true}", "d3b6a8f2c059\", bucketKey: true, blocked: [SSE-C]}"}},
			map[string]string{},
		},
		{
			"security: KMS does not rotate the key, and cannot",
			[]edit{{"keys.yaml", "description: audit trail of security", "description: audit trail of security\n    unrotated: true\n    expiresIn: 300d"}},
			map[string]string{},
		},
		{
			"security: the key policy names another role",
			[]edit{{"policies/key/security.json", "role/acme-immuta-audit-security", "role/acme-immuta-audit-other"}},
			map[string]string{"security key_usable": "fail", "security key_decrypt_granted": "not_applicable"},
		},
		{
			"security: the key policy names another role, and a grant lets the writer",
			[]edit{
				{"policies/key/security.json", "role/acme-immuta-audit-security", "role/acme-immuta-audit-other"},
				{"keys.yaml", "description: audit trail of security", securityGrant("acme-log-archive-security")},
			},
			map[string]string{},
		},
		{
			"security: the key policy names another role, and a grant lets the writer in another bucket",
			[]edit{
				{"policies/key/security.json", "role/acme-immuta-audit-security", "role/acme-immuta-audit-other"},
				{"keys.yaml", "description: audit trail of security", securityGrant("acme-log-archive")},
			},
			map[string]string{"security key_usable": "fail", "security key_decrypt_granted": "not_applicable"},
		},
		{
			"security: the key policy leaves out kms:Decrypt",
			[]edit{{"policies/key/security.json", "\"kms:GenerateDataKey\",\n        \"kms:Decrypt\"", "\"kms:GenerateDataKey\""}},
			map[string]string{"security key_decrypt_granted": "fail"},
		},
		{
			"finance: the writer may do everything",
			[]edit{{"policies/identity/finance.json", `"Action": "s3:PutObject"`, `"Action": "s3:*"`}},
			map[string]string{"finance writer_least_privilege": "fail"},
		},
		{
			"finance: a SIEM reads that nobody declared",
			[]edit{{"policies/bucket/finance.json", finance1st, siemReads + finance1st}},
			map[string]string{"finance no_foreign_readers": "fail"},
		},
		{
			"finance: a SIEM reads that is declared",
			[]edit{
				{"policies/bucket/finance.json", finance1st, siemReads + finance1st},
				{"company.yaml", "  breakGlass: [", "  readers: [\"444444444444\"]\n  breakGlass: ["},
			},
			map[string]string{},
		},
		{
			"finance: the protection of the bucket is taken away",
			[]edit{{"buckets.yaml", financeProtection, strings.NewReplacer("versioning: Enabled", "versioning: Suspended", "days: 400", "days: 30", "expireDays: 800", "expireDays: 90").Replace(financeProtection)}},
			map[string]string{"finance versioned": "fail", "finance objects_locked": "fail", "finance retention_sufficient": "fail"},
		},
		{
			"security: uploads stay the writer's",
			[]edit{{"buckets.yaml", securityOwnership, strings.Replace(securityOwnership, "BucketOwnerEnforced", "ObjectWriter", 1)}},
			map[string]string{"security owner_readable": "fail"},
		},
		{
			"finance: its policy goes by a tag of the bucket, which has it",
			[]edit{byBucketTag, {"buckets.yaml", financeProtection, financeProtection + "\n    abac: true\n    tags: {team: audit}"}},
			map[string]string{},
		},
		{
			"finance: its policy goes by a tag of the bucket, and tags do not count there",
			[]edit{byBucketTag, {"buckets.yaml", financeProtection, financeProtection + "\n    tags: {team: audit}"}},
			map[string]string{"finance put_object_granted": "fail", "finance no_silent_denial": "not_applicable"},
		},
		{
			"finance: its policy goes by a tag of the bucket, which the reader may not read",
			[]edit{
				byBucketTag,
				{"buckets.yaml", financeProtection, financeProtection + "\n    abac: true\n    tags: {team: audit}"},
				{"company.yaml", "    denied:\n", "    denied:\n      - {action: \"s3:GetBucketTagging\"}\n"},
			},
			map[string]string{
				"finance put_object_granted": "unknown", "finance no_silent_denial": "unknown",
				"compliance put_object_granted": "unknown", "compliance no_silent_denial": "unknown",
			},
		},
		{
			"finance: its policy goes by a tag of the role, which has it",
			[]edit{byRoleTag, {"identities.yaml", financeRole, financeRole + "    tags: {team: audit}\n"}},
			map[string]string{},
		},
		{
			"finance: its policy goes by a tag of the role, which has none",
			[]edit{byRoleTag},
			map[string]string{"finance put_object_granted": "fail", "finance no_silent_denial": "not_applicable"},
		},
		{
			"finance: anybody may read over plain HTTP, and nothing blocks it",
			[]edit{
				{"policies/bucket/finance.json", "\"Sid\": \"DenyPlainHTTP\",\n      \"Effect\": \"Deny\"", "\"Sid\": \"DenyPlainHTTP\",\n      \"Effect\": \"Allow\""},
				{"buckets.yaml", financeBucket + "eu-west-1\n    policy: policies/bucket/finance.json\n    publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true}", financeBucket + "eu-west-1\n    policy: policies/bucket/finance.json\n    policyIsPublic: true"},
				{"company.yaml", "- id: \"111111111111\" # workloads: the roles and most buckets\n    publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true}", "- id: \"111111111111\""},
			},
			map[string]string{"finance not_public": "fail", "finance tls_required": "fail", "finance no_foreign_writers": "fail", "finance no_foreign_readers": "fail"},
		},
	}
	before := teamStatuses(newRig(t, sandbox.Options{}).mustScan(t))
	for _, tt := range append(tests, besidesPolicies()...) {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			after := teamStatuses(newRig(t, sandbox.Options{Data: edited(t, tt.edits)}).mustScan(t))
			changed := map[string]string{}
			for result, status := range after {
				if status != before[result] {
					changed[result] = string(status)
				}
			}
			if diff := cmp.Diff(tt.want, changed); diff != "" {
				t.Errorf("changed results (-want +got):\n%s", diff)
			}
		})
	}
}

// edited is the company's data with edits.
func edited(t testing.TB, edits []edit) fs.FS {
	t.Helper()
	data := acme.Files()
	for _, e := range edits {
		var err error
		if data, err = sandbox.Edit(data, e.file, e.old, e.with); err != nil {
			t.Fatal(err)
		}
	}
	return data
}

// A tenant whose exports are all switched off has no audit trail.
func TestDemoWithoutEnabledExport(t *testing.T) {
	t.Parallel()
	data := overlay(t, acme.Files(), func(name, text string) string {
		if name == "exports.yaml" {
			return strings.ReplaceAll(text, "enabled: true", "enabled: false")
		}
		return text
	})
	after := teamStatuses(newRig(t, sandbox.Options{Data: data}).mustScan(t))
	if got := after["acme enabled_export_exists"]; got != scanner.StatusFail {
		t.Errorf("enabled_export_exists is %s, want fail", got)
	}
}

// overlay copies data, each file changed by a function.
func overlay(t testing.TB, data fs.FS, change func(name, text string) string) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(data, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(data, name)
		out[name] = &fstest.MapFile{Data: []byte(change(name, string(text)))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// securityGrant is a grant to security's writer, for objects in one bucket.
func securityGrant(bucket string) string {
	return "description: audit trail of security\n    grants: [{id: 0c23, grantee: \"arn:aws:iam::111111111111:role/acme-immuta-audit-security\", " +
		"operations: [GenerateDataKey, Decrypt], subset: {\"aws:s3:arn\": \"arn:aws:s3:::" + bucket + "\"}}]"
}

// What finance's trust policy demands, and that with an access summary export's id.
const (
	financeDemands    = `"sts:ExternalId": "259fc41c-8d1e-4c57-9a0b-6f2e1d7c3b54"`
	financeAndSummary = `"sts:ExternalId": ["259fc41c-8d1e-4c57-9a0b-6f2e1d7c3b54", "7d1c0f52-6b3e"]`
)
