package iam

import (
	"net/netip"
	"strings"
)

// isPublic reports whether a statement of the document passes S3's test of a public policy.
func (p *document) isPublic() bool {
	for i := range p.statements {
		if p.statements[i].isPublic() {
			return true
		}
	}
	return false
}

// isPublic reports whether a statement allows everybody and binds them to no fixed value.
func (s *statement) isPublic() bool {
	if s.deny || !namesEverybody(s) {
		return false
	}
	for i := range s.conditions {
		if bindsCaller(&s.conditions[i]) {
			return false
		}
	}
	return true
}

func namesEverybody(s *statement) bool {
	if s.notPrincipal {
		return true
	}
	for i := range s.principals {
		if s.principals[i].kind == entryAnyone {
			return true
		}
	}
	return false
}

// bindsCaller reports whether a condition confines a statement to fixed values of a trusted key.
// Operators that pass when the key is absent bind nobody.
func bindsCaller(c *condition) bool {
	if c.negated || c.ifExists || c.qualifier == forAllValues || len(c.values) == 0 {
		return false
	}
	switch c.kind {
	case opStringEquals, opStringEqualsIgnoreCase, opStringLike, opArn, opIP:
	case opNumeric, opDate, opBool, opBinary, opNull:
		return false
	}
	for i := range c.values {
		if !fixedValue(c, &c.values[i]) {
			return false
		}
	}
	return true
}

func fixedValue(c *condition, v *condValue) bool {
	fixed := !strings.ContainsAny(v.raw, "*?") && !strings.Contains(v.raw, "${")
	switch c.key {
	case "aws:principalorgid", "aws:principalarn", "aws:principalaccount", "aws:principalorgpaths",
		"aws:principalservicename", "aws:sourcearn", "aws:sourcevpc", "aws:sourcevpce",
		"aws:sourceowner", "aws:sourceaccount", "s3:dataaccesspointaccount":
		return fixed
	case "aws:userid":
		role, _, session := strings.Cut(v.raw, ":")
		return fixed && (!session || !strings.HasPrefix(role, "AROA"))
	case "s3:dataaccesspointarn":
		// The access point's name may be open as long as its account is fixed.
		a, ok := ParseARN(v.raw)
		return ok && IsAccountID(a.Account) && !strings.Contains(v.raw, "${")
	case "aws:sourceip":
		return fixed && narrowRange(v.raw)
	}
	return false
}

// privateRanges are those of RFC 1918, which S3 does not count as wide.
func privateRanges() [3]netip.Prefix {
	return [...]netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("172.16.0.0/12"), netip.MustParsePrefix("192.168.0.0/16"),
	}
}

func narrowRange(s string) bool {
	p, ok := parsePrefix(s)
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
