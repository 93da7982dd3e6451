// Package uploads knows what S3 asks of an upload besides the consent of the
// policies, and what of a request a Deny can go by. It reads no document and
// asks no policy.
package uploads

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// ACLKey is the canned ACL of an upload.
const ACLKey = "s3:x-amz-acl"

// FullControl is the one ACL that S3 takes under BucketOwnerEnforced.
const FullControl = "bucket-owner-full-control"

// checksums are the algorithms that only whoever uploads chooses: S3 itself makes
// CRC64NVME where an upload brings none.
var checksums = []string{"CRC32", "CRC32C", "SHA1", "SHA256", "SHA512", "MD5", "XXHASH64", "XXHASH3", "XXHASH128"}

// Checksummed says that an object was certainly uploaded with a checksum.
func Checksummed(o *document.Object) bool { return o != nil && slices.Contains(checksums, o.Checksum) }

// Demand is an action that S3 wants allowed besides s3:PutObject, for what an
// upload holds.
type Demand struct{ Header, Action string }

// Demands are those for what is declared of the uploads, sorted. A key without
// values is one that they never have.
func Demands(declared map[string][]string) []Demand {
	var out []Demand
	for _, header := range slices.Sorted(maps.Keys(declared)) {
		if action := demanded(header); action != "" && len(declared[header]) > 0 {
			out = append(out, Demand{header, action})
		}
	}
	return out
}

func demanded(header string) string {
	switch lower := strings.ToLower(header); {
	case lower == ACLKey:
		return "s3:PutObjectAcl"
	case strings.HasPrefix(lower, "s3:requestobjecttag"):
		return "s3:PutObjectTagging"
	case lower == "s3:object-lock-mode", lower == "s3:object-lock-retain-until-date":
		return "s3:PutObjectRetention"
	case lower == "s3:object-lock-legal-hold":
		return "s3:PutObjectLegalHold"
	}
	return ""
}

// identity begins the names of the keys that tell who asks. A Deny that goes by
// them alone refuses the writer, whatever it sends and whencever.
var identity = []string{"aws:principal", "aws:user", "aws:tokenissuetime", "aws:multifactorauth", "aws:federatedprovider", "aws:sourceidentity"}

// OfRequest says that a condition key tells what a request holds, or whence and
// when it comes, and not who makes it or what of.
func OfRequest(key string) bool {
	lower := strings.ToLower(key)
	of := func(prefix string) bool { return strings.HasPrefix(lower, prefix) }
	return lower == "aws:useragent" || !slices.ContainsFunc(identity, of) && !of("aws:resource") && lower != "s3:resourceaccount"
}
