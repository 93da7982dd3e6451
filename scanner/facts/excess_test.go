package facts_test

import "github.com/trailguard/trailguard/scanner/document"

const mayUpload = `{"Effect":"Allow","Action":"s3:PutObject","Resource":"` + bucketARN + `/*"}`

// besides is a writer that may do more than upload.
func besides(statements ...string) func(w *world) {
	return func(w *world) { w.identity(append([]string{mayUpload}, statements...)...) }
}

var excessScenarios = map[string]scenario{
	"deletes": {
		do:   besides(`{"Effect":"Allow","Action":"s3:DeleteObject*","Resource":"` + bucketARN + `/*"}`),
		want: expectation{"writer_excess": bad}, fact: "writer_excess", says: "s3:DeleteObject and s3:DeleteObjectVersion",
	},
	"deletes a part of the path": {
		do:   besides(`{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"` + bucketARN + `/immuta/2026/*"}`),
		want: expectation{"writer_excess": bad},
	},
	"deletes under another path": {do: besides(`{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"` + bucketARN + `/scratch/*"}`)},
	"may delete, and a Deny forbids it": {
		do: func(w *world) {
			besides(`{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"` + bucketARN + `/*"}`)(w)
			w.bucketPolicy(tlsStatement, `{"Effect":"Deny","Principal":"*","Action":"s3:DeleteObject","Resource":"`+bucketARN+`/*"}`)
		},
	},
	"deletes from some addresses": {
		do:   besides(`{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"` + bucketARN + `/*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}`),
		want: expectation{"writer_excess": unknown}, fact: "writer_excess", says: "aws:SourceIp",
	},
	"everything": {
		do:   besides(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`),
		want: expectation{"writer_excess": bad}, fact: "writer_excess", says: `"kind":"elsewhere"`,
	},
	"reads": {
		do:   besides(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"` + bucketARN + `/*"}`),
		want: expectation{"writer_excess": bad}, fact: "writer_excess", says: `"kind":"reading"`,
	},
	"reads because everybody may": {
		do: func(w *world) { w.bucketPolicy(tlsStatement, allow(`"*"`, "s3:GetObject", "")) },
	},
	"changes the policy": {
		do:   besides(`{"Effect":"Allow","Action":"s3:PutBucketPolicy","Resource":"` + bucketARN + `"}`),
		want: expectation{"writer_excess": bad}, fact: "writer_excess", says: `"kind":"bucket"`,
	},
	"what uploads need besides": {
		do: besides(`{"Effect":"Allow","Action":["s3:AbortMultipartUpload","s3:ListMultipartUploadParts","s3:PutObjectAcl","s3:GetBucketLocation","s3:ListBucket"],"Resource":["` + bucketARN + `","` + bucketARN + `/*"]}`),
	},
	"another export's bucket":              {do: besides(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-audit-old/*"}`)},
	"a bucket of nobody's":                 {do: besides(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-site/*"}`), want: expectation{"writer_excess": bad}, fact: "writer_excess", says: "arn:aws:s3:::acme-site/*"},
	"buckets by a pattern without a key":   {do: besides(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-*"}`), want: expectation{"writer_excess": bad}, fact: "writer_excess", says: "arn:aws:s3:::acme-*"},
	"buckets whose names begin as its own": {do: besides(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"` + bucketARN + `*"}`), want: expectation{"writer_excess": bad}},
	"all of S3 by a short pattern":         {do: besides(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3*"}`), want: expectation{"writer_excess": bad}},
	"all but one bucket":                   {do: besides(`{"Effect":"Allow","Action":"s3:PutObject","NotResource":"arn:aws:s3:::acme-site/*"}`), want: expectation{"writer_excess": bad}, fact: "writer_excess", says: "other buckets"},
	"a key of KMS beside its bucket":       {do: besides(`{"Effect":"Allow","Action":["s3:PutObject","kms:GenerateDataKey"],"Resource":["` + bucketARN + `/*","` + keyARN + `"]}`)},
	"buckets by a pattern":                 {do: besides(`{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::acme-*/*"}`), want: expectation{"writer_excess": bad}},
	"reads another bucket":                 {do: besides(`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::acme-site/*"}`)},
	"its boundary is narrower": {
		do: func(w *world) {
			besides(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)(w)
			w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put"],"Boundary":"arn:aws:iam::111111111111:policy/only"}`)
			w.set(document.KindBoundary, "arn:aws:iam::111111111111:policy/only", "", policy(mayUpload))
		},
	},
}
