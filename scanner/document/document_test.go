package document_test

import (
	"encoding/json"
	"testing"

	"github.com/trailguard/trailguard/scanner/document"
)

func TestTextsThatAreNoAnswer(t *testing.T) {
	type validated interface{ Valid() bool }
	for text, into := range map[string]validated{
		`{"Region":"eu-west-1"}`:           &document.Bucket{},
		`{"Rules":[]}`:                     &document.Encryption{},
		`{"OwnershipControls":null}`:       &document.Ownership{},
		`{"Owner":{"ID":"a"}}`:             &document.ACL{},
		`{"Objects":1,"Complete":true}`:    &document.Delivery{},
		`{"Boundary":"arn:aws:iam::1:p"}`:  &document.IdentityPolicies{},
		`{"Group":{}}`:                     &document.Principal{},
		`{"KeyMetadata":{"Enabled":true}}`: &document.Key{},
		`{"BlockPublicAcls":true}`:         &document.PublicAccessBlock{},
	} {
		if err := json.Unmarshal([]byte(text), into); err != nil || into.Valid() {
			t.Errorf("%T of %s is valid, %v", into, text, err)
		}
	}
}

func TestLifecycleReaches(t *testing.T) {
	rule := func(prefix string) string { return `{"Status":"Enabled","Filter":{"Prefix":"` + prefix + `"}}` }
	for _, tt := range []struct {
		rule, prefix string
		want         bool
	}{
		{rule(""), "finance/", true},
		{rule("finance/"), "finance/", true},
		{rule("finance"), "finance/", true},
		{rule("finance/2026/"), "finance/", true},
		{rule("finance-old/"), "finance/", false}, // a neighbour's
		{rule("hr/"), "finance/", false},
		{rule("hr/"), "", true}, // an export to the whole bucket
		{`{"Status":"Enabled","Prefix":"finance-old/"}`, "finance/", false},
		{`{"Status":"Enabled","Prefix":"finance/"}`, "finance/", true},
		{`{"Status":"Enabled","Filter":{"And":{"Prefix":"hr/","Tags":[{"Key":"a","Value":"b"}]}}}`, "finance/", false},
		{`{"Status":"Enabled","Filter":{"Tag":{"Key":"a","Value":"b"}}}`, "finance/", true},
		{`{"Status":"Disabled","Filter":{"Prefix":""}}`, "finance/", false},
	} {
		var r document.LifecycleRule
		if err := json.Unmarshal([]byte(tt.rule), &r); err != nil {
			t.Fatal(err)
		}
		if got := r.Reaches(tt.prefix); got != tt.want {
			t.Errorf("%s reaches %q: %t", tt.rule, tt.prefix, got)
		}
	}
}
