package iam_test

import (
	"errors"
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

func ExampleParse() {
	_, err := iam.Parse([]byte(`{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "action": "s3:GetObject", "Resource": "*"}
}`), iam.ParseOptions{Name: "inline policy read"})
	var refused *iam.ParseError
	if errors.As(err, &refused) {
		fmt.Printf("line %d, column %d: %s\n", refused.Line, refused.Column, refused.Message)
	}
	// Output:
	// line 3, column 36: unknown element "action": names are case-sensitive, write "Action"
}

func ExampleEvaluate() {
	p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":
		{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::trail/immuta/*"}}`), iam.ParseOptions{Name: "inline policy write"})
	if err != nil {
		fmt.Println(err)
		return
	}
	req := &iam.Request{
		Principal: "arn:aws:iam::111111111111:role/immuta", Action: "s3:PutObject",
		Resource: "arn:aws:s3:::trail/immuta/*", ResourceAccount: "111111111111", // every key under the path
	}
	policies := &iam.Policies{Identity: []*iam.Policy{p}}
	fmt.Println(iam.Evaluate(req, policies))
	req.Resource = "arn:aws:s3:::trail/*" // every key of the bucket
	fmt.Println(iam.Evaluate(req, policies))
	// Output:
	// yes
	// depends
}

func ExampleExplain() {
	trust, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":
		{"Sid":"Immuta","Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole",
		 "Condition":{"StringEquals":{"sts:ExternalId":"259fc41c"}}}}`), iam.ParseOptions{Name: "trust policy", Type: iam.TrustPolicy})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := iam.Explain(&iam.Request{
		Principal: "arn:aws:iam::222222222222:role/exporter", Action: "sts:AssumeRole",
		Resource: "arn:aws:iam::111111111111:role/trail", Unknown: []string{"sts:ExternalId"},
	}, &iam.Policies{Identity: []*iam.Policy{iam.AllowAll("identity policies")}, Resource: trust})
	fmt.Println(a.Verdict, a.Needs)
	fmt.Println("allowed with", a.WitnessAllow.Context)
	fmt.Println("denied with", a.WitnessDeny.Context)
	// Output:
	// depends [sts:ExternalId]
	// allowed with map[sts:ExternalId:[259fc41c]]
	// denied with map[]
}

func ExampleWhoCanAssume() {
	trust, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":
		{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole",
		 "Condition":{"StringEquals":{"sts:ExternalId":["current","stale"]}}}}`), iam.ParseOptions{Name: "trust policy", Type: iam.TrustPolicy})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range iam.WhoCanAssume(trust, iam.AssumeQuestion{
		RoleARN: "arn:aws:iam::111111111111:role/trail", KnownExternalIDs: []string{"current"},
	}) {
		fmt.Println(a.Principal.Kind, a.Principal.Value, a.Verdict, a.Witness.Context["sts:ExternalId"])
	}
	// Output:
	// account 222222222222 yes [stale]
}

func ExampleWhoCan() {
	bucket, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::trail/*",
		 "Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-example"}}}]}`), iam.ParseOptions{Name: "bucket policy", Type: iam.ResourcePolicy})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range iam.WhoCan(iam.WhoCanQuestion{
		Action: "s3:PutObject", Resource: "arn:aws:s3:::trail/immuta/*", ResourceAccount: "111111111111",
		Policies: iam.Policies{Resource: bucket},
	}) {
		fmt.Println(a.Principal.Kind, a.Principal.Value, a.Verdict, strings.Join(a.Needs, " "))
	}
	// Output:
	// any-account * depends aws:PrincipalOrgID
	// account 111111111111 yes
}

func ExampleComparePolicies() {
	parse := func(resource string) *iam.Policy {
		p, err := iam.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"`+resource+`"}}`), iam.ParseOptions{})
		if err != nil {
			fmt.Println(err)
		}
		return p
	}
	c := iam.ComparePolicies(parse("arn:aws:s3:::trail/immuta/*"), parse("arn:aws:s3:::trail/*"), iam.CompareOptions{Type: iam.IdentityPolicy})
	fmt.Println(c.Change, c.Widened.Action, c.Widened.Resource)
	// Output:
	// widened s3:PutObject arn:aws:s3:::trail/
}
