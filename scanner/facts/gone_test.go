package facts_test

import "github.com/trailguard/trailguard/scanner/document"

const goneRole, goneUser = "AROAEXAMPLEEXAMPLE001", "AIDAEXAMPLEEXAMPLE002"

var goneScenarios = map[string]scenario{
	"a deleted user in the bucket policy": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":["`+roleARN+`","`+goneUser+`"]}`, "s3:PutObject", ""))
		},
		want: expectation{"deleted_principals": bad}, fact: "deleted_principals", says: "lets nobody in",
	},
	"a Deny that spares a deleted role": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","NotPrincipal":{"AWS":["`+roleARN+`","arn:aws:iam::111111111111:root","`+goneRole+`"]},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::acme-audit/*"}`)
		},
		want: expectation{"deleted_principals": bad}, fact: "deleted_principals", says: "spares nobody",
	},
	"a Deny of a deleted role": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":{"AWS":"`+goneRole+`"},"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::acme-audit/*"}`)
		},
		want: expectation{"deleted_principals": bad}, fact: "deleted_principals", says: "denies nobody anything",
	},
	"a deleted role in the key policy": {
		base: withKey,
		do: func(w *world) {
			w.set(document.KindKeyPolicy, keyARN, "", policy(`{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:root","`+goneRole+`"]},"Action":"kms:*","Resource":"*"}`))
		},
		want: expectation{"deleted_principals": bad}, fact: "deleted_principals", says: "key policy",
	},
	"a deleted user, and another policy unread": {
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":["`+roleARN+`","`+goneUser+`"]}`, "s3:PutObject", ""))
			w.deny(document.KindTrustPolicy)
		},
		want: and(everything(unknown, trustFacts...), expectation{"deleted_principals": bad}),
	},
	"a deleted user's bucket policy, of an export with a key": {
		base: withUser,
		do: func(w *world) {
			w.bucketPolicy(tlsStatement, allow(`{"AWS":["`+userARN+`","`+goneUser+`"]}`, "s3:PutObject", ""))
		},
		want: expectation{"deleted_principals": bad},
	},
	"a role's id in a condition": {do: func(w *world) {
		w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"arn:aws:s3:::acme-audit/*","Condition":{"StringNotLike":{"aws:userid":["`+goneRole+`:*"]}}}`)
	}},
	"no bucket policy": {
		do:   func(w *world) { w.absent(document.KindBucketPolicy, bucketARN) },
		want: expectation{"tls": bad},
	},
	"the key that AWS manages has a policy of its own": {
		do: func(w *world) {
			w.set(document.KindEncryption, bucketARN, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"aws:kms"}}]}}`)
		},
		want: expectation{"key_decrypt": sound, "key_use": sound},
	},
}
