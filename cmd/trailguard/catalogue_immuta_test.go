package main

import "slices"

// immutaSpecimens are about what Immuta says, what arrives, and what is declared.
func immutaSpecimens() []specimen {
	const arrives = "newest: -3h, every: 12h, count: 76,"
	return []specimen{
		{
			name: "a status text that nobody knows, of an export that is off", world: []edit{{"exports.yaml", "connectionStatus: SUCCESS", "connectionStatus: Success"}, {"exports.yaml", "enabled: true", "enabled: false"}},
			fails: []string{"connection_status_success", "configuration_enabled", "enabled_export_exists"},
		},
		{
			name: "its last test succeeded, and it is broken since", world: []edit{file(trustFile, trusts(named("arn:aws:iam::111111111111:role/ops-admin"), ""))},
			fails: []string{"external_id_equals_configuration_id"}, alike: []string{"connection_status_success"},
		},
		{
			name: "made an hour ago, and nothing has arrived",
			world: []edit{{"exports.yaml", "created: -300d", "created: -1h"}, {
				"buckets.yaml", "    deliveries: [{prefix: immuta/, newest: -3h, every: 12h, count: 76, bytes: 100, checksum: CRC32}]\n", "",
			}},
			alike: []string{"configuration_enabled", "bucket_exists", "enabled_export_exists"},
		},
		{name: "seldom", world: []edit{{"exports.yaml", "EVERY_12_HOURS", "EVERY_24_HOURS"}, expecting("  maxInterval: EVERY_12_HOURS\n")}, fails: []string{"interval_valid"}},
		{name: "an interval that is not documented", world: []edit{{"exports.yaml", "EVERY_12_HOURS", "EVERY_3_HOURS"}}, fails: []string{"interval_valid"}},
		{name: "seldom, where nobody says how often", world: []edit{{"exports.yaml", "EVERY_12_HOURS", "EVERY_24_HOURS"}}, alike: []string{"interval_valid"}},
		{
			name: "an alias of an access point", world: []edit{{"exports.yaml", "bucket: probe-audit,", "bucket: probe-audit-s3alias,"}},
			fails: []string{"endpoint_recognised"},
		},
		{
			name: "a bucket whose name has an alias in the middle", world: []edit{{"exports.yaml", "bucket: probe-audit,", "bucket: s3alias-probe--x-s3-audit,"}},
			fails: []string{"bucket_exists"}, alike: []string{"endpoint_recognised"},
		},
		{name: "nothing for nine days", world: []edit{{"buckets.yaml", "newest: -3h", "newest: -9d"}}, fails: []string{"delivery_fresh", "delivery_continuous"}},
		{
			name: "nothing for three days, three weeks ago", world: []edit{{"buckets.yaml", arrives + " bytes: 100, checksum: CRC32}", "newest: -24d, every: 12h, count: 28, bytes: 100, checksum: CRC32}, {prefix: immuta/, newest: -3h, every: 12h, count: 42, bytes: 100, checksum: CRC32}"}},
			fails: []string{"delivery_continuous"}, alike: []string{"delivery_fresh"},
		},
		{
			name: "late each time, as query events may be", world: []edit{{"buckets.yaml", arrives, "newest: -30h, every: 30h, count: 40,"}},
			alike: []string{"delivery_fresh", "delivery_continuous"},
		},
		{
			name: "a SAS token of ten days", world: append(slices.Clone(bySAS), edit{"exports.yaml", "sasExpires: 40d", "sasExpires: 10d"}),
			fails: []string{"sas_token_fresh", "uses_role", "endpoint_recognised"},
		},
		{name: "a SAS token of fifteen days", world: append(slices.Clone(bySAS), edit{"exports.yaml", "sasExpires: 40d", "sasExpires: 15d"}), alike: []string{"sas_token_fresh"}},
		{
			name: "a role, and Immuta comes as a user", world: []edit{{"exports.yaml", "connectionStatus: SUCCESS", `connectionStatus: "Error testing access to S3 using AssumedRole ` + auditRole + ` - User: arn:aws:iam::222222222222:user/exporter is not authorized to perform: sts:AssumeRole on resource: ` + auditRole + `"`}},
			fails: []string{"connection_status_success"}, alike: []string{"uses_role"},
		},
		{name: "two exports to one path", world: []edit{besides(secondExport(secondID, "true", "immuta/"))}, fails: []string{"destination_unique"}},
		{
			name:  "two exports to paths that begin alike, and one that is off",
			world: []edit{besides(secondExport(secondID, "true", "immuta-old") + secondExport("1c4b7d90-41c3-4e9a-b5d8-0c9f3a6e7d12", "false", "immuta"))},
			alike: []string{"destination_unique"},
		},
		{
			name: "another export has an owner", world: []edit{besides(secondExport(secondID, "false", "immuta-old")), {"exports.yaml", "path: immuta-old, roleArn: \"" + auditRole + "\"}\n    created: -300d\n    createdBy: m\n    hint: {", "path: immuta-old, roleArn: \"" + auditRole + "\"}\n    created: -300d\n    createdBy: m\n    hint: {owner: finance, "}},
			fails: []string{"owner_named"}, alike: []string{"enabled_export_exists"},
		},
		{name: "an owner that is an address", world: []edit{{"exports.yaml", "hint: {", "hint: {owner: audit@acme.example, "}}, alike: []string{"owner_named"}},
	}
}

// driftSpecimens are about what changed since a baseline.
func driftSpecimens() []specimen {
	return []specimen{
		{
			name: "more often, by others, less protected, and the writer may nothing", drifts: true,
			world: []edit{
				{"exports.yaml", "EVERY_12_HOURS", "EVERY_6_HOURS"},
				{"buckets.yaml", "versioning: Enabled\n    objectLock: {mode: COMPLIANCE, days: 400}", "versioning: Suspended"},
				file(bucketFile, refuseHTTP, lets(named(stranger1), `"s3:GetObject"`, auditBucket+"/*", "")),
				file(identityFile, may(`"s3:ListBucket"`, auditBucket)),
			},
			fails: []string{"configuration_unchanged", "protection_not_weakened", "access_not_widened", "access_not_lost"},
		},
		{
			name: "the same in other words, and better protected", drifts: true,
			world: []edit{
				{"exports.yaml", "createdBy: m", "createdBy: m\n    updated: -1h\n    updatedBy: n"},
				{"buckets.yaml", "days: 400", "days: 500"},
				file(bucketFile, confines(auditRole), httpAlone),
				file(identityFile, `{"Effect": "Allow", "Action": ["s3:putobject"], "Resource": ["`+auditTarget+`"]}`),
			},
			alike: []string{"configuration_unchanged", "protection_not_weakened", "access_not_widened", "access_not_lost"},
		},
		{
			name: "the role has another tag, by which it may write no longer", drifts: true, before: byTags, world: retagged("sales"),
			fails: []string{"access_not_lost", "put_object_granted"}, alike: []string{"access_not_widened"},
		},
		{name: "the role has the tag by which it may write", drifts: true, before: retagged("sales"), world: byTags, fails: []string{"access_not_widened"}, alike: []string{"access_not_lost"}},
		{
			name: "the role has a tag more, which nobody asks for", drifts: true, before: byTags, world: retagged("audit, cost: \"7\""),
			alike: []string{"access_not_lost", "access_not_widened"},
		},
		{
			name: "the user has another tag, by which it may write no longer", drifts: true, before: byUserTag("audit"), world: byUserTag("sales"),
			fails: []string{"access_not_lost"}, alike: []string{"access_not_widened"},
		},
		{name: "an export that is gone", drifts: true, before: []edit{besides(secondExport(secondID, "true", "immuta-old"))}, fails: []string{"exports_kept"}},
		{name: "an export that was made again, with a new id", drifts: true, before: []edit{{"exports.yaml", auditID, secondID}}, fails: []string{"configuration_unchanged"}, alike: []string{"exports_kept"}},
	}
}
