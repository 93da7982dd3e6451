package facts_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/fleet"
	"github.com/trailguard/trailguard/fixtures/processor"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
)

// sizeable is a healthy export with a customer key and policies of the length
// that organisations have: about 7 KB of evidence.
func sizeable() *world {
	w := withKey()
	var more []string
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		more = append(more, `{"Sid":"Read`+name+`","Effect":"Allow","Principal":{"AWS":["arn:aws:iam::111111111111:role/reader-`+name+`","arn:aws:iam::111111111111:role/auditor-`+name+`"]},
			"Action":["s3:GetObject","s3:GetObjectVersion","s3:ListBucket"],"Resource":["arn:aws:s3:::acme-audit","arn:aws:s3:::acme-audit/`+name+`/*"],
			"Condition":{"StringEquals":{"aws:PrincipalTag/team":"governance-`+name+`"}}}`)
	}
	w.bucketPolicy(append(more, tlsStatement)...)
	w.set(document.KindIdentityPolicy, roleARN, "inline/more", policy(strings.ReplaceAll(
		`{"Effect":"Allow","Action":["s3:GetBucketLocation","s3:ListBucket","logs:PutLogEvents"],"Resource":"arn:aws:s3:::X"},`, "X", "acme-audit")+
		`{"Effect":"Allow","Action":["ec2:Describe*","cloudwatch:*"],"Resource":"*"}`))
	w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/more","inline/put"]}`)
	return w
}

func BenchmarkRecord(b *testing.B) {
	for name, w := range map[string]*world{"healthy": healthy(), "7KB": sizeable()} {
		b.Run(name, func(b *testing.B) {
			subject, _ := w.subject(b)
			size := 0
			for _, e := range subject.Documents {
				size += len(e.Text)
			}
			d := facts.New(w.options)
			b.ReportMetric(float64(size), "evidence-bytes")
			b.ReportAllocs()
			processor.Report(b)
			for b.Loop() {
				d.Record(&w.record, nil)
			}
			b.ReportMetric(float64(size), "evidence-bytes")
		})
	}
}

// guarded is a healthy export as an organisation that takes care has them: a
// bucket policy that denies plain HTTP and every writer but its own, a
// boundary, and a grant for the bucket alone.
func guarded() *world {
	w := healthy()
	w.bucketPolicy(tlsStatement, `{"Sid":"NobodyElseWrites","Effect":"Deny","Principal":"*",
		"Action":["s3:PutObject","s3:DeleteObject","s3:DeleteObjectVersion"],"Resource":"arn:aws:s3:::acme-audit/*",
		"Condition":{"ArnNotLike":{"aws:PrincipalArn":["`+roleARN+`","arn:aws:iam::111111111111:role/ops-admin"]}}}`)
	w.identity(`{"Sid":"PutAudit","Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":"arn:aws:s3:::acme-audit/immuta/*"}`)
	w.set(document.KindRole, roleARN, "", `{"Role":{"Arn":"`+roleARN+`","RoleId":"AROAEXAMPLE","PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111111111111:policy/audit-writers"}}}`)
	w.set(document.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/put"],"Boundary":"arn:aws:iam::111111111111:policy/audit-writers"}`)
	w.set(document.KindBoundary, roleARN, "", policy(`{"Effect":"Allow","Action":["s3:*","kms:*"],"Resource":"*"}`, `{"Effect":"Deny","Action":"iam:*","Resource":"*"}`))
	return w
}

// BenchmarkRecordNew derives from documents that were never seen before, as
// for a fleet where every export has its own bucket and role.
func BenchmarkRecordNew(b *testing.B) {
	for name, w := range map[string]*world{"guarded": guarded(), "7KB": sizeable()} {
		b.Run(name, func(b *testing.B) {
			w.subject(b)
			records := slices.Collect(fleet.Records(&w.record, 1024)) // four times what is kept
			d, i := facts.New(w.options), 0
			b.ReportAllocs()
			processor.Report(b)
			for b.Loop() {
				d.Record(&records[i%len(records)], nil)
				i++
			}
		})
	}
}
