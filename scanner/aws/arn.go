package aws

import (
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// arn goes by a name of its own beside the SDK's package iam.
type arn = iam.ARN

// parseARN takes an ARN apart; all parts are empty where a text is none.
func parseARN(text string) arn {
	a, _ := iam.ParseARN(text)
	return a
}

// principalName is the bare name of an IAM role or user, which the API takes
// instead of its ARN; empty where the ARN is not of that type ("role", "user").
func principalName(a arn, kind string) string {
	path, ok := strings.CutPrefix(a.Resource, kind+"/")
	if a.Partition == "" || a.Service != "iam" || !iam.IsAccountID(a.Account) || !ok {
		return ""
	}
	return path[strings.LastIndexByte(path, '/')+1:]
}

// defaultPartition is where everything is that says nothing else.
const defaultPartition = "aws"

// partitionOf returns the partition of a region, by the prefixes that AWS uses.
func partitionOf(region string) string {
	for _, p := range partitions() {
		for _, prefix := range p.prefixes {
			if strings.HasPrefix(region, prefix) {
				return p.name
			}
		}
	}
	return defaultPartition
}

// homeRegion is the region that is asked first in a partition; empty where the
// partition is not known.
func homeRegion(partition string) string {
	for _, p := range partitions() {
		if p.name == partition {
			return p.home
		}
	}
	if partition == defaultPartition {
		return "us-east-1"
	}
	return ""
}

type partition struct {
	name, home string
	prefixes   []string
}

// partitions are AWS's, but for the one that everything else belongs to.
func partitions() []partition {
	return []partition{
		{"aws-cn", "cn-north-1", []string{"cn-"}},
		{"aws-us-gov", "us-gov-west-1", []string{"us-gov-"}},
		{"aws-eusc", "eusc-de-east-1", []string{"eusc-"}},
		{"aws-iso-b", "us-isob-east-1", []string{"us-isob-"}},
		{"aws-iso-e", "eu-isoe-west-1", []string{"eu-isoe-"}},
		{"aws-iso-f", "us-isof-south-1", []string{"us-isof-"}},
		{"aws-iso", "us-iso-east-1", []string{"us-iso-"}},
	}
}

var (
	regionPattern = regexp.MustCompile(`^[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$`)
	bucketPattern = regexp.MustCompile(`^[A-Za-z0-9._-]{3,255}$`)
)

// isRegion says whether a text may become part of a host name.
func isRegion(text string) bool { return regionPattern.MatchString(text) }

// plainBucket says whether a bucket field is a bucket's name, and not an alias
// or ARN of an access point, a directory bucket or nothing at all.
func plainBucket(text string) bool {
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(text, suffix) {
			return false
		}
	}
	return bucketPattern.MatchString(text)
}
