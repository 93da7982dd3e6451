package document

import (
	"fmt"
	"strings"
)

// The most that AWS stores of a document, in bytes. White space does not count,
// as in IAM. The limits of policies are AWS's quotas at their highest. Those of
// other texts follow from what their elements can hold.
const (
	kb = 1024
	// noLimit is for texts that AWS does not write, and for kinds without a
	// document.
	noLimit      = -1
	settingLimit = 16 * kb   // a handful of values
	listLimit    = 64 * kb   // a hundred grants, a few hundred names
	ruleLimit    = 2048 * kb // a thousand rules; S3 documents 2 MB for replication
	// selectorLimit is 500 values of conditions or 250 resources, of 2 KB each.
	selectorLimit = 1024 * kb
	// identityLimit is a user with all that it can have: 20 managed policies, its
	// inline ones, and 10 groups with as much.
	identityLimit = (20*6 + 2 + 10*(20*6+5)) * kb
)

// generous is how many times its limit a document may have: quotas may be
// raised, and a character that takes several bytes counts once for AWS.
const generous = 4

// Excess says in a clause that a document is larger than any that AWS stores.
// It is empty for documents that may be AWS's. The name is that of its
// evidence.
func (k Kind) Excess(name, text string) string {
	r := table[k]
	limit := r.limit
	if r.inline > 0 && strings.Contains("/"+name, "/inline/") {
		limit = r.inline
	}
	if limit <= 0 || len(text) <= generous*limit { // avoids counting
		return ""
	}
	return excess("the "+k.Noun(), written(text), limit)
}

// ExcessTogether is Excess for the total size, in bytes, of all documents of a
// kind that one role, user or bucket has.
func (k Kind) ExcessTogether(size int) string {
	limit := table[k].together
	if limit == 0 {
		return ""
	}
	return excess("every "+k.Noun()+" together", size, limit)
}

func excess(what string, size, limit int) string {
	if size <= generous*limit {
		return ""
	}
	return fmt.Sprintf("%s is %d KB, %d times what AWS stores", what, size/kb, size/limit)
}

// written returns the number of bytes of a text without its white space.
func written(text string) int {
	n := len(text)
	for _, space := range []string{" ", "\t", "\r", "\n"} {
		n -= strings.Count(text, space)
	}
	return n
}

// Quotas of IAM that are below what texts are limited to above.
const (
	trustQuota       = 2048 // may be raised to 8,192
	roleInlineQuota  = 10240
	userInlineQuota  = 2048
	groupInlineQuota = 5120
)

// Fits says whether AWS stores a text as a document of the kind, and in a clause on what
// condition; empty: on none. The name is that of its evidence, and beside holds the
// texts of other inline policies of the same role, user or group.
func (k Kind) Fits(resource, name, text string, beside ...string) (fits bool, condition string) {
	size, limit := written(text), table[k].limit
	if strings.Contains("/"+name, "/inline/") {
		for _, other := range beside {
			size += written(other)
		}
		switch {
		case strings.HasPrefix(name, "group/"):
			limit = groupInlineQuota
		case strings.Contains(resource, ":user/"):
			limit = userInlineQuota
		default:
			limit = roleInlineQuota
		}
	}
	switch {
	case size > limit:
		return false, ""
	case k == KindTrustPolicy && size > trustQuota:
		return true, "IAM stores it only where the account's quota for trust policies is above 2,048 characters"
	case k.Subject() != SubjectWriter && len(text) > limit:
		return true, fmt.Sprintf("AWS stores %d KB of it: send it without its white space", limit/kb)
	}
	return true, ""
}
