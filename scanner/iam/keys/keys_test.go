package keys_test

import (
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/iam/keys"
)

func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"AWS:principalorgid":                "aws:PrincipalOrgID",
		"aws:PrincipalTag/team":             "aws:PrincipalTag/",
		"aws:PrincipalTag/a/b:c":            "aws:PrincipalTag/",
		"kms:EncryptionContext:aws:s3:arn":  "kms:EncryptionContext:aws:s3:arn",
		"kms:EncryptionContext:department":  "kms:EncryptionContext:",
		"aws:PrincipalTag/":                 "aws:PrincipalTag/",
		"aws:NoSuchKey":                     "",
		"token.actions.githubusercontent:x": "",
	} {
		got := ""
		if k := keys.Find(name); k != nil {
			got = k.Name
		}
		if got != want {
			t.Errorf("Find(%q) is %q, want %q", name, got, want)
		}
	}
}

// TestKinds spells out what the answers about an export rest on most.
func TestKinds(t *testing.T) {
	for _, tt := range []struct {
		key  string
		kind keys.Kind
		want keys.State
	}{
		{"aws:TokenIssueTime", keys.RoleUpload, keys.Now},
		{"aws:TokenIssueTime", keys.UserUpload, keys.Absent},
		{"aws:TokenIssueTime", keys.RoleKeyUse, keys.Now},
		{"aws:TokenIssueTime", keys.UserKeyUse, keys.Open}, // S3 passes on what it makes of the user's key
		{"aws:TokenIssueTime", keys.Assume, keys.Open},     // a user of Immuta's account or a role
		{"aws:username", keys.RoleUpload, keys.Absent},
		{"aws:username", keys.UserKeyUse, keys.Given},
		{"aws:SourceAccount", keys.Assume, keys.Absent},
		{"aws:SourceAccount", keys.Signed, keys.Absent},
		{"aws:SourceAccount", keys.Service, keys.Open},
		{"aws:CalledVia", keys.Signed, keys.Open},
		{"aws:MultiFactorAuthPresent", keys.RoleUpload, keys.OneOf},
		{"aws:MultiFactorAuthAge", keys.RoleUpload, keys.Absent},
		{"aws:SourceIp", keys.RoleKeyUse, keys.Open},
		{"s3:x-amz-acl", keys.RoleUpload, keys.OneOf},
		{"s3:x-amz-acl", keys.RoleKeyUse, keys.Absent},
		{"s3:x-amz-acl", keys.Signed, keys.Open},
		{"s3:x-amz-server-side-encryption-customer-algorithm", keys.UserUpload, keys.Absent},
		{"kms:ViaService", keys.RoleUpload, keys.Absent},
		{"sts:ExternalId", keys.Service, keys.Absent},
		{"acme:Key", keys.RoleUpload, keys.Open},
	} {
		if got := keys.In(tt.kind, strings.ToLower(tt.key)).State; got != tt.want {
			t.Errorf("%s in a request of kind %d is %d, want %d", tt.key, tt.kind, got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range keys.All() {
		if lower := strings.ToLower(k.Name); seen[lower] {
			t.Errorf("%s stands twice", k.Name)
		} else {
			seen[lower] = true
		}
		open := false
		for kind := keys.RoleUpload; kind <= keys.Assume; kind++ {
			open = open || k.DeclaredIn(kind)
		}
		if k.Declared && !open {
			t.Errorf("%s may be declared and is open in no request of Immuta's", k.Name)
		}
	}
}
