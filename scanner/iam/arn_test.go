package iam_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/iam"
)

func TestParseARN(t *testing.T) {
	for text, want := range map[string]iam.ARN{
		"arn:aws:iam::111111111111:role/path/immuta": {Partition: "aws", Service: "iam", Account: "111111111111", Resource: "role/path/immuta"},
		"arn:aws-cn:s3:::trail/immuta/a:b":           {Partition: "aws-cn", Service: "s3", Resource: "trail/immuta/a:b"},
		"arn:aws:kms:us-east-1:111111111111:key/1":   {Partition: "aws", Service: "kms", Region: "us-east-1", Account: "111111111111", Resource: "key/1"},
		"arn:*:s3:::*": {Partition: "*", Service: "s3", Resource: "*"},
		"arn:::::":     {},
	} {
		got, ok := iam.ParseARN(text)
		if !ok || got != want {
			t.Errorf("ParseARN(%q) = %+v, %v; want %+v", text, got, ok, want)
		}
		if account := iam.AccountOf(text); account != want.Account {
			t.Errorf("AccountOf(%q) = %q, want %q", text, account, want.Account)
		}
	}
	for _, text := range []string{"", "*", "arn", "arn:aws:s3", "arn:aws:iam::111111111111", "ARN:aws:s3:::b", "aws:iam::111111111111:role/a", "111111111111"} {
		if got, ok := iam.ParseARN(text); ok || got != (iam.ARN{}) {
			t.Errorf("ParseARN(%q) = %+v, %v; want none", text, got, ok)
		}
		if account := iam.AccountOf(text); account != "" {
			t.Errorf("AccountOf(%q) = %q, want none", text, account)
		}
	}
}

func TestIsAccountID(t *testing.T) {
	for text, want := range map[string]bool{
		"111111111111": true, "012345678901": true,
		"": false, "11111111111": false, "1111111111111": false, "11111111111a": false, "١١١١١١": false, " 11111111111": false,
	} {
		if got := iam.IsAccountID(text); got != want {
			t.Errorf("IsAccountID(%q) = %v", text, got)
		}
	}
}
