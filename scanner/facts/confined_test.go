package facts_test

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

const opsARN = "arn:aws:iam::111111111111:role/ops-admin"

func confining(is, says string, statements ...string) scenario {
	s := scenario{
		do:   func(w *world) { w.bucketPolicy(append(statements, tlsStatement)...) },
		want: expectation{"writers_confined": is}, fact: "writers_confined", says: says, alone: true,
	}
	return s
}

// denyUnless denies writing and deleting unless a condition holds.
func denyUnless(principal, condition string) string {
	return `{"Effect":"Deny",` + principal + `,"Action":["s3:PutObject","s3:Delete*"],"Resource":"arn:aws:s3:::acme-audit/*","Condition":{` + condition + `}}`
}

const anybody = `"Principal":"*"`

var confinedScenarios = map[string]scenario{
	"by its ARN":                 {fact: "writers_confined", says: "but those who are meant to", alone: true},
	"nobody is":                  confining(bad, "every principal of account 111111111111"),
	"without a policy":           {do: func(w *world) { w.absent(document.KindBucketPolicy, bucketARN) }, want: expectation{"writers_confined": bad, "tls": bad}, fact: "writers_confined", alone: true},
	"of a policy unread":         {do: func(w *world) { w.deny(document.KindBucketPolicy) }, want: everything(unknown, "writers_confined", "tls", "put_object", "foreign_writers"), fact: "writers_confined", alone: true},
	"the root user may":          confining(sound, "", confine(roleARN, "arn:aws:iam::111111111111:root")),
	"somebody whom nobody named": confining(bad, opsARN, confine(roleARN, opsARN)),
	"break-glass": {do: func(w *world) {
		w.bucketPolicy(tlsStatement, confine(roleARN, opsARN))
		w.expect(func(x *scanner.Expect) { x.BreakGlass = []string{opsARN} })
	}, fact: "writers_confined", alone: true},
	"by wildcard":      confining(bad, "", denyUnless(anybody, `"ArnNotLike":{"aws:PrincipalArn":["`+roleARN+`","arn:aws:iam::111111111111:role/ops-*"]}`)),
	"by network alone": confining(bad, "", denyUnless(anybody, `"StringNotEquals":{"aws:SourceIp":"10.0.0.0/8"}`)),
	"by tag":           confining(unknown, "aws:PrincipalTag/team", denyUnless(anybody, `"StringNotEquals":{"aws:PrincipalTag/team":"audit"}`)),
	"by unique id":     confining(unknown, "aws:userId", denyUnless(anybody, `"StringNotLike":{"aws:userId":["AROAEXAMPLE:*"]}`)),
	"writing alone": confining(bad, "s3:DeleteObject and s3:DeleteObjectVersion",
		`{"Effect":"Deny",`+anybody+`,"Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-audit/*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"}}}`),
	"another path": confining(bad, "",
		`{"Effect":"Deny",`+anybody+`,"Action":["s3:PutObject","s3:Delete*"],"Resource":"arn:aws:s3:::acme-audit/other/*","Condition":{"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"}}}`),
	"the own account alone": confining(sound, "", denyUnless(anybody,
		`"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"},"StringEquals":{"aws:PrincipalAccount":"111111111111"}`)),
	"services are spared": confining(sound, "", denyUnless(anybody,
		`"ArnNotEquals":{"aws:PrincipalArn":"`+roleARN+`"},"Bool":{"aws:PrincipalIsAWSService":"false"}`)),
	"of an owner unread": {do: func(w *world) { w.deny(document.KindBucketOwner) }, want: everything(unknown, "writers_confined", "bucket_owner", "foreign_writers"), fact: "writers_confined", alone: true},
}
