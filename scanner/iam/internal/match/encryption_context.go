package match

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/internal/verdict"
)

// EncryptionContext begins the condition keys that hold the pairs of an encryption context, in lower
// case.
const EncryptionContext = "kms:encryptioncontext:"

// SourceARN is the condition key that names the resource on whose behalf AWS asks, in lower case.
const SourceARN = "aws:sourcearn"

// encryptionContextKeys is the condition key that lists the names in the context, in lower case.
const encryptionContextKeys = "kms:encryptioncontextkeys"

// HasPairs reports whether the request's encryption context holds every pair.
func (m *Matcher) HasPairs(pairs map[string]string) verdict.Verdict {
	all := verdict.Yes
	for k, want := range pairs { // the minimum does not depend on the order
		key := EncryptionContext + strings.ToLower(k)
		switch state, values := m.Lookup(key); state {
		case KeyAbsent:
			return verdict.No
		case KeyPresent:
			if len(values) != 1 || values[0] != want {
				return verdict.No
			}
		case KeyUnknown, KeyUnknownPresent:
			m.blockedByGrant(key)
			all = verdict.Depends
		}
	}
	return all
}

// HasSource reports whether AWS makes the request on behalf of a resource.
func (m *Matcher) HasSource(arn string) verdict.Verdict {
	const key = SourceARN
	switch state, values := m.Lookup(key); state {
	case KeyPresent:
		if len(values) == 1 && values[0] == arn {
			return verdict.Yes
		}
	case KeyUnknown, KeyUnknownPresent:
		m.blockedByGrant(key)
		return verdict.Depends
	case KeyAbsent:
	}
	return verdict.No
}

// HasOnly reports whether the request's encryption context holds nothing but the pairs.
func (m *Matcher) HasOnly(pairs map[string]string) verdict.Verdict {
	allowed := make([]string, 0, len(pairs))
	for k := range pairs {
		allowed = append(allowed, EncryptionContext+strings.ToLower(k))
	}
	if state, names := m.Lookup(encryptionContextKeys); state == KeyPresent {
		for _, name := range names {
			if !pattern.ContainsFold(allowed, EncryptionContext+strings.ToLower(name)) {
				return verdict.No
			}
		}
		return verdict.Yes // the request tells all that there is
	}
	all := verdict.Yes
	for i := range m.Keys.Context.Entries {
		key := m.Keys.Context.Entries[i].Key
		if !strings.HasPrefix(key, EncryptionContext) || pattern.ContainsFold(allowed, key) {
			continue
		}
		if state, _ := m.Lookup(key); state == KeyPresent {
			return verdict.No
		}
	}
	for i := range m.World {
		if w := &m.World[i]; len(w.Values) > 0 && strings.HasPrefix(w.Key, EncryptionContext) && !pattern.ContainsFold(allowed, w.Key) {
			return verdict.No
		}
	}
	if m.Keys.OthersUnknown {
		all = verdict.Depends // some other pair may be there
	}
	for _, names := range [...][]string{m.Keys.Unknown, m.Keys.AlwaysPresent} {
		for _, name := range names {
			key := strings.ToLower(name)
			if !strings.HasPrefix(key, EncryptionContext) || pattern.ContainsFold(allowed, key) {
				continue
			}
			switch state, _ := m.Lookup(key); state {
			case KeyPresent:
				return verdict.No
			case KeyUnknown, KeyUnknownPresent:
				m.blockedByGrant(key)
				all = verdict.Depends
			case KeyAbsent:
			}
		}
	}
	return all
}
