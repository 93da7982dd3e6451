package listing

import "testing"

func TestStatusTexts(t *testing.T) {
	const role = "arn:aws-us-gov:iam::111111111111:role/path/to/audit.role"
	const caller = "arn:aws-us-gov:sts::222222222222:assumed-role/immuta/session"
	whole := "Error testing access to S3 using AssumedRole " + role + " - User: " + caller + " is not authorized to perform: sts:AssumeRole on resource: " + role
	for _, test := range []struct{ status, role, caller string }{
		{whole, role, caller},
		{whole + " with an explicit deny in a resource-based policy", role, caller},
		{whole + ".", role, caller},
		{"User: " + caller + " is not authorized to perform: sts:AssumeRole on resource: " + role + ".", role, caller},
		{"User: " + caller + " is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b", "", ""},
		{"SUCCESS", "", ""},
		{"", "", ""},
	} {
		if gotRole, gotCaller := fromStatus(test.status); gotRole != test.role || gotCaller != test.caller {
			t.Errorf("%q: role %q, caller %q", test.status, gotRole, gotCaller)
		}
	}
}
