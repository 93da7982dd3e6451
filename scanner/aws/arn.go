package aws

import (
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// arn is an ARN in its parts. The name avoids the SDK's package iam.
type arn = iam.ARN

// parseARN splits an ARN. All parts are empty where a text is not one.
func parseARN(text string) arn {
	a, _ := iam.ParseARN(text)
	return a
}

// principalName returns the bare name of an IAM role or user, which the API
// takes instead of its ARN. It is empty where the ARN is not of that type
// ("role", "user").
func principalName(a arn, kind string) string {
	path, ok := strings.CutPrefix(a.Resource, kind+"/")
	if a.Partition == "" || a.Service != "iam" || !iam.IsAccountID(a.Account) || !ok {
		return ""
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

var bucketPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{3,255}$`)

// plainBucket reports whether a bucket field holds a bucket's name, and not an
// alias or ARN of an access point, a directory bucket or nothing at all.
func plainBucket(text string) bool {
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(text, suffix) {
			return false
		}
	}
	return bucketPattern.MatchString(text)
}
