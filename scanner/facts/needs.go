package facts

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// callerKeys are the condition keys that a caller of another account sets as
// it likes, itself or with what it administers: a statement that demands one
// of them keeps nobody out. A value that no caller could have has already been
// ruled out where the access was found.
var callerKeys = []string{
	"aws:securetransport", "aws:useragent", "aws:referer", "aws:requestedregion", "aws:tagkeys",
	"aws:principalarn", "aws:principaltype", "aws:multifactorauthpresent", "aws:multifactorauthage",
	"s3:authtype", "s3:signatureversion", "s3:signatureage", "s3:tlsversion", "s3:if-match", "s3:if-none-match",
	"s3:versionid", "s3:objectcreationoperation",
	"sts:rolesessionname", "sts:sourceidentity", "sts:transitivetagkeys", "sts:durationseconds",
}

var callerPrefixes = []string{"s3:x-amz-", "s3:requestobjecttag", "aws:requesttag/", "aws:principaltag/"}

// othersNeeds are those of the keys that decide an access which its caller
// does not set: an access without any is certain.
func othersNeeds(a *iam.Access) []string {
	if a.Verdict == iam.Yes {
		return nil
	}
	var out []string
	for _, key := range a.Needs {
		lower := strings.ToLower(key)
		prefixed := func(p string) bool { return strings.HasPrefix(lower, p) }
		if !slices.Contains(callerKeys, lower) && !slices.ContainsFunc(callerPrefixes, prefixed) {
			out = append(out, key)
		}
	}
	return out
}
