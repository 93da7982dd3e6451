package document

import (
	"regexp"
	"strings"
)

// regional is the spelling of buckets in the namespace of one account and region,
// which S3 has since March 2026 and reserves for that account.
var regional = regexp.MustCompile(`^.+-(\d{12})-([a-z]{2,}(?:-[a-z]+)+-\d+)-an$`)

// RegionalName takes apart the name of a bucket in an account's own namespace:
// nobody but that account can make one, and only in that region. A bucket of such
// a name that is older may be anybody's.
func RegionalName(bucket string) (account, region string, ok bool) {
	if len(bucket) > 63 || !strings.HasSuffix(bucket, "-an") { // most names spare the pattern
		return "", "", false
	}
	m := regional.FindStringSubmatch(bucket)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}
