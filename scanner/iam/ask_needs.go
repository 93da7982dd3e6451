package iam

import (
	"slices"
	"strings"
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

// OutsideNeeds are those of the keys that decide an access which its caller, of another account,
// does not set: an access without any is certain.
func (a *Access) OutsideNeeds() []string {
	if a.Verdict == Yes {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(a.Needs), func(key string) bool {
		lower := strings.ToLower(key)
		prefixed := func(p string) bool { return strings.HasPrefix(lower, p) }
		return slices.Contains(callerKeys, lower) || slices.ContainsFunc(callerPrefixes, prefixed)
	})
}
