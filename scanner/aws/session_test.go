package aws

import "testing"

// A reader that is the role already does not assume it: a role seldom may
// assume itself.
func TestIsSession(t *testing.T) {
	const caller = "arn:aws:sts::111111111111:assumed-role/trailguard-reader/job"
	for role, want := range map[string]bool{
		"arn:aws:iam::111111111111:role/trailguard-reader":         true,
		"arn:aws:iam::111111111111:role/audit/trailguard-reader":   true, // a session's ARN has no path
		"arn:aws:iam::222222222222:role/trailguard-reader":         false,
		"arn:aws-cn:iam::111111111111:role/trailguard-reader":      false,
		"arn:aws:iam::111111111111:role/trailguard-reader-of-kind": false,
		"arn:aws:iam::111111111111:role/job":                       false,
		"":                                                         false,
	} {
		if got := isSession(caller, role); got != want {
			t.Errorf("%s: %t", role, got)
		}
	}
	for _, other := range []string{"", "arn:aws:iam::111111111111:user/trailguard-reader", "arn:aws:iam::111111111111:role/trailguard-reader"} {
		if isSession(other, "arn:aws:iam::111111111111:role/trailguard-reader") {
			t.Errorf("%q is a session", other)
		}
	}
}
