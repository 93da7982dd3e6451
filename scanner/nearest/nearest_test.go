package nearest_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/nearest"
)

func TestName(t *testing.T) {
	names := []string{"tenants", "expect", "immutaAccounts", "ca", "external_id_required", "external_id_equals_configuration_id"}
	for misspelt, want := range map[string]string{
		"tenant": "tenants", "Expect": "expect", "imutaaccounts": "immutaAccounts", "cb": "ca", "waivers": "",
		strings.Repeat("tenants", 1000): "", "external_id_equal": "external_id_equals_configuration_id", "external_id": "external_id_required", "external_id_requird": "external_id_required",
	} {
		if got := nearest.Name(misspelt, names); got != want {
			t.Errorf("%q: got %q, want %q", misspelt, got, want)
		}
	}
}
