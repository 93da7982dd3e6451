package scanner_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func TestEvidencePath(t *testing.T) {
	tests := []struct {
		kind           document.Kind
		resource, name string
		want           string
	}{
		{document.KindConfiguration, "https://acme.example#259f-41c", "", "acme/immuta/259f-41c.json"},
		{document.KindConfiguration, "https://acme.example#tenant", "", "acme/immuta/%74enant.json"},
		{document.KindConfiguration, "https://acme.example#..", "", "acme/immuta/%2E%2E.json"},
		{document.KindTenant, "https://acme.example", "", "acme/immuta/tenant.json"},
		{document.KindBucketPolicy, "arn:aws:s3:::audit.logs-1", "", "acme/s3/audit.logs-1/policy.json"},
		{document.KindBucketPolicy, "arn:aws-cn:s3:::audit", "", "acme/aws-cn/s3/audit/policy.json"},
		{document.KindAccountAccessBlock, "arn:aws:s3:::account/111111111111", "", "acme/s3/account%2F111111111111/public-access-block.json"},
		{document.KindDelivery, "arn:aws:s3:::audit/", "", "acme/s3/audit/delivery.json"},
		{document.KindDelivery, "arn:aws:s3:::audit/immuta/logs", "", "acme/s3/audit/delivery/immuta%2Flogs.json"},
		{document.KindTrustPolicy, "arn:aws:iam::111111111111:role/Immuta", "", "acme/iam/111111111111/role/Immuta/trust-policy.json"},
		{document.KindRole, "arn:aws:iam::111111111111:role/svc/Immuta", "", "acme/iam/111111111111/role/svc%2FImmuta/role.json"},
		{
			document.KindIdentityPolicy, "arn:aws:iam::111111111111:user/u", "inline/write",
			"acme/iam/111111111111/user/u/policies/inline%2Fwrite.json",
		},
		{document.KindKeyPolicy, "arn:aws:kms:us-east-1:111111111111:key/mrk-1", "", "acme/kms/111111111111/us-east-1/mrk-1/key-policy.json"},
		{document.KindConfiguration, "https://acme.example#ID-b", "", "acme/immuta/%49%44-b.json"},
		{document.KindDelivery, "arn:aws:s3:::audit/Finance", "", "acme/s3/audit/delivery/%46inance.json"},
		{document.KindBucketPolicy, "arn:aws:s3:::aux", "", "acme/s3/%61ux/policy.json"},
		{document.KindBucketPolicy, "arn:aws:s3:::con.logs", "", "acme/s3/%63on.logs/policy.json"},
		{document.KindRole, "arn:aws:iam::111111111111:role/Lpt1", "", "acme/iam/111111111111/role/%4Cpt1/role.json"},
		{document.KindRole, "arn:aws:iam::111111111111:role/console", "", "acme/iam/111111111111/role/console/role.json"},
		{document.Kind("new"), "something: else", "", "acme/other/something%3A%20else/new.json"},
	}
	for _, tt := range tests {
		e := scanner.Evidence{Kind: tt.kind, Resource: tt.resource, Name: tt.name}
		if got := scanner.EvidencePath("acme", &e); got != tt.want {
			t.Errorf("path of %s of %s is %s, want %s", tt.kind, tt.resource, got, tt.want)
		}
	}
}

func TestEvidencePathStaysInItsFolder(t *testing.T) {
	long := strings.Repeat("é/", 600)
	names := []string{"", ".", "..", "../../etc/passwd", "a:b", `a\b`, "-rf", "a.", long, long + "x", "%", "\x00", "nul", "AUX.x", "a ", "A", "a"}
	seen := map[string]string{}
	device := regexp.MustCompile(`^(?i:con|prn|aux|nul|com\d|lpt\d)(\.|$)|[. ]$`)
	for _, name := range names {
		for _, e := range []scanner.Evidence{
			{Kind: document.KindConfiguration, Resource: "https://acme.example#" + name},
			{Kind: document.KindBucketPolicy, Resource: "arn:aws:s3:::" + strings.ReplaceAll(name, "/", ".")},
			{Kind: document.KindDelivery, Resource: "arn:aws:s3:::audit/" + name},
			{Kind: document.KindRole, Resource: "arn:aws:iam::111111111111:role/" + name},
			{Kind: document.KindIdentityPolicy, Resource: "arn:aws:iam::111111111111:role/r", Name: "inline/" + name},
		} {
			path := scanner.EvidencePath("t:"+name, &e)
			if other, ok := seen[path]; ok {
				t.Errorf("%q and %q share the path %s", other, e.Ref(), path)
			}
			seen[path] = e.Ref()
			for _, part := range strings.Split(path, "/") {
				if device.MatchString(part) {
					t.Errorf("Windows has no file %q of %q", part, e.Ref())
				}
				if part == "" || part == "." || part == ".." || len(part) > 200 || strings.ContainsAny(part, ":\\\x00") {
					t.Errorf("path %q of %q has the part %q", path, e.Ref(), part)
				}
			}
		}
	}
}
