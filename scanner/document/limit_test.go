package document

import (
	"strings"
	"testing"
)

// A kind of AWS's without a limit would be one that may grow without bounds.
func TestEveryKindSaysItsLimit(t *testing.T) {
	for _, r := range rows() {
		ours := r.subject == SubjectTenant || r.subject == SubjectExport || r.subject == SubjectReader || r.kind == KindDelivery
		switch {
		case r.limit == 0:
			t.Errorf("%s says neither its limit nor that it has none", r.kind)
		case r.limit == noLimit && !ours:
			t.Errorf("%s comes from AWS and has no limit", r.kind)
		case r.policy != nil && r.kind != KindIdentityPolicies && r.limit > 32*kb:
			t.Errorf("%s is a policy, and AWS stores none of %d bytes", r.kind, r.limit)
		}
	}
}

func TestExcess(t *testing.T) {
	for _, tt := range []struct {
		kind Kind
		name string
		size int
		want string
	}{
		{KindBucketPolicy, "", 80 * kb, ""},
		{KindBucketPolicy, "", 200 * kb, "the bucket policy is 200 KB, 10 times what AWS stores"},
		{KindTrustPolicy, "", 32*kb + 1, "the trust policy is 32 KB, 4 times what AWS stores"},
		{KindIdentityPolicy, "inline/write", 40 * kb, ""},
		{KindIdentityPolicy, "group/writers/inline/write", 40 * kb, ""},
		{KindIdentityPolicy, "arn:aws:iam::111111111111:policy/write", 40 * kb, "the policy is 40 KB, 6 times what AWS stores"},
		{KindKeyPolicy, "", 129 * kb, "the key policy is 129 KB, 4 times what AWS stores"},
		{KindVersioning, "", 640 * kb, "the versioning is 640 KB, 40 times what AWS stores"},
		{KindTenant, "", 10240 * kb, ""},
		{"of_a_later_version", "", 10240 * kb, ""},
	} {
		if got := tt.kind.Excess(tt.name, strings.Repeat("x", tt.size)); got != tt.want {
			t.Errorf("%s %s of %d bytes: %q, want %q", tt.kind, tt.name, tt.size, got, tt.want)
		}
	}
	if got := KindTrustPolicy.Excess("", strings.Repeat("\t{}\n", 10*kb)); got != "" {
		t.Errorf("white space counts: %q", got)
	}
	if got := KindIdentityPolicy.ExcessTogether(16 * 1024 * kb); got != "every policy together is 16384 KB, 11 times what AWS stores" {
		t.Errorf("together: %q", got)
	}
}
