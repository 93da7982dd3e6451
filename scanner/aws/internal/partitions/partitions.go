// Package partitions knows AWS's partitions by their regions.
package partitions

import (
	"regexp"
	"strings"
)

// Default is the partition of anything that names no other.
const Default = "aws"

// Of returns the partition of a region, by the prefixes that AWS uses.
func Of(region string) string {
	for _, p := range all() {
		for _, prefix := range p.prefixes {
			if strings.HasPrefix(region, prefix) {
				return p.name
			}
		}
	}
	return Default
}

// Home returns the region that is asked first in a partition. It is empty where
// the partition is not known.
func Home(name string) string {
	for _, p := range all() {
		if p.name == name {
			return p.home
		}
	}
	if name == Default {
		return "us-east-1"
	}
	return ""
}

type partition struct {
	name, home string
	prefixes   []string
}

// all lists AWS's partitions, except for the default.
func all() []partition {
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

var regionPattern = regexp.MustCompile(`^[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}$`)

// IsRegion reports whether a text may become part of a host name.
func IsRegion(text string) bool { return regionPattern.MatchString(text) }
