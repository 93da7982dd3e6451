package main

import "slices"

// bucketSpecimens are about the bucket and what protects it.
func bucketSpecimens() []specimen {
	onAll := `"Resource": ["` + auditBucket + `", "` + auditBucket + `/*"]`
	return []specimen{
		{name: "no such bucket", world: []edit{{"exports.yaml", "bucket: probe-audit,", "bucket: probe-audits,"}}, fails: []string{"bucket_exists"}},
		{
			name:  "a bucket of an account that nobody expects",
			world: append(slices.Clone(abroad), edit{"exports.yaml", `hint: {bucketAccount: "333333333333"}`, "hint: {}"}, edit{"company.yaml", `bucketAccounts: ["111111111111", "333333333333"]`, `bucketAccounts: ["111111111111"]`}),
			fails: []string{"bucket_owner_expected"},
		},
		{name: "a central archive that is expected", world: abroad, alike: []string{"bucket_owner_expected", "owner_readable"}},
		{name: "another region than the bucket's", world: []edit{{"buckets.yaml", "region: us-east-1", "region: eu-central-1"}}, fails: []string{"region_matches"}},
		{name: "one of several regions", world: []edit{expecting("  regions: [eu-central-1, us-east-1]\n")}, alike: []string{"region_matches"}},
		{
			name: "the world reads, and nothing blocks it", world: append(slices.Clone(unblocked), file(bucketFile, refuseHTTP, lets(`"*"`, `"s3:GetObject"`, auditBucket+"/*", ""))),
			fails: []string{"not_public", "no_foreign_readers"},
		},
		{name: "the world reads, and the account blocks it", world: []edit{file(bucketFile, refuseHTTP, lets(`"*"`, `"s3:GetObject"`, auditBucket+"/*", "")), {"buckets.yaml", "    publicAccessBlock: " + blocked + "\n", ""}}, alike: []string{"not_public"}},
		{
			name: "anybody, of this account", world: append(slices.Clone(unblocked), file(bucketFile, refuseHTTP, lets(`"*"`, `"s3:GetObject"`, auditBucket+"/*", `{"StringEquals": {"aws:PrincipalAccount": "111111111111"}}`))),
			alike: []string{"not_public", "no_foreign_readers"},
		},
		{
			name: "without protection",
			world: []edit{
				{"buckets.yaml", "versioning: Enabled\n    objectLock: {mode: COMPLIANCE, days: 400}", "versioning: Suspended"},
				{"buckets.yaml", "    encryption: {algorithm: AES256}\n", ""},
				{"buckets.yaml", logsAccess, ""},
				{"buckets.yaml", "    ownership", "    lifecycle: [{id: early, expireDays: 30}]\n    ownership"},
				expecting("  retentionDays: 365\n"), file(bucketFile, lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")),
			},
			fails: []string{"versioned", "objects_locked", "encrypted", "retention_sufficient", "tls_required", "writers_confined", "access_logged"},
		},
		{
			name: "a lock that retains nothing", world: []edit{{"buckets.yaml", "objectLock: {mode: COMPLIANCE, days: 400}", "objectLock: {}"}},
			fails: []string{"objects_locked"}, alike: []string{"versioned"},
		},
		{
			name: "a lock that nobody may bypass", world: []edit{{"buckets.yaml", "COMPLIANCE", "GOVERNANCE"}, file(bucketFile, refuseHTTP, refuses(`"s3:BypassGovernanceRetention"`, `"Resource": "`+auditBucket+`/*"`, ""))},
			alike: []string{"objects_locked"},
		},
		{
			name: "what expires elsewhere, and what is merely moved", world: []edit{
				{"buckets.yaml", "    ownership", "    lifecycle: [{id: others, prefix: tmp/, expireDays: 3}, {id: cold, glacierDays: 30, abortMultipartDays: 1}]\n    ownership"},
				{"buckets.yaml", "    objectLock: {mode: COMPLIANCE, days: 400}\n", ""},
				expecting("  retentionDays: 365\n"),
			},
			alike: []string{"retention_sufficient", "versioned"},
		},
		{
			name: "plain HTTP in other words", world: []edit{file(bucketFile, confines(auditRole), refuses(`"*"`, `"Resource": "`+auditBucket+`*"`, `{"BoolIfExists": {"aws:SecureTransport": false}, "Bool": {"aws:PrincipalIsAWSService": "false"}}`))},
			alike: []string{"tls_required"},
		},
		{
			name: "a TLS version alone", world: []edit{file(bucketFile, confines(auditRole), refuses(`"s3:*"`, onAll, `{"NumericLessThan": {"s3:TlsVersion": "1.2"}}`))},
			fails: []string{"tls_required"},
		},
		{
			name: "a customer's key, twice", world: append(slices.Clone(byKeyAbroad), edit{"buckets.yaml", "algorithm: aws:kms,", "algorithm: aws:kms:dsse,"}, expecting("  encryption: aws:kms\n")),
			alike: []string{"encrypted"},
		},
		{name: "a customer's key is expected", world: []edit{expecting("  encryption: aws:kms\n")}, fails: []string{"encrypted"}},
		{name: "uploads stay the writer's", world: append(slices.Clone(abroad), edit{"buckets.yaml", "BucketOwnerEnforced", "ObjectWriter"}), fails: []string{"owner_readable"}},
		{name: "uploads stay the writer's, who is of the bucket's account", world: []edit{{"buckets.yaml", "BucketOwnerEnforced", "ObjectWriter"}}, alike: []string{"owner_readable"}},
		{
			name: "an event data store that takes in all buckets that begin so", world: []edit{
				{"buckets.yaml", logsAccess, ""},
				{"company.yaml", `accounts: [`, `eventDataStores:
  - arn: arn:aws:cloudtrail:us-east-1:111111111111:eventdatastore/5d0c7e92-1b64-4f3a-9e08-a7c2f6b1d453
    multiRegion: true
    advanced: [{eventCategory: {Equals: [Data]}, resources.type: {Equals: ["AWS::S3::Object"]}, resources.ARN: {StartsWith: ["arn:aws:s3:::probe-"]}}]
accounts: [`},
			},
			alike: []string{"access_logged"},
		},
	}
}

// accessSpecimens are about who may what on the bucket.
func accessSpecimens() []specimen {
	object := `"Resource": "` + auditBucket + `/*"`
	return []specimen{
		{name: "a Deny on all but another", world: []edit{file(bucketFile, httpAlone, confines(auditRole+"-eu"))}, fails: []string{"put_object_granted", "writers_confined"}},
		{
			name: "a Deny on another path, and one on objects without a header there", world: []edit{file(bucketFile, refuseHTTP,
				refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/immuta-old/*"`, ""),
				refuses(`"s3:PutObject"`, `"Resource": "`+auditBucket+`/tmp/*"`, `{"Null": {"s3:x-amz-server-side-encryption": "true"}}`))},
			alike: []string{"put_object_granted", "no_silent_denial"},
		},
		{name: "a writer that may do everything", world: []edit{file(identityFile, may(`"s3:*"`, "*"))}, fails: []string{"writer_least_privilege"}},
		{
			name: "a stranger who writes, reads and suspends versioning", world: []edit{file(bucketFile, refuseHTTP, lets(named(stranger1), `["s3:PutBucketVersioning", "s3:GetObject*"]`, auditBucket+"*", ""))},
			fails: []string{"no_foreign_writers", "no_foreign_readers"},
		},
		{
			name: "a service for this account alone, and a reader who is expected",
			world: []edit{
				file(bucketFile, refuseHTTP, lets(`{"Service": "logging.s3.amazonaws.com"}`, `"s3:PutObject"`, auditBucket+"/*", `{"StringEquals": {"aws:SourceAccount": "111111111111"}}`),
					lets(named(stranger1), `"s3:GetObject"`, auditBucket+"/*", "")),
				expecting("  readers: [\"" + stranger1 + "\"]\n"),
			},
			alike: []string{"no_foreign_writers", "no_foreign_readers"},
		},
		{
			name: "two statements that confine, each a part", world: []edit{file(
				bucketFile, httpAlone,
				refuses(`"s3:Put*"`, object, `{"ArnNotLike": {"aws:PrincipalArn": ["`+auditRole+`", "arn:aws:iam::111111111111:role/ops-admin"]}}`),
				refuses(`"s3:Delete*"`, object, `{"StringNotEquals": {"aws:PrincipalArn": "arn:aws:iam::111111111111:role/ops-admin"}}`),
			)},
			alike: []string{"writers_confined", "put_object_granted"},
		},
		{name: "the requester pays", world: append(slices.Clone(abroad), edit{"buckets.yaml", "    versioning", "    requesterPays: true\n    versioning"}), fails: []string{"no_silent_denial"}},
	}
}

// keySpecimens are about the bucket's key.
func keySpecimens() []specimen {
	const usable, decrypt, durable, rotated = "key_usable", "key_decrypt_granted", "key_durable", "key_rotated"
	of := func(policy, what string) []edit {
		return append(encryptedWith(keyHere, policy), file(identityFile, mayPut), edit{"keys.yaml", "description: k,", "description: k, " + what})
	}
	admin := lets(named("arn:aws:iam::111111111111:role/ops-admin"), `"kms:*"`, "*", "")
	return []specimen{
		{name: "a key for administrators", world: of(admin, ""), fails: []string{usable}},
		{
			name: "a key for administrators, and a grant", world: of(admin, `grants: [{id: 0c23, grantee: "`+auditRole+`", operations: [GenerateDataKey, Decrypt]}],`),
			alike: []string{usable, decrypt},
		},
		{name: "no kms:Decrypt", world: of(lets(named(auditRole), `"kms:GenerateDataKey"`, "*", ""), ""), fails: []string{decrypt}},
		{name: "kms:Decrypt by a wildcard", world: of(lets(named(auditRole), `["kms:GenerateDataKey*", "kms:De*"]`, "*", ""), ""), alike: []string{decrypt, usable}},
		{name: "a key that is to be deleted", world: of(keyForRole, "state: PendingDeletion, deletedIn: 7d,"), fails: []string{durable, usable}},
		{name: "a key that is not rotated", world: of(keyForRole, "unrotated: true,"), fails: []string{rotated}},
		{name: "a key that cannot be rotated, whose material is there for long", world: of(keyForRole, "unrotated: true, expiresIn: 300d,"), alike: []string{durable, rotated}},
	}
}
