package iam

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/match"
	"github.com/trailguard/trailguard/scanner/iam/internal/principal"
)

// Condition keys whose values AWS takes from the principal, in lower case.
const (
	keyPrincipalARN     = callers.KeyPrincipalARN
	keyPrincipalAccount = callers.KeyPrincipalAccount
	keyPrincipalType    = "aws:principaltype"
	keyUserID           = "aws:userid"
	keyUserName         = "aws:username"
	keyServiceName      = callers.KeyServiceName
	keyServiceNames     = "aws:principalservicenameslist"
)

// isDerived reports whether AWS derives a key from the ARN of the caller.
func isDerived(key string) bool {
	switch key {
	case keyPrincipalType, keyUserID, keyUserName:
		return true
	}
	return false
}

// keyToTry returns the key whose values are tried first. A key that is derived from the principal
// can only be tried once the principal is known.
func (e *eval) keyToTry(key string) string {
	if isDerived(key) && e.principalIsOpen() {
		return keyPrincipalARN
	}
	return key
}

// principalIsOpen reports whether the principal stands for several in its account. It does until a
// world holds a value of aws:PrincipalArn, which names one of them.
func (e *eval) principalIsOpen() bool {
	if e.req.unnamed == nil {
		return false
	}
	st, _ := e.Lookup(keyPrincipalARN)
	return st == match.KeyUnknown || st == match.KeyUnknownPresent
}

// assign adds a value to the world. A value of aws:PrincipalArn may change the caller, so the
// caller before is returned, for unassign.
func (e *eval) assign(a match.Assignment) principal.Caller {
	was := e.Caller
	e.World = append(e.World, a)
	if e.req.unnamed != nil && a.Key == keyPrincipalARN && len(a.Values) == 1 {
		e.Caller = principal.ParseCaller(a.Values[0], e.Action)
	}
	return was
}

func (e *eval) unassign(was principal.Caller) { e.World, e.Caller = e.World[:len(e.World)-1], was }

// likelyARN is the value of aws:PrincipalArn in a world that does not hold one. It is empty where
// the request itself holds the key, or where the principal has no ARN.
func (r *Request) likelyARN() string {
	if !r.derived {
		return ""
	}
	var m match.Matcher
	r.tell(&m.Keys)
	if st, _ := m.Lookup(keyPrincipalARN); st != match.KeyUnknown && st != match.KeyUnknownPresent {
		return ""
	}
	c := principal.ParseCaller(r.Principal, r.Action)
	switch c.Kind {
	case principal.CallerUser, principal.CallerRole, principal.CallerFederatedUser:
		return r.Principal
	case principal.CallerRoot:
		return c.RootARN(r.Resource)
	case principal.CallerSession:
		return c.ARNPrefix() + "role/" + c.Name
	case principal.CallerOther, principal.CallerFederated, principal.CallerService, principal.CallerAnonymous:
	}
	return ""
}

// derived returns the values of a key that is derived from the principal. ok is false for other
// keys.
func (s *search) derived(e *eval, key string) (vs valueSet, ok bool) {
	c := &e.Caller
	if !e.req.derived || c.Kind == principal.CallerOther || isDerived(key) && e.principalIsOpen() {
		return vs, false
	}
	switch key {
	case keyPrincipalARN:
		return s.principalARNs(e), true
	case keyUserID:
		return s.userIDs(e)
	case keyPrincipalAccount:
		return soleValue(c.Account), c.IsIdentity()
	case keyServiceName, keyServiceNames:
		return soleValue(""), c.Kind != principal.CallerService
	case keyPrincipalType:
		return soleValue(c.PrincipalType()), c.Kind != principal.CallerFederated
	case keyUserName:
		if c.Kind == principal.CallerUser {
			return soleValue(principal.LastPart(c.ARN)), true
		}
		return soleValue(""), true
	}
	return vs, false
}

// soleValue is the set with one value. An empty value means that the key is always absent.
func soleValue(value string) valueSet {
	if value == "" {
		return valueSet{complete: true}
	}
	return valueSet{values: [][]string{{value}}, complete: true, present: true}
}

// principalARNs returns the values of aws:PrincipalArn, which only signed requests have.
func (s *search) principalARNs(e *eval) valueSet {
	c := &e.Caller
	switch {
	case e.req.unnamed != nil:
		return s.unnamedARNs(e)
	case c.Kind == principal.CallerSession:
		return s.rolesOfSession(e)
	case c.Kind == principal.CallerRoot:
		return soleValue(c.RootARN(e.Resource))
	case c.IsIdentity():
		return soleValue(c.ARN)
	}
	return valueSet{complete: true}
}

// userIDs returns the values of aws:userid. They hold a unique id that is not known, so only their
// form is certain.
func (s *search) userIDs(e *eval) (vs valueSet, ok bool) {
	c := &e.Caller
	switch c.Kind {
	case principal.CallerRoot:
		return soleValue(c.Account), true
	case principal.CallerAnonymous:
		return soleValue(principal.Anonymous), true
	case principal.CallerService:
		return soleValue(""), true
	case principal.CallerFederatedUser:
		_, name, _ := strings.Cut(c.ARN, "federated-user/")
		return soleValue(c.Account + ":" + name), true
	case principal.CallerUser:
		return s.shaped(e, keyUserID, "AIDA", "?*"), true
	case principal.CallerRole:
		return s.shaped(e, keyUserID, "AROA", "?*:?*"), true
	case principal.CallerSession:
		return s.shaped(e, keyUserID, "AROA", "?*:"+principal.LastPart(c.ARN)), true
	case principal.CallerOther, principal.CallerFederated:
	}
	return vs, false
}
