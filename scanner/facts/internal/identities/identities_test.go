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

// A status text names the session of a role, without the role's path.
func TestSame(t *testing.T) {
	const role = "arn:aws:iam::222222222222:role/service/immuta-audit"
	for expected, want := range map[string]bool{
		role: true,
		"arn:aws:sts::222222222222:assumed-role/immuta-audit/session":        true,
		"arn:aws:sts::222222222222:assumed-role/immuta/session":              false,
		"arn:aws:sts::333333333333:assumed-role/immuta-audit/session":        false,
		"arn:aws-us-gov:sts::222222222222:assumed-role/immuta-audit/session": false,
		"arn:aws:iam::222222222222:role/immuta-audit":                        false,
		"immuta-audit": false,
		"":             false,
	} {
		if got := identities.Same(expected, role); got != want {
			t.Errorf("Same(%q, %q) = %v", expected, role, got)
		}
	}
	if user := "arn:aws:iam::222222222222:user/immuta-audit"; identities.Same("arn:aws:sts::222222222222:assumed-role/immuta-audit/session", user) {
		t.Error("a session is of a role, never a user")
	}
}
