package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHealthyExports(t *testing.T) {
	drift := map[string]string{
		"configuration_drift": "not_applicable", "access_widened": "not_applicable",
		"access_lost": "not_applicable", "protection_drift": "not_applicable",
		"sas_token":    "not_applicable", // nobody declares the days of any
		"organization": "not_applicable", // nor an organization
	}
	tests := map[string]struct {
		world  *world
		differ map[string]string
	}{
		"role":                  {healthy(), map[string]string{"key_state": "not_applicable", "key_life": "not_applicable", "key_rotation": "not_applicable", "key_use": "not_applicable", "key_decrypt": "not_applicable", "writer_key": "not_applicable", "key_age": "not_applicable"}},
		"role and customer key": {withKey(), map[string]string{"writer_key": "not_applicable", "key_age": "not_applicable"}},
		"user": {withUser(), map[string]string{
			"key_state": "not_applicable", "key_life": "not_applicable", "key_rotation": "not_applicable", "key_use": "not_applicable", "key_decrypt": "not_applicable", "authentication": "bad",
			"external_id_accepted": "not_applicable", "external_id_bypass": "not_applicable", "trusted_principals": "not_applicable", "other_doors": "not_applicable", "role_use": "not_applicable",
		}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, in := tt.world.subject(t)
			want := map[string]string{}
			for fact := range good(&in) {
				want[fact] = "good"
			}
			for _, m := range []map[string]string{drift, tt.differ} {
				for fact, v := range m {
					want[fact] = v
				}
			}
			if diff := cmp.Diff(want, verdicts(t, s)); diff != "" {
				t.Errorf("verdicts (-want +got):\n%s", diff)
			}
			for fact, status := range s.Facts {
				if status.Because != "" && want[fact] == "unknown" || want[fact] == "good" && (len(status.Reasons) == 0 || len(status.Evidence) == 0 || status.Resource == "") {
					t.Errorf("%s lacks reasons, evidence or resource: %+v", fact, status)
				}
			}
		})
	}
}
