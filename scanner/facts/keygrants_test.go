package facts_test

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// granting is a key whose policy lets its administrators alone, with some grants on it.
func granting(grants ...string) func(*world) {
	return func(w *world) {
		keyPolicy(w, `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:role/keys"},"Action":"kms:*","Resource":"*"}`)
		w.set(document.KindKeyGrants, keyARN, "", `{"Grants":[`+strings.Join(grants, ",")+`]}`)
	}
}

// grantTo lets somebody use the key, with more members.
func grantTo(grantee, operations, more string) string {
	return `{"GrantId":"0c23","GranteePrincipal":"` + grantee + `","Operations":[` + operations + `]` + more + `}`
}

func equals(context string) string {
	return `,"Constraints":{"EncryptionContextEquals":{` + context + `}}`
}

func subset(context string) string {
	return `,"Constraints":{"EncryptionContextSubset":{` + context + `}}`
}

const (
	both    = `"Decrypt","GenerateDataKey"`
	inAll   = `"aws:s3:arn":"arn:aws:s3:::acme-audit"`
	andMore = `"aws:s3:arn":"arn:aws:s3:::acme-audit","team":"a"`
)

var keyGrantScenarios = map[string]scenario{
	"to the role": {base: withKey, do: granting(grantTo(roleARN, both, "")), fact: "key_use", says: "grant 0c23 to " + roleARN + " allows kms:GenerateDataKey"},
	"to the role, for this bucket": {
		base: withKey, do: granting(grantTo(roleARN, both, equals(inAll))), fact: "key_decrypt", says: "grant 0c23 to " + roleARN + " allows kms:Decrypt",
	},
	"to the role, for contexts with this bucket": {base: withKey, do: granting(grantTo(roleARN, both, subset(inAll)))},
	"to the role's account": { // which lets the role, by its own policy
		base: withKey, do: granting(grantTo("arn:aws:iam::111111111111:root", both, "")),
	},
	"one for each operation": {base: withKey, do: granting(grantTo(roleARN, `"Decrypt"`, ""), grantTo(roleARN, `"GenerateDataKey"`, ""))},
	"one of many": {
		base: withKey, do: granting(grantTo("arn:aws:iam::111111111111:role/other", both, ""), grantTo(roleARN, both, "")),
		fact: "key_use", says: "key_grants|" + keyARN + "|#/Grants/1",
	},
	"none": {base: withKey, do: granting(), want: expectation{"key_use": bad}, fact: "key_use", says: "the key policy does not allow kms:GenerateDataKey"},
	"to one session of the role, which Immuta names": {
		base: withKey, do: granting(grantTo("arn:aws:sts::111111111111:assumed-role/immuta-audit/export", both, "")),
		want: expectation{"key_use": unknown}, fact: "key_use", says: "aws:userid",
	},
	"to somebody else": {
		base: withKey, do: granting(grantTo("arn:aws:iam::111111111111:role/other", both, "")), want: expectation{"key_use": bad},
	},
	"to who had the role's name": {base: withKey, do: granting(grantTo("AROAEXAMPLEGONE", both, "")), want: expectation{"key_use": bad}},
	"to S3 itself": { // which asks in the writer's name
		base: withKey, do: granting(`{"GrantId":"1","GranteeServicePrincipal":"s3.amazonaws.com","Operations":[` + both + `]}`), want: expectation{"key_use": bad},
	},
	"on behalf of a resource": {
		base: withKey, do: granting(grantTo(roleARN, both, `,"Constraints":{"SourceArn":"arn:aws:s3:::acme-audit"}`)), want: expectation{"key_use": bad},
	},
	"for another bucket": {
		base: withKey, do: granting(grantTo(roleARN, both, subset(`"aws:s3:arn":"arn:aws:s3:::acme-audit-old"`))), want: expectation{"key_use": bad},
	},
	"for a context that S3 does not send": {base: withKey, do: granting(grantTo(roleARN, both, subset(andMore))), want: expectation{"key_use": bad}},
	"for no context at all":               {base: withKey, do: granting(grantTo(roleARN, both, equals(""))), want: expectation{"key_use": bad}},
	"for one object, where each has its own context": {
		base: withKey, do: func(w *world) {
			granting(grantTo(roleARN, both, equals(`"aws:s3:arn":"arn:aws:s3:::acme-audit/immuta/x"`)))(w)
			w.set(document.KindEncryption, bucketARN, "", strings.Replace(kmsText, `"BucketKeyEnabled":true`, `"BucketKeyEnabled":false`, 1))
		},
		want: expectation{"key_use": unknown},
	},
	"for encrypting only": {
		base: withKey, do: granting(grantTo(roleARN, `"GenerateDataKey","Encrypt"`, "")), want: expectation{"key_decrypt": bad},
	},
	"to administer": {base: withKey, do: granting(grantTo(roleARN, `"CreateGrant","DescribeKey","RetireGrant"`, "")), want: expectation{"key_use": bad}},
	"to retire only": {
		base: withKey, do: granting(grantTo("arn:aws:iam::111111111111:role/other", both, `,"RetiringPrincipal":"`+roleARN+`"`)), want: expectation{"key_use": bad},
	},
	"denied by the key policy all the same": {
		base: withKey, do: func(w *world) {
			granting(grantTo(roleARN, both, ""))(w)
			keyPolicy(w, `{"Effect":"Deny","Principal":"*","Action":"kms:GenerateDataKey","Resource":"*"}`)
		},
		want: expectation{"key_use": bad}, fact: "key_use", says: `"denied":true`,
	},
	"nobody may list them": {
		base: withKey, do: func(w *world) { granting()(w); w.deny(document.KindKeyGrants) },
		want: expectation{"key_use": unknown}, fact: "key_use", says: "key's grants",
	},
	"nobody listed them": { // as an older snapshot has it
		base: withKey, do: func(w *world) { granting()(w); w.drop(document.KindKeyGrants) }, want: expectation{"key_use": unknown},
	},
	"an answer that is none": {
		base: withKey, do: func(w *world) { granting()(w); w.set(document.KindKeyGrants, keyARN, "", `{}`) }, want: expectation{"key_use": unknown},
	},
	"nobody may list them, and the policies allow": {base: withKey, do: func(w *world) { w.deny(document.KindKeyGrants) }},
	"nobody may list them, and a policy denies": {
		base: withKey, do: func(w *world) {
			keyPolicy(w, `{"Effect":"Deny","Principal":"*","Action":"kms:GenerateDataKey","Resource":"*"}`)
			w.deny(document.KindKeyGrants)
		},
		want: expectation{"key_use": bad},
	},
	"nobody may read the key policy, which may deny": {
		base: withKey, do: func(w *world) { granting(grantTo(roleARN, both, ""))(w); w.deny(document.KindKeyPolicy) },
		want: expectation{"key_use": unknown, "deleted_principals": unknown},
	},
}
