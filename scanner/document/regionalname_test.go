package document_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/document"
)

func TestRegionalName(t *testing.T) {
	for name, want := range map[string][2]string{
		"audit-111122223333-eu-west-1-an":                      {"111122223333", "eu-west-1"},
		"a-b-111122223333-us-gov-east-1-an":                    {"111122223333", "us-gov-east-1"},
		"a-999999999999-b-111122223333-ap-southeast-12-an":     {"111122223333", "ap-southeast-12"},
		"a-111122223333-eusc-de-east-1-an":                     {"111122223333", "eusc-de-east-1"},
		"audit-111122223333-eu-west-1":                         {},
		"audit-11112222333-eu-west-1-an":                       {},
		"audit-1111222233334-eu-west-1-an":                     {},
		"111122223333-eu-west-1-an":                            {},
		"audit-111122223333-europe-an":                         {},
		"audit-111122223333-EU-west-1-an":                      {},
		"audit-111122223333-eu-west-1-an-s3alias":              {},
		strings.Repeat("x", 63) + "-111122223333-eu-west-1-an": {}, // longer than a new name may be
	} {
		account, region, ok := document.RegionalName(name)
		if [2]string{account, region} != want || ok != (want[0] != "") {
			t.Errorf("%s is of %q in %q, %v", name, account, region, ok)
		}
	}
}
