package facts_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
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
	w.set(scanner.KindIdentityPolicy, roleARN, "inline/more", policy(strings.ReplaceAll(
		`{"Effect":"Allow","Action":["s3:GetBucketLocation","s3:ListBucket","logs:PutLogEvents"],"Resource":"arn:aws:s3:::X"},`, "X", "acme-audit")+
		`{"Effect":"Allow","Action":["ec2:Describe*","cloudwatch:*"],"Resource":"*"}`))
	w.set(scanner.KindIdentityPolicies, roleARN, "", `{"Policies":["inline/more","inline/put"]}`)
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
			for b.Loop() {
				if _, err := d.Record(&w.record); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(size), "evidence-bytes")
		})
	}
}

// BenchmarkRecordNew derives from documents that were never seen before, as
// for the first export of a bucket and a role.
func BenchmarkRecordNew(b *testing.B) {
	w := sizeable()
	w.subject(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := facts.New(w.options).Record(&w.record); err != nil {
			b.Fatal(err)
		}
	}
}
