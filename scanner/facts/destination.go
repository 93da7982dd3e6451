package facts

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// The forms of an S3 endpoint's bucket field.
const (
	formBucket      = "bucket"
	formAlias       = "access_point_alias"
	formAccessPoint = "access_point_arn"
	formMultiRegion = "multi_region_access_point"
	formDirectory   = "directory_bucket"
	formInvalid     = "invalid"
)

// bucketForm recognises the form of the bucket field. S3 reserves the suffixes
// of aliases and directory buckets, so that a name without one is a bucket's.
func (e *export) bucketForm() string {
	if e.cfg.Endpoint.Type != scanner.EndpointS3 {
		return ""
	}
	name := e.cfg.Endpoint.Bucket
	switch {
	case strings.HasPrefix(name, "arn:"):
		return arnForm(name)
	case strings.HasSuffix(name, ".mrap"):
		return formMultiRegion
	case strings.HasSuffix(name, "--x-s3"), strings.HasSuffix(name, "--xa-s3"):
		return formDirectory
	case strings.HasSuffix(name, "-s3alias"), strings.HasSuffix(name, "--ol-s3"):
		return formAlias
	case !validBucketName(name), strings.HasSuffix(name, "--table-s3"):
		return formInvalid
	}
	if doc, ok := e.bucketDocument(); ok && doc.AccessPointAlias {
		return formAlias
	}
	return formBucket
}

func arnForm(text string) string {
	arn, ok := iam.ParseARN(text)
	if !ok || !strings.HasPrefix(arn.Resource, "accesspoint") {
		return formInvalid
	}
	if strings.HasSuffix(text, ".mrap") {
		return formMultiRegion
	}
	return formAccessPoint
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

// findBucketARN takes the bucket's ARN from what was collected about it, else
// puts it together in the partition of the role, the user or the region.
func (e *export) findBucketARN() string {
	if e.form != formBucket {
		return ""
	}
	suffix := ":s3:::" + e.cfg.Endpoint.Bucket
	for i := range e.record.Evidence {
		if ev := &e.record.Evidence[i]; ev.Kind == document.KindBucket && strings.HasSuffix(ev.Resource, suffix) {
			return ev.Resource
		}
	}
	for i := range e.record.Gaps {
		if g := &e.record.Gaps[i]; g.Kind == document.KindBucket && strings.HasSuffix(g.Resource, suffix) {
			return g.Resource
		}
	}
	return "arn:" + e.partition() + suffix
}

func (e *export) partition() string {
	for _, arn := range []string{e.cfg.Endpoint.RoleARN, e.cfg.Endpoint.UserARN, e.hint.UserARN} {
		if p := parseARN(arn); p.Partition != "" {
			return p.Partition
		}
	}
	region := e.cfg.Endpoint.Region
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	case strings.HasPrefix(region, "eusc-"):
		return "aws-eusc"
	default:
		return "aws"
	}
}

// target is the set of objects that the export may write.
func (e *export) target() string { return e.bucketARN + "/" + e.cfg.Prefix() + "*" }

// parseARN takes an ARN apart; all parts are empty where a text is none.
func parseARN(text string) iam.ARN {
	parts, _ := iam.ParseARN(text)
	return parts
}
