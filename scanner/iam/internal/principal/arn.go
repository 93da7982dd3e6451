package principal

import "strings"

// ARN is an Amazon Resource Name in its parts, "arn:partition:service:region:account:resource".
// Region and account are empty where the service has none.
type ARN struct {
	Partition string // "aws", "aws-cn"
	Service   string // "iam", "s3"
	Region    string
	Account   string
	Resource  string // everything after the fifth colon, further colons included
}

// ParseARN splits an ARN. It requires "arn" and six parts, but does not check their content: each
// part may be empty or a wildcard. For any other text ok is false and the ARN is zero.
func ParseARN(text string) (a ARN, ok bool) {
	rest, ok := strings.CutPrefix(text, "arn:")
	if !ok {
		return ARN{}, false
	}
	for _, part := range []*string{&a.Partition, &a.Service, &a.Region, &a.Account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, false
		}
	}
	a.Resource = rest
	return a, true
}

// AccountOf returns the account part of an ARN as written, and "" for any other text.
func AccountOf(arn string) string {
	a, _ := ParseARN(arn)
	return a.Account
}

// IsAccountID reports whether a text is an account id: twelve digits.
func IsAccountID(text string) bool {
	if len(text) != 12 {
		return false
	}
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return true
}

// PartitionOf returns the partition of a resource, and "aws" where it holds none.
func PartitionOf(resource string) string {
	if a, ok := ParseARN(resource); ok && a.Partition != "" && a.Partition != "*" {
		return a.Partition
	}
	return "aws"
}
