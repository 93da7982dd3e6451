package nearest_test

import (
	"testing"

	"github.com/trailguard/trailguard/scanner/nearest"
)

func TestName(t *testing.T) {
	names := []string{"tenants", "expect", "immutaAccounts", "ca"}
	for misspelt, want := range map[string]string{
		"tenant": "tenants", "Expect": "expect", "imutaaccounts": "immutaAccounts", "cb": "ca", "waivers": "",
	} {
		if got := nearest.Name(misspelt, names); got != want {
			t.Errorf("%q: got %q, want %q", misspelt, got, want)
		}
	}
}
