// Package destinations knows where exports write to, and which of a run's write
// to one place.
package destinations

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// The forms of an S3 endpoint's bucket field.
const (
	FormBucket      = "bucket"
	FormAlias       = "access_point_alias"
	FormAccessPoint = "access_point_arn"
	FormMultiRegion = "multi_region_access_point"
	FormDirectory   = "directory_bucket"
	FormInvalid     = "invalid"
)

// Form recognises the form of a bucket field. S3 reserves the suffixes of aliases
// and directory buckets, so that a name without one is a bucket's.
func Form(name string) string {
	switch {
	case strings.HasPrefix(name, "arn:"):
		return arnForm(name)
	case strings.HasSuffix(name, ".mrap"):
		return FormMultiRegion
	case strings.HasSuffix(name, "--x-s3"), strings.HasSuffix(name, "--xa-s3"):
		return FormDirectory
	case strings.HasSuffix(name, "-s3alias"), strings.HasSuffix(name, "--ol-s3"):
		return FormAlias
	case !validBucketName(name), strings.HasSuffix(name, "--table-s3"):
		return FormInvalid
	}
	return FormBucket
}

// Partition is that of a region.
func Partition(region string) string {
	for _, prefix := range []string{"cn-", "us-gov-", "eusc-"} {
		if strings.HasPrefix(region, prefix) {
			return "aws-" + strings.TrimSuffix(prefix, "-")
		}
	}
	return "aws"
}

func arnForm(text string) string {
	arn, ok := iam.ParseARN(text)
	if !ok || !strings.HasPrefix(arn.Resource, "accesspoint") {
		return FormInvalid
	}
	if strings.HasSuffix(text, ".mrap") {
		return FormMultiRegion
	}
	return FormAccessPoint
}

// validBucketName is S3's rule for names, with the wider one of old buckets in
// us-east-1: 3 to 255 of letters, digits, dot, hyphen and underscore.
func validBucketName(name string) bool {
	if len(name) < 3 || len(name) > 255 {
		return false
	}
	for _, c := range []byte(name) {
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
