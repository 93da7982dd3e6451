package identities_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/facts/internal/identities"
	"github.com/trailguard/trailguard/scanner/iam"
)

func TestDeleted(t *testing.T) {
	for value, want := range map[string]bool{
		"AROAEXAMPLEEXAMPLE001": true, "AIDAEXAMPLEEXAMPLE001": true,
		"111111111111": false, "arn:aws:iam::111111111111:role/AROAEXAMPLE": false, "AGPAEXAMPLE": false, "AROA": false, "AROAEXAMPLE:session": false,
	} {
		if got := identities.Deleted(&iam.Principal{Kind: iam.PrincipalAWS, Value: value}); got != want {
			t.Errorf("%s was deleted: %v, want %v", value, got, want)
		}
	}
	if identities.Deleted(&iam.Principal{Kind: iam.PrincipalFederated, Value: "AROAEXAMPLE"}) {
		t.Error("no identity provider is shown by an id")
	}
}
