package main

import "slices"

// bucketPlights are those of the bucket and of what the writer may.
func bucketPlights() []plight {
	etl := "arn:aws:iam::444444444444:role/etl"
	const canonical = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"
	const put, writers, readers, silent = "put_object_granted", "no_foreign_writers", "no_foreign_readers", "no_silent_denial"
	spare := "Let the Deny spare s3:PutObject on " + auditTarget + " by " + auditRole + "; leave it as it is for everything else and all others"
	sparing := func(names string) string { return `{"ArnNotEquals": {"aws:PrincipalArn": [` + names + `]}}` }
	declare := func(key string) string {
		return "Declare what Immuta's requests hold under " + key + " in expect.requests"
	}
	onAll := `"Resource": ["` + auditBucket + `", "` + auditBucket + `/*"]`
	everybody := lets(`"*"`, `"s3:PutObject"`, auditBucket+"/*", "")
	return []plight{
		{
			name: "a stranger by the list", world: append(slices.Clone(unblocked), edit{"buckets.yaml", "ownership: BucketOwnerEnforced", "ownership: ObjectWriter\n    grants: [{id: \"" + canonical + "\", permission: WRITE_ACP}]"}),
			remedy: remedy{
				says:  map[string]string{writers: "Take the grant to canonical user " + canonical + " out of the bucket's access control list."},
				edits: []edit{{"buckets.yaml", "\n    grants: [{id: \"" + canonical + "\", permission: WRITE_ACP}]", ""}},
			},
		},
		{
			name: "a stranger who may suspend versioning", world: []edit{file(bucketFile, refuseHTTP, lets(named(etl), `"s3:PutBucketVersioning"`, auditBucket, ""))},
			remedy: remedy{says: map[string]string{writers: "Take " + etl + " out of the statement"}, edits: []edit{file(bucketFile, refuseHTTP)}},
		},
		{
			name: "a writer that may do everything", world: []edit{file(identityFile, may(`"s3:*"`, "*"))},
			remedy: remedy{says: map[string]string{"writer_least_privilege": "Give the writer a statement of its own that allows s3:PutObject under the path"}, edits: []edit{file(identityFile, mayPut)}},
		},
		{
			name: "a stranger who reads", world: []edit{file(bucketFile, refuseHTTP, lets(named(etl), `"s3:GetObject"`, auditBucket+"/*", ""))},
			remedy: remedy{says: map[string]string{readers: "Take " + etl + " out of the statement"}, edits: []edit{file(bucketFile, refuseHTTP)}},
		},
		{
			name: "somebody who is meant to read", world: []edit{file(bucketFile, refuseHTTP, lets(named(etl), `"s3:GetObject"`, auditBucket+"/*", ""))},
			remedy: remedy{says: map[string]string{readers: "Only where " + etl + " is meant to read the trail, name it in expect.readers."}, edits: []edit{expecting("  readers: [\"" + etl + "\"]\n")}},
		},
		{
			name: "a stranger in the writer's statement", world: append(slices.Clone(abroad), file(bucketFile, refuseHTTP, lets(named(auditRole, etl), `"s3:PutObject"`, auditTarget, ""))),
			remedy: remedy{
				says:  map[string]string{writers: "Take " + etl + " out of the statement, and leave the rest as it is."},
				edits: []edit{file(bucketFile, refuseHTTP, lets(named(auditRole), `"s3:PutObject"`, auditTarget, ""))},
			},
		},
		{
			name: "a service for anybody", world: []edit{file(bucketFile, refuseHTTP, lets(`{"Service": "logging.s3.amazonaws.com"}`, `"s3:PutObject"`, auditBucket+"/*", ""))},
			remedy: remedy{
				says:  map[string]string{writers: "Give logging.s3.amazonaws.com a statement of its own, bound by aws:SourceAccount to your account"},
				edits: []edit{file(bucketFile, refuseHTTP, lets(`{"Service": "logging.s3.amazonaws.com"}`, `"s3:PutObject"`, auditBucket+"/*", `{"StringEquals": {"aws:SourceAccount": "111111111111"}}`))},
			},
		},
		{
			name: "everybody, the writer among them", world: append(slices.Clone(unblocked), file(bucketFile, refuseHTTP, everybody), edit{identityFile, "", statements(may(`"s3:ListBucket"`, auditBucket))}),
			remedy: remedy{
				says: map[string]string{
					writers:      "Put those who need the statement in the place of everybody, the writer among them where it gets in by it",
					"not_public": "In the grant that is shown, put those who need it in the place of everybody, the writer among them",
				},
				edits: []edit{file(bucketFile, refuseHTTP, lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")), {"buckets.yaml", open, blocked}},
			},
		},
		{
			name: "anybody of a declared organization",
			world: append(slices.Clone(unblocked), expecting("  organization: o-acme0000001\n"),
				file(bucketFile, refuseHTTP, lets(`"*"`, `"s3:PutObject"`, auditBucket+"/*", `{"StringEquals": {"aws:PrincipalOrgID": "o-acme0000001"}}`))),
			remedy: remedy{
				says:  map[string]string{writers: "Put those who need the statement in the place of everybody"},
				edits: []edit{file(bucketFile, refuseHTTP, lets(named(auditRole), `"s3:PutObject"`, auditTarget, ""))},
			},
		},
		{
			name: "a service for an organization", world: []edit{file(bucketFile, refuseHTTP, lets(`{"Service": "cloudtrail.amazonaws.com"}`, `"s3:PutObject"`, auditBucket+"/*", `{"StringEquals": {"aws:SourceOrgID": "o-acme0000001"}}`))},
			remedy: remedy{
				says:  map[string]string{writers: "Name the organization of your own accounts in expect.organization"},
				edits: []edit{expecting("  organization: o-acme0000001\n")},
			},
		},
		{
			name: "a Deny on all but one", world: []edit{file(bucketFile, refuseHTTP, refuses(`"s3:*"`, onAll, sparing(`"arn:aws:iam::111111111111:role/ops-admin"`)))},
			remedy: remedy{
				says: map[string]string{put: spare},
				edits: []edit{file(bucketFile, refuseHTTP,
					stated(`"Effect": "Deny", "Principal": "*", "NotAction": "s3:PutObject", `+onAll, sparing(`"arn:aws:iam::111111111111:role/ops-admin"`)),
					refuses(`"s3:PutObject"`, `"NotResource": "`+auditTarget+`"`, sparing(`"arn:aws:iam::111111111111:role/ops-admin"`)),
					refuses(`"s3:PutObject"`, `"Resource": "`+auditTarget+`"`, sparing(`"arn:aws:iam::111111111111:role/ops-admin", "`+auditRole+`"`)))},
			},
		},
		{
			name: "a permissions boundary", world: []edit{{"identities.yaml", "    created", "    boundary: arn:aws:iam::111111111111:policy/bound\n    created"}, {"identities.yaml", "roles:\n", "managedPolicies: [{arn: \"arn:aws:iam::111111111111:policy/bound\", document: policies/bound.json}]\nroles:\n"}, file("policies/bound.json", may(`"s3:ListBucket"`, auditBucket))},
			remedy: remedy{
				says:  map[string]string{put: "Allow s3:PutObject on " + auditTarget + " in the permissions boundary of " + auditRole + "."},
				edits: []edit{file("policies/bound.json", may(`"s3:ListBucket"`, auditBucket), mayPut)},
			},
		},
		{
			name: "neither side grants, across accounts", world: append(slices.Clone(abroad), file(bucketFile, refuseHTTP), file(identityFile, may(`"s3:ListBucket"`, auditBucket))),
			remedy: remedy{
				says:  map[string]string{put: "in an identity policy of " + auditRole},
				edits: []edit{file(bucketFile, refuseHTTP, lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")), file(identityFile, may(`"s3:ListBucket"`, auditBucket), mayPut)},
			},
		},
		{
			name: "a perimeter of an organization", world: []edit{file(bucketFile, refuseHTTP, refuses(`"s3:*"`, onAll, `{"StringNotEquals": {"aws:PrincipalOrgID": "o-acme0000001"}}`))},
			remedy: remedy{
				says:  map[string]string{put: declare("aws:PrincipalOrgID"), silent: declare("aws:PrincipalOrgID")},
				edits: []edit{expecting("  requests: {\"aws:PrincipalOrgID\": [o-acme0000001]}\n")},
			},
		},
		{
			name: "an endpoint", world: []edit{file(bucketFile, refuseHTTP, refuses(`"s3:*"`, onAll, `{"StringNotEquals": {"aws:SourceVpce": "vpce-1a2b3c4d"}}`))},
			remedy: remedy{
				says:  map[string]string{put: declare("aws:SourceVpce"), silent: declare("aws:SourceVpce")},
				edits: []edit{expecting("  requests: {\"aws:SourceVpce\": [vpce-1a2b3c4d]}\n")},
			},
		},
		{
			name: "a header that may be missing", world: []edit{file(bucketFile, refuseHTTP, refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/*"`, `{"Null": {"s3:x-amz-server-side-encryption": "true"}}`))},
			remedy: remedy{
				says:  map[string]string{put: declare("s3:x-amz-server-side-encryption"), silent: declare("s3:x-amz-server-side-encryption")},
				edits: []edit{expecting("  requests: {\"s3:x-amz-server-side-encryption\": [AES256]}\n")},
			},
		},
		{
			name: "a header that is known to be missing",
			world: []edit{
				file(bucketFile, refuseHTTP, refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/*"`, `{"Null": {"s3:x-amz-server-side-encryption": "true"}}`)),
				expecting("  requests: {\"s3:x-amz-server-side-encryption\": [absent]}\n"),
			},
			remedy: remedy{
				says: map[string]string{put: spare, silent: spare},
				edits: []edit{file(bucketFile, refuseHTTP,
					refuses(`"s3:PutObject"`, `"NotResource": "`+auditTarget+`"`, `{"Null": {"s3:x-amz-server-side-encryption": "true"}}`),
					refuses(`"s3:PutObject"`, `"Resource": "`+auditTarget+`"`, `{"Null": {"s3:x-amz-server-side-encryption": "true"}, "ArnNotEquals": {"aws:PrincipalArn": "`+auditRole+`"}}`))},
			},
		},
		{
			name: "whether a checksum is sent", world: []edit{{"buckets.yaml", ", checksum: CRC32", ""}},
			remedy: remedy{says: map[string]string{silent: "set expect.uploadChecksums once an object has arrived"}, edits: []edit{expecting("  uploadChecksums: true\n")}},
		},
		{
			name: "what is delivered stays the writer's", world: append(slices.Clone(abroad), edit{"buckets.yaml", "BucketOwnerEnforced", "ObjectWriter"}),
			remedy: remedy{says: map[string]string{"owner_readable": "Set object ownership to BucketOwnerEnforced"}, edits: []edit{{"buckets.yaml", "ObjectWriter", "BucketOwnerEnforced"}}},
		},
		{
			name: "nobody logs access", world: []edit{{"buckets.yaml", "    logging: {bucket: probe-logs, prefix: audit/}\n", ""}},
			remedy: remedy{
				says:  map[string]string{"access_logged": "Have S3 log access to the bucket in another bucket"},
				edits: []edit{{"buckets.yaml", "    deliveries", "    logging: {bucket: probe-logs, prefix: audit/}\n    deliveries"}},
			},
		},
		{
			name: "access is logged where an organization's accounts do not see it", world: []edit{{"buckets.yaml", "    logging: {bucket: probe-logs, prefix: audit/}\n", ""}},
			remedy: remedy{
				says:  map[string]string{"access_logged": "Where an event data store of your organization does so already, name it in expect.dataEvents"},
				edits: []edit{expecting("  dataEvents: [\"arn:aws:cloudtrail:us-east-1:555555555555:eventdatastore/org\"]\n")},
			},
		},
		{
			name: "whom an administrator lets", world: []edit{file(bucketFile, httpAlone)},
			remedy: remedy{
				says:  map[string]string{"writers_confined": "on the condition ArnNotEquals for aws:PrincipalArn"},
				edits: []edit{file(bucketFile, refuseHTTP)},
			},
		},
		{
			name: "a role of several duties", world: []edit{file(identityFile, mayPut, may(`"glue:GetTable"`, "*"))},
			remedy: remedy{
				says:  map[string]string{"role_dedicated": "Move the actions that are shown to a role of their own"},
				edits: []edit{file(identityFile, mayPut)},
			},
		},
		{
			name: "a bucket without protection",
			world: []edit{
				{"buckets.yaml", "    versioning: Enabled\n    objectLock: {mode: COMPLIANCE, days: 400}\n", ""},
				{"buckets.yaml", "    encryption: {algorithm: AES256}\n", ""},
				file(bucketFile, lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")),
			},
			remedy: remedy{
				says: map[string]string{
					"versioned": "Enable versioning on the bucket.", "objects_locked": "Set a default retention", "encrypted": "Set the bucket's default encryption",
					"tls_required": `Add a statement: "Effect": "Deny", "Principal": "*", "Action": "s3:*"`, "writers_confined": "Deny s3:PutObject, s3:DeleteObject and s3:DeleteObjectVersion under the export's path in the bucket policy",
				},
				edits: []edit{
					{"buckets.yaml", "    ownership", "    encryption: {algorithm: AES256}\n    versioning: Enabled\n    objectLock: {mode: COMPLIANCE, days: 400}\n    ownership"},
					file(bucketFile, refuseHTTP, lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")),
				},
			},
		},
		{
			name: "seldom, and not for long",
			world: []edit{
				{"exports.yaml", "EVERY_12_HOURS", "EVERY_24_HOURS"},
				expecting("  maxInterval: EVERY_12_HOURS\n  retentionDays: 365\n"),
				{"buckets.yaml", "    ownership", "    lifecycle: [{id: early, expireDays: 30}]\n    ownership"},
				{"buckets.yaml", "days: 400", "days: 10"},
			},
			remedy: remedy{
				says: map[string]string{
					"interval_valid": "Set the interval of the configuration in Immuta", "retention_sufficient": "Give the lifecycle rule at least the expected days", "objects_locked": "Set a default retention",
				},
				edits: []edit{{"exports.yaml", "EVERY_24_HOURS", "EVERY_12_HOURS"}, {"buckets.yaml", "expireDays: 30", "expireDays: 365"}, {"buckets.yaml", "days: 10", "days: 365"}},
			},
		},
		{
			name: "a user without an active key",
			world: []edit{
				{"exports.yaml", `type: S3AssumedRoleEndpointConfiguration, bucket: probe-audit, region: us-east-1, path: immuta, roleArn: "` + auditRole + `"`, "type: S3AccessKeyEndpointConfiguration, bucket: probe-audit, region: us-east-1, path: immuta"},
				{"exports.yaml", `hint: {`, `hint: {userArn: "` + auditUser + `", `},
				{"identities.yaml", "roles:\n", `users: [{arn: "` + auditUser + `", created: -310d, inline: {write: ` + identityFile + `}, accessKeys: [{id: AKIAPROBEEXAMPLEKEY0, created: -40d, lastUsed: -3h, region: us-east-1, inactive: true}]}]` + "\nroles:\n"},
				file(bucketFile, httpAlone, confines(auditUser)),
			},
			remedy: remedy{
				says:  map[string]string{"writer_key_active": "Create a new access key for the user and enter it in Immuta"},
				edits: []edit{{"identities.yaml", "accessKeys: [", "accessKeys: [{id: AKIAPROBEEXAMPLEKEY1, created: -1d, lastUsed: -3h, region: us-east-1}, "}},
			},
			left: map[string]string{"uses_role": "followed in the demo"},
		},
		{
			name:   "objects of others only",
			world:  []edit{{"buckets.yaml", "prefix: immuta/, newest: -3h, every: 12h", "prefix: AWSLogs/, newest: -1h, every: 1h"}},
			remedy: remedy{says: map[string]string{silent: "set expect.uploadChecksums once an object has arrived"}, edits: []edit{expecting("  uploadChecksums: true\n")}},
			left:   map[string]string{"delivery_fresh": "only Immuta uploads", "delivery_continuous": "only Immuta uploads"},
		},
	}
}
