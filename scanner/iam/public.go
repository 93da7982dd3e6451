package iam

import (
	"net/netip"
	"strings"
)

// IsPublic is S3's public-policy test, the one that Block Public Access relies on: a policy is
// public when one Allow statement names everybody without binding them to a fixed value of a key
// that S3 trusts. The reasons are the public statements. A policy made by AllowAll is public,
// since what it stands for may be.
func IsPublic(p *Policy) (bool, []Reason) {
	if p == nil {
		return false, nil
	}
	var reasons []Reason
	for i := range p.statements {
		if s := &p.statements[i]; publicStatement(s) {
			reasons = append(reasons, reasonFor(p, s, "allows everybody and binds them to no fixed value"))
		}
	}
	return len(reasons) > 0, reasons
}

func isPublic(p *Policy) bool {
	for i := range p.statements {
		if publicStatement(&p.statements[i]) {
			return true
		}
	}
	return false
}

func publicStatement(s *statement) bool {
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

func reasonFor(p *Policy, s *statement, note string) Reason {
	return Reason{
		Policy: p.name, Sid: s.sid, Index: s.index, Effect: string(s.effect()), Pointer: s.pointer,
		Line: s.line, Column: s.column, Note: note,
	}
}
