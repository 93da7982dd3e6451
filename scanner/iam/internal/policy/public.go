package policy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// isPublic reports whether a statement of the document passes S3's test of a public policy.
func (p *Document) isPublic() bool {
	for i := range p.Statements {
		if p.Statements[i].IsPublic() {
			return true
		}
	}
	return false
}

// IsPublic reports whether a statement allows everybody and limits them to no fixed value.
func (s *Statement) IsPublic() bool {
	if s.Deny || !namesEverybody(s) {
		return false
	}
	for i := range s.Conditions {
		if bindsCaller(&s.Conditions[i]) {
			return false
		}
	}
	return true
}

// namesEverybody reports whether a statement names no one in particular. An identity provider
// stands for all of its users.
func namesEverybody(s *Statement) bool {
	return s.NotPrincipal || slices.ContainsFunc(s.Principals, func(p principal.Entry) bool {
		return p.Form == principal.FormAnyone || p.Kind == principal.Federated
	})
}

// bindsCaller reports whether a condition limits a statement to fixed values of a trusted key.
// Operators that pass when the key is absent limit nobody.
func bindsCaller(c *Condition) bool {
	if c.Negated || c.IfExists || c.Qualifier == condition.ForAllValues || len(c.Values) == 0 {
		return false
	}
	switch c.Kind {
	case condition.StringEquals, condition.StringEqualsIgnoreCase, condition.StringLike, condition.ARN, condition.IP:
	case condition.Numeric, condition.Date, condition.Bool, condition.Binary, condition.Null:
		return false
	}
	for i := range c.Values {
		if !fixedValue(c, &c.Values[i]) {
			return false
		}
	}
	return true
}

func fixedValue(c *Condition, v *condition.Value) bool {
	fixed := !strings.ContainsAny(v.Raw, "*?") && !strings.Contains(v.Raw, "${")
	switch c.Key {
	case "aws:principalorgid", "aws:principalarn", "aws:principalaccount", "aws:principalorgpaths",
		"aws:principalservicename", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce",
		"aws:sourceowner", "aws:sourceaccount", "s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id":
		return fixed
	case "aws:userid":
		role, _, session := strings.Cut(v.Raw, ":")
		return fixed && (!session || !strings.HasPrefix(role, "AROA"))
	case "s3:dataaccesspointarn":
		// The access point's name may be open if its account is fixed.
		a, ok := principal.ParseARN(v.Raw)
		return ok && principal.IsAccountID(a.Account) && !strings.Contains(v.Raw, "${")
	case "aws:sourceip":
		return fixed && narrowRange(v.Raw)
	}
	return false
}

// privateRanges are those of RFC 1918. S3 counts no range within them as wide.
func privateRanges() [3]netip.Prefix {
	return [...]netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	}
}

func narrowRange(s string) bool {
	p, ok := condition.ParsePrefix(s)
	if !ok {
		return false
	}
	if !p.Addr().Is4() {
		return p.Bits() >= 32
	}
	for _, r := range privateRanges() {
		if r.Contains(p.Addr()) && p.Bits() >= r.Bits() {
			return true
		}
	}
	return p.Bits() >= 8
}
