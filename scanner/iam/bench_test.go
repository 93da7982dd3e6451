package iam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/processor"
	"github.com/trailguard/trailguard/scanner/iam"
)

func mustParse(tb testing.TB, kind iam.Type, text string) *iam.Policy {
	tb.Helper()
	p, err := iam.Parse([]byte(text), iam.ParseOptions{Name: "policy", Type: kind})
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

type benchCase struct {
	name     string
	req      iam.Request
	policies iam.Policies
	want     iam.Verdict
}

// benchCases are the questions whose speed is a promise.
func benchCases(tb testing.TB) []benchCase {
	three := mustParse(tb, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["s3:ListBucket","s3:GetBucketLocation"],"Resource":"arn:aws:s3:::trail"},
		{"Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":"arn:aws:s3:::trail/immuta/*"},
		{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::trail/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)
	boundary := mustParse(tb, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["s3:*","kms:*"],"Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"}]}`)
	scp := mustParse(tb, iam.ControlPolicy, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"*","Resource":"*"},
		{"Effect":"Deny","NotAction":["iam:*","sts:*"],"Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["us-east-1","us-west-2"]}}}]}`)
	bucket := mustParse(tb, iam.ResourcePolicy, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:role/immuta"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::trail/immuta/*",
		 "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}},
		{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::trail","arn:aws:s3:::trail/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`)
	assume := mustParse(tb, iam.IdentityPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}}`)
	trust := mustParse(tb, iam.TrustPolicy, `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::222222222222:root"},
		"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"259fc41c-0000-4000-8000-000000000000"}}}}`)
	known := iam.NewContext(map[string][]string{
		"aws:SecureTransport": {"true"}, "aws:RequestedRegion": {"us-east-1"}, "aws:PrincipalOrgID": {"o-1"},
	})
	return []benchCase{
		{"identity", iam.Request{
			Principal: "arn:aws:iam::111111111111:role/immuta", Action: "s3:PutObject", Resource: "arn:aws:s3:::trail/immuta/2024/01/01.json",
			ResourceAccount: "111111111111", Context: known,
		}, iam.Policies{Identity: []*iam.Policy{three}}, iam.Yes},
		{"cross-account", iam.Request{
			Principal: "arn:aws:iam::222222222222:role/immuta", Action: "s3:PutObject", Resource: "arn:aws:s3:::trail/immuta/2024/01/01.json",
			ResourceAccount: "111111111111", Context: known,
		}, iam.Policies{
			Identity: []*iam.Policy{three}, Boundary: []*iam.Policy{boundary}, SCPs: [][]*iam.Policy{{scp}}, Resource: bucket,
		}, iam.Yes},
		{"assume-role", iam.Request{
			Principal: "arn:aws:iam::222222222222:role/immuta", Action: "sts:AssumeRole", Resource: "arn:aws:iam::111111111111:role/target",
			ResourceAccount: "111111111111", Context: iam.NewContext(map[string][]string{"sts:ExternalId": {"259fc41c-0000-4000-8000-000000000000"}}),
		}, iam.Policies{Identity: []*iam.Policy{assume}, Resource: trust}, iam.Yes},
	}
}

func BenchmarkEvaluate(b *testing.B) {
	for _, c := range benchCases(b) {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			processor.Report(b)
			for b.Loop() {
				if iam.Evaluate(&c.req, &c.policies) != c.want {
					b.Fatal("wrong verdict")
				}
			}
		})
	}
}

func BenchmarkExplain(b *testing.B) {
	for _, c := range benchCases(b) {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			processor.Report(b)
			for b.Loop() {
				if iam.Explain(&c.req, &c.policies).Verdict != c.want {
					b.Fatal("wrong verdict")
				}
			}
		})
	}
}

// TestEvaluateDoesNotAllocate keeps the promise of the package documentation.
func TestEvaluateDoesNotAllocate(t *testing.T) {
	for _, c := range benchCases(t) {
		if v := iam.Evaluate(&c.req, &c.policies); v != c.want {
			t.Errorf("%s: got %v, want %v", c.name, v, c.want)
		}
		if n := testing.AllocsPerRun(100, func() { iam.Evaluate(&c.req, &c.policies) }); n != 0 {
			t.Errorf("%s: %v allocations, want none", c.name, n)
		}
	}
}

// bucketPolicy has n statements, each with a principal, a prefix and a condition of its own.
func bucketPolicy(n int) string {
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i := range n {
		if i > 0 {
			b.WriteString(",\n")
		}
		effect, condition := "Allow", fmt.Sprintf(`"StringEquals":{"aws:PrincipalOrgID":"o-%d"}`, i%3)
		if i%5 == 4 {
			effect, condition = "Deny", `"Bool":{"aws:SecureTransport":"false"}`
		}
		fmt.Fprintf(&b, `{"Sid":"S%d","Effect":"%s","Principal":{"AWS":"arn:aws:iam::%012d:role/writer%d"},"Action":["s3:PutObject","s3:Get*"],`+
			`"Resource":["arn:aws:s3:::trail/p%d/*","arn:aws:s3:::trail/shared/*"],"Condition":{%s}}`, i, effect, 200000000000+i%7, i, i, condition)
	}
	b.WriteString("]}")
	return b.String()
}

// BenchmarkParse reads a policy of 6 KB.
func BenchmarkParse(b *testing.B) {
	text := []byte(bucketPolicy(22))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	processor.Report(b)
	for b.Loop() {
		if _, err := iam.Parse(text, iam.ParseOptions{Type: iam.ResourcePolicy}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWhoCan asks who may write, of a bucket policy with twenty statements.
func BenchmarkWhoCan(b *testing.B) {
	q := iam.WhoCanQuestion{
		Action: "s3:PutObject", Resource: "arn:aws:s3:::trail/p3/x", ResourceAccount: "111111111111",
		Policies: iam.Policies{Resource: mustParse(b, iam.ResourcePolicy, bucketPolicy(20))},
	}
	b.ReportAllocs()
	processor.Report(b)
	for b.Loop() {
		if len(iam.WhoCan(q)) == 0 {
			b.Fatal("nobody")
		}
	}
}

// BenchmarkWhoCanAll is BenchmarkWhoCan for a prefix that every statement covers.
func BenchmarkWhoCanAll(b *testing.B) {
	q := iam.WhoCanQuestion{
		Action: "s3:PutObject", Resource: "arn:aws:s3:::trail/shared/x", ResourceAccount: "111111111111",
		Policies: iam.Policies{Resource: mustParse(b, iam.ResourcePolicy, bucketPolicy(20))},
	}
	b.ReportAllocs()
	processor.Report(b)
	for b.Loop() {
		if len(iam.WhoCan(q)) == 0 {
			b.Fatal("nobody")
		}
	}
}

// BenchmarkPattern shows that a hostile pattern's time grows in proportion to the key.
func BenchmarkPattern(b *testing.B) {
	p := &iam.Policies{Identity: []*iam.Policy{mustParse(b, iam.IdentityPolicy,
		`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::b/*a*a*a*a*b"}}`)}}
	for _, n := range []int{64, 256, 1024, 4096} {
		b.Run(fmt.Sprintf("key=%d", n), func(b *testing.B) {
			req := iam.Request{
				Principal: "arn:aws:iam::111111111111:role/r", Action: "s3:GetObject",
				Resource: "arn:aws:s3:::b/" + strings.Repeat("a", n), ResourceAccount: "111111111111",
			}
			processor.Report(b)
			for b.Loop() {
				if iam.Evaluate(&req, p) != iam.No {
					b.Fatal("wrong verdict")
				}
			}
		})
	}
}

// wildcardPolicy has n statements full of wildcards and conditions on unknown keys.
func wildcardPolicy(n int) string {
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Statement":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		effect := "Allow"
		if i%2 == 1 {
			effect = "Deny"
		}
		fmt.Fprintf(&b, `{"Effect":"%s","Action":"s3:*","Resource":"arn:aws:s3:::b/*%c*%c*","Condition":{"StringLike":{"aws:k%d":["*%c*%c*","%c*"]},`+
			`"StringNotLike":{"aws:k%d":"*%c%c*"}}}`, effect, 'a'+i%26, 'a'+i%7, i%9, 'a'+i%11, 'a'+i%5, 'a'+i%13, (i+1)%9, 'a'+i%3, 'a'+i%17)
	}
	b.WriteString("]}")
	return b.String()
}

// BenchmarkHostilePolicy shows that the search for a decision is bounded: the largest policy has 20 KB,
// nine unknown keys, and asks about a whole set.
func BenchmarkHostilePolicy(b *testing.B) {
	for _, n := range []int{10, 30, 130} {
		text := wildcardPolicy(n)
		b.Run(fmt.Sprintf("bytes=%d", len(text)), func(b *testing.B) {
			p := &iam.Policies{Identity: []*iam.Policy{mustParse(b, iam.IdentityPolicy, text)}}
			req := iam.Request{
				Principal: "arn:aws:iam::111111111111:role/r", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*",
				ResourceAccount: "111111111111", OthersUnknown: true,
			}
			processor.Report(b)
			for b.Loop() {
				iam.Explain(&req, p)
			}
		})
	}
}
