package main

import "slices"

const (
	secondID   = "8b7d2f60-41c3-4e9a-b5d8-0c9f3a6e7d12"
	stranger1  = "arn:aws:iam::444444444444:role/etl"
	logsAccess = "    logging: {bucket: probe-logs, prefix: audit/}\n"
	roleInside = `type: S3AssumedRoleEndpointConfiguration, bucket: probe-audit, region: us-east-1, path: immuta, roleArn: "` + auditRole + `"`
)

var (
	archiveKey  = lets(named("arn:aws:iam::333333333333:root"), `"kms:*"`, "*", "")
	keyForRole  = lets(named(auditRole), useKey, "*", "")
	byKeyAbroad = slices.Concat(abroad, encryptedWith(keyThere, archiveKey, keyForRole), []edit{file(identityFile, mayPut, may(useKey, keyThere))})
	// byUser exports with the key of a user who writes by a group.
	byUser = []edit{
		{"exports.yaml", roleInside, "type: S3AccessKeyEndpointConfiguration, bucket: probe-audit, region: us-east-1, path: immuta"},
		{"exports.yaml", `hint: {`, `hint: {userArn: "` + auditUser + `", `},
		{"identities.yaml", "roles:\n", `groups: [{arn: "arn:aws:iam::111111111111:group/writers", inline: {write: ` + identityFile + `}}]
users: [{arn: "` + auditUser + `", created: -310d, groups: [writers], accessKeys: [{id: AKIAPROBEEXAMPLEKEY0, created: -40d, lastUsed: -3h, region: us-east-1}]}]
roles:
`},
		file(bucketFile, httpAlone, confines(auditUser)),
	}
	bySAS = []edit{
		{"exports.yaml", roleInside, "type: AdlsSasTokenEndpointConfiguration, storageAccount: acmelabaudit, fileSystem: audit, path: lab"},
		{"exports.yaml", "hint: {", "hint: {sasExpires: 40d, "},
	}
	inOrganization = []edit{
		{"company.yaml", `accounts: [`, `accounts: [{id: "555555555555"}, `},
		{"company.yaml", "expect:\n", `  - {arn: "arn:aws:iam::555555555555:role/organization-reader", assumedBy: ["arn:aws:iam::111111111111:user/trailguard"], externalId: acme-organization}
expect:
  organization: o-acme7x2k9q
`},
		{"organization.yaml", "", organizationTree + "policies:\n" +
			`  - {id: p-region00001, name: "One region", type: SERVICE_CONTROL_POLICY, document: policies/control/region.json, targets: [ou-acme-workload1]}` + "\n"},
		file("policies/control/region.json", `{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "ap-south-1"}}}`),
	}
	// byTrail has a trail log access in the place of S3.
	byTrail = []edit{
		{"buckets.yaml", logsAccess, ""},
		{"company.yaml", `accounts: [`, "trails:\n  - {arn: \"arn:aws:cloudtrail:us-east-1:111111111111:trail/all\", multiRegion: true, basic: [{objects: [\"" + auditBucket + "/\"]}]}\naccounts: ["},
	}
	byTags = []edit{
		{"buckets.yaml", "    versioning: Enabled\n", "    versioning: Enabled\n    abac: true\n    tags: {team: audit}\n"},
		{"identities.yaml", "    created", "    boundary: arn:aws:iam::111111111111:policy/bound\n    tags: {team: audit}\n    created"},
		{"identities.yaml", "roles:\n", "managedPolicies: [{arn: \"arn:aws:iam::111111111111:policy/bound\", document: policies/bound.json}]\nroles:\n"},
		file("policies/bound.json", may(`"s3:*"`, "*")),
		file(
			bucketFile, refuseHTTP,
			refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/*"`, `{"StringNotEquals": {"aws:ResourceTag/team": "audit"}}`),
			refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/*"`, `{"StringNotEquals": {"aws:PrincipalTag/team": "audit"}}`),
		),
	}
)

// wholesomeWorlds are one for each way in which an export is set up well.
func wholesomeWorlds() []wholesome {
	return []wholesome{
		{
			name: "a role",
			world: []edit{
				expecting("  retentionDays: 365\n  maxInterval: EVERY_12_HOURS\n  regions: [us-east-1]\n"),
				{"exports.yaml", "hint: {", "hint: {owner: audit team, "},
				{"buckets.yaml", "    ownership", "    lifecycle: [{id: late, expireDays: 800}]\n    ownership"},
			},
		},
		{name: "a key of another account", world: byKeyAbroad},
		{name: "a user", world: byUser, but: []string{"uses_role"}},
		{name: "a SAS token", world: bySAS, but: []string{"uses_role", "endpoint_recognised"}},
		{name: "nothing is blocked, and lists of access count", world: append(slices.Clone(unblocked), edit{"buckets.yaml", "BucketOwnerEnforced", "BucketOwnerPreferred"})},
		{name: "an organization", world: inOrganization},
		{name: "a trail", world: byTrail},
		{name: "tags", world: byTags},
	}
}

// secondExport is another export of the tenant, with a role.
func secondExport(id, enabled, path string) string {
	return `  - id: ` + id + `
    enabled: ` + enabled + `
    interval: EVERY_12_HOURS
    connectionStatus: SUCCESS
    endpoint: {type: S3AssumedRoleEndpointConfiguration, bucket: probe-audit, region: us-east-1, path: ` + path + `, roleArn: "` + auditRole + `"}
    created: -300d
    createdBy: m
    hint: {bucketAccount: "111111111111"}
`
}

func besides(export string) edit { return edit{"exports.yaml", "exports:\n", "exports:\n" + export} }

// retagged is the world of tags with another tag of the role.
func retagged(team string) []edit {
	return append(slices.Clone(byTags), edit{"identities.yaml", "    tags: {team: audit}\n", "    tags: {team: " + team + "}\n"})
}

// byUserTag has a user who may write where it has a tag.
func byUserTag(team string) []edit {
	return append(slices.Clone(byUser), edit{"identities.yaml", "groups: [writers]", "groups: [writers], tags: {team: " + team + "}"},
		file(bucketFile, httpAlone, confines(auditUser), refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/*"`, `{"StringNotEquals": {"aws:PrincipalTag/team": "audit"}}`)))
}
