package main

import (
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
)

// What the small worlds consist of: one export of one company, healthy.
const (
	auditID     = "259fc41c-b502-418a-a8ff-d875335dbe9b"
	auditBucket = "arn:aws:s3:::probe-audit"
	auditRole   = "arn:aws:iam::111111111111:role/immuta-audit"
	auditUser   = "arn:aws:iam::111111111111:user/immuta-audit"
	auditTarget = auditBucket + "/immuta/*"
	keyHere     = "arn:aws:kms:us-east-1:111111111111:key/7c0e4d21-b5a8-4f36-9e17-d3b6a8f2c059"
	keyThere    = "arn:aws:kms:us-east-1:333333333333:key/7c0e4d21-b5a8-4f36-9e17-d3b6a8f2c059"

	blocked  = `{blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true}`
	open     = `{blockPublicAcls: false, ignorePublicAcls: false, blockPublicPolicy: false, restrictPublicBuckets: false}`
	demandID = `{"StringEquals": {"sts:ExternalId": "` + auditID + `"}}`
	useKey   = `["kms:GenerateDataKey", "kms:Decrypt"]`

	trustFile, bucketFile, identityFile, keyFile = "policies/trust.json", "policies/bucket.json", "policies/identity.json", "policies/key.json"
)

func statements(list ...string) string {
	return `{"Version": "2012-10-17", "Statement": [` + strings.Join(list, ",\n") + `]}`
}

// Statements of the worlds. A condition is JSON, or empty for none.
func trusts(principal, condition string) string {
	return stated(`"Effect": "Allow", "Principal": `+principal+`, "Action": "sts:AssumeRole"`, condition)
}

func lets(principal, action, resource, condition string) string {
	return stated(fmt.Sprintf(`"Effect": "Allow", "Principal": %s, "Action": %s, "Resource": %q`, principal, action, resource), condition)
}

func refuses(action, where, condition string) string {
	return stated(fmt.Sprintf(`"Effect": "Deny", "Principal": "*", "Action": %s, %s`, action, where), condition)
}

func may(action, resource string) string {
	return fmt.Sprintf(`{"Effect": "Allow", "Action": %s, "Resource": %q}`, action, resource)
}

func stated(inside, condition string) string {
	if condition != "" {
		inside += `, "Condition": ` + condition
	}
	return "{" + inside + "}"
}

// confines denies writing and deleting to everybody of the accounts but one writer and
// break-glass. Strangers and services need statements of their own.
func confines(writer string) string {
	return refuses(`["s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion"]`, `"Resource": "`+auditBucket+`/*"`,
		`{"ArnNotEquals": {"aws:PrincipalArn": ["`+writer+`", "arn:aws:iam::111111111111:role/ops-admin"]}, "StringEquals": {"aws:PrincipalAccount": ["111111111111", "333333333333"]}, "Bool": {"aws:PrincipalIsAWSService": "false"}}`)
}

func named(names ...string) string { return `{"AWS": ["` + strings.Join(names, `", "`) + `"]}` }

var (
	immuta      = named("arn:aws:iam::222222222222:root")
	trustImmuta = trusts(immuta, demandID)
	httpAlone   = refuses(`"s3:*"`, `"Resource": ["`+auditBucket+`", "`+auditBucket+`/*"]`, `{"Bool": {"aws:SecureTransport": "false"}}`)
	refuseHTTP  = httpAlone + ",\n" + confines(auditRole)
	mayPut      = may(`"s3:PutObject"`, auditTarget)
	trustKey    = lets(named("arn:aws:iam::111111111111:root"), `"kms:*"`, "*", "")
)

func file(name string, list ...string) edit { return edit{name, "", statements(list...)} }

func healthyWorld() fs.FS {
	data := fstest.MapFS{}
	for name, text := range map[string]string{
		"company.yaml": `tenant: {name: acme, apiKey: sandbox-api-key, region: us-east-1}
accounts: [{id: "111111111111", publicAccessBlock: ` + blocked + `}, {id: "333333333333", publicAccessBlock: ` + blocked + `}]
readers:
  - {arn: "arn:aws:iam::111111111111:user/trailguard", accessKeyId: AKIAREADERONEEXAMPLE, secretAccessKey: sandbox-secret-access-key}
  - {arn: "arn:aws:iam::333333333333:role/trailguard-reader", assumedBy: ["arn:aws:iam::111111111111:user/trailguard"], externalId: acme-trailguard}
expect:
  immutaAccounts: ["222222222222"]
  bucketAccounts: ["111111111111", "333333333333"]
  breakGlass: ["arn:aws:iam::111111111111:role/ops-admin"]
`,
		"exports.yaml": `exports:
  - id: ` + auditID + `
    enabled: true
    interval: EVERY_12_HOURS
    connectionStatus: SUCCESS
    endpoint: {type: S3AssumedRoleEndpointConfiguration, bucket: probe-audit, region: us-east-1, path: immuta, roleArn: "` + auditRole + `"}
    created: -300d
    createdBy: m
    hint: {bucketAccount: "111111111111"}
`,
		"identities.yaml": `roles:
  - arn: ` + auditRole + `
    trust: ` + trustFile + `
    inline: {write: ` + identityFile + `}
    created: -310d
    lastUsed: -3h
`,
		"keys.yaml": "keys: []\n",
		"buckets.yaml": `buckets:
  - name: probe-audit
    account: "111111111111"
    region: us-east-1
    policy: ` + bucketFile + `
    publicAccessBlock: ` + blocked + `
    encryption: {algorithm: AES256}
    versioning: Enabled
    objectLock: {mode: COMPLIANCE, days: 400}
    ownership: BucketOwnerEnforced
    logging: {bucket: probe-logs, prefix: audit/}
    deliveries: [{prefix: immuta/, newest: -3h, every: 12h, count: 76, bytes: 100, checksum: CRC32}]
`,
		trustFile:    statements(trustImmuta),
		bucketFile:   statements(refuseHTTP),
		identityFile: statements(mayPut),
	} {
		data[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return data
}

// The company's doors stand open, so that policies and lists decide.
var unblocked = []edit{
	{"company.yaml", `{id: "111111111111", publicAccessBlock: ` + blocked + `}`, `{id: "111111111111", publicAccessBlock: ` + open + `}`},
	{"buckets.yaml", blocked, open},
}

// abroad moves the bucket to another account.
var abroad = []edit{
	{"buckets.yaml", `"111111111111"`, `"333333333333"`},
	{"exports.yaml", `"111111111111"`, `"333333333333"`},
	file(bucketFile, refuseHTTP, lets(named(auditRole), `"s3:PutObject"`, auditTarget, "")),
}

// encryptedWith has the bucket encrypt with a key whose policy holds statements.
func encryptedWith(key string, list ...string) []edit {
	return []edit{
		{"keys.yaml", "", "keys: [{arn: \"" + key + "\", description: k, policy: " + keyFile + ", created: -310d}]\n"},
		{"buckets.yaml", "{algorithm: AES256}", "{algorithm: aws:kms, key: \"" + key + "\", bucketKey: false}"},
		file(keyFile, list...),
	}
}

// expecting adds to what the operator declares.
func expecting(lines string) edit { return edit{"company.yaml", "expect:\n", "expect:\n" + lines} }
