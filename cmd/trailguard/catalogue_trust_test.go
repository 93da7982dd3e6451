package main

import "slices"

// trustSpecimens are about who may assume the role, and about the writer.
func trustSpecimens() []specimen {
	const provider = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"
	const accepted, required, expected, doors, exist = "external_id_equals_configuration_id", "external_id_required", "principal_expected", "no_other_doors", "principals_exist"
	const activeKey = "accessKeys: [{id: AKIAPROBEEXAMPLEKEY0, created: -40d, lastUsed: -3h, region: us-east-1}]"
	keys := func(list string) []edit {
		return append(slices.Clone(byUser), edit{"identities.yaml", activeKey, "accessKeys: [" + list + "]"})
	}
	return []specimen{
		{name: "an old id", world: []edit{file(trustFile, trusts(immuta, `{"StringEquals": {"sts:ExternalId": "`+secondID+`"}}`))}, fails: []string{accepted, required}},
		{
			name: "the id in other words, and an administrator without one",
			world: []edit{file(
				trustFile, trusts(named("222222222222"), `{"StringLike": {"STS:EXTERNALID": ["`+auditID+`"]}}`),
				trusts(named("arn:aws:iam::111111111111:role/ops-admin"), ""),
			)},
			alike: []string{accepted, required, expected},
		},
		{name: "no id is demanded", world: []edit{file(trustFile, trusts(immuta, ""))}, fails: []string{required}},
		{name: "a stranger, by the right id", world: []edit{file(trustFile, trusts(named("222222222222", "444444444444"), demandID))}, fails: []string{expected}},
		{name: "a role of Immuta's whose name is that of a deleted one's id", world: []edit{file(trustFile, trusts(named("arn:aws:iam::222222222222:role/AROA1234567890EXAMPLE"), demandID))}, alike: []string{exist, expected}},
		{name: "a role that was deleted", world: []edit{file(trustFile, trusts(named("arn:aws:iam::222222222222:root", "AROA1234567890EXAMPLE"), demandID))}, fails: []string{exist}},
		{name: "a service for anybody", world: []edit{file(trustFile, trustImmuta, trusts(`{"Service": "ec2.amazonaws.com"}`, ""))}, fails: []string{doors}},
		{
			name: "one workflow that is expected",
			world: []edit{
				file(trustFile, trustImmuta, stated(`"Effect": "Allow", "Principal": {"Federated": "`+provider+`"}, "Action": "sts:AssumeRoleWithWebIdentity"`,
					`{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:acme/audit:ref:refs/heads/main"}}`)),
				expecting("  immutaPrincipals: [\"" + provider + "\"]\n"),
			},
			alike: []string{doors},
		},
		{name: "a role of several duties", world: []edit{file(identityFile, mayPut, may(`"glue:GetTable"`, "*"))}, fails: []string{"role_dedicated"}},
		{
			name: "what uploads in parts need", world: []edit{file(identityFile,
				may(`["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]`, auditBucket+"/*"), may(`["s3:GetBucketLocation", "s3:ListBucket"]`, auditBucket))},
			alike: []string{"role_dedicated", "writer_least_privilege"},
		},
		{
			name: "a role that is not there", world: []edit{{"exports.yaml", `roleArn: "` + auditRole, `roleArn: "` + auditRole + "-eu"}},
			fails: []string{"writer_known"},
		},
		{
			name: "a role that a user is called after", world: []edit{{"identities.yaml", "roles:\n", `users: [{arn: "` + auditUser + `", created: -1d}]` + "\nroles:\n"}},
			alike: []string{"writer_known"},
		},
		{name: "a key that is off", world: keys("{id: AKIAPROBEEXAMPLEKEY0, created: -40d, inactive: true}"), fails: []string{"writer_key_active"}},
		{
			name: "a rotation, this week", world: keys("{id: AKIAPROBEEXAMPLEKEY0, created: -80d, lastUsed: -3h, region: us-east-1}, {id: AKIAPROBEEXAMPLEKEY1, created: -3d}"),
			alike: []string{"access_key_fresh"},
		},
		{name: "an old key that is off, and a new one", world: keys("{id: AKIAPROBEEXAMPLEKEY0, created: -800d, inactive: true}, {id: AKIAPROBEEXAMPLEKEY1, created: -3d, lastUsed: -3h, region: us-east-1}"), alike: []string{"writer_key_active", "access_key_fresh"}},
		{name: "an old key", world: keys("{id: AKIAPROBEEXAMPLEKEY0, created: -101d, lastUsed: -3h, region: us-east-1}"), fails: []string{"access_key_fresh"}},
		{name: "another organization", world: append(slices.Clone(inOrganization), edit{"company.yaml", "o-acme7x2k9q", "o-other7x2k9"}), fails: []string{"organization_matches"}},
		{
			name: "an account deep in the organization, which controls nothing", world: append(slices.Clone(inOrganization),
				edit{"organization.yaml", "", `id: o-acme7x2k9q
managementAccount: "555555555555"
root: r-acme
policyTypes: []
parents: {ou-acme-workload1: r-acme, ou-acme-workload2: ou-acme-workload1, "111111111111": ou-acme-workload2, "333333333333": r-acme}
policies:
  - {id: p-region00001, name: "One region", type: SERVICE_CONTROL_POLICY, document: policies/control/region.json, targets: [ou-acme-workload1]}
`}),
			alike: []string{"organization_matches"},
		},
	}
}
