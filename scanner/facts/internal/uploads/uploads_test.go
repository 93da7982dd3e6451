package uploads_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/uploads"
)

func TestOfRequest(t *testing.T) {
	for key, want := range map[string]bool{
		"s3:x-amz-acl": true, "s3:x-amz-storage-class": true, "aws:SourceVpce": true, "AWS:SecureTransport": true, "aws:UserAgent": true,
		"aws:CurrentTime": true, "s3:authType": true,
		"aws:PrincipalArn": false, "aws:PrincipalOrgID": false, "aws:userid": false, "aws:username": false, "aws:ResourceAccount": false,
		"s3:ResourceAccount": false, "aws:MultiFactorAuthPresent": false,
	} {
		if got := uploads.OfRequest(key); got != want {
			t.Errorf("%s is of the request: %v, want %v", key, got, want)
		}
	}
}

func TestDemands(t *testing.T) {
	got := uploads.Demands(map[string][]string{
		"s3:x-amz-acl": {"bucket-owner-full-control"}, "s3:object-lock-mode": {"COMPLIANCE"}, "s3:RequestObjectTag/a": {},
		"s3:RequestObjectTagKeys": {"b"}, "s3:object-lock-legal-hold": {"ON"}, "aws:SourceVpce": {"vpce-1"},
	})
	want := []uploads.Demand{
		{Header: "s3:RequestObjectTagKeys", Action: "s3:PutObjectTagging"},
		{Header: "s3:object-lock-legal-hold", Action: "s3:PutObjectLegalHold"},
		{Header: "s3:object-lock-mode", Action: "s3:PutObjectRetention"},
		{Header: "s3:x-amz-acl", Action: "s3:PutObjectAcl"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("demands (-want +got):\n%s", diff)
	}
}

// A checksum that S3 makes itself shows nothing of who uploads.
func TestChecksummed(t *testing.T) {
	for algorithm, want := range map[string]bool{"CRC32": true, "SHA256": true, "MD5": true, "CRC64NVME": false, "": false, "LATER": false} {
		if got := uploads.Checksummed(&document.Object{Checksum: algorithm}); got != want {
			t.Errorf("%q was the uploader's: %v, want %v", algorithm, got, want)
		}
	}
	if uploads.Checksummed(nil) {
		t.Error("no object was uploaded with a checksum")
	}
}
