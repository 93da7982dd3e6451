package facts_test

import "github.com/trailguard/trailguard/scanner/document"

const uploads = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-audit/*"}`

func duty(is, says string, statements ...string) scenario {
	return scenario{
		do:   func(w *world) { w.identity(append(statements, uploads)...) },
		want: expectation{"role_use": is}, fact: "role_use", says: says, alone: true,
	}
}

var dedicatedScenarios = map[string]scenario{
	"uploads alone":      {fact: "role_use", says: "nothing beyond S3 and KMS", alone: true},
	"catalogue":          duty(bad, `"glue:Get*"`, `{"Effect":"Allow","Action":["glue:Get*"],"Resource":"*"}`),
	"key and listing":    duty(sound, "", `{"Effect":"Allow","Action":["KMS:Decrypt","S3:ListBucket"],"Resource":"*"}`),
	"denied again":       duty(sound, "", `{"Effect":"Allow","Action":["glue:GetTable"],"Resource":"*"}`, `{"Effect":"Deny","NotAction":["s3:*","kms:*"],"Resource":"*"}`),
	"everything but IAM": duty(bad, `"service":"*"`, `{"Effect":"Allow","NotAction":["iam:*","s3:*"],"Resource":"*"}`),
	"a policy unread":    {do: func(w *world) { w.deny(document.KindIdentityPolicy) }, want: everything(unknown, "role_use", "put_object"), fact: "role_use", alone: true},
	"the list unread":    {do: func(w *world) { w.deny(document.KindIdentityPolicies) }, want: everything(unknown, "role_use", "put_object"), fact: "role_use", alone: true},
}
