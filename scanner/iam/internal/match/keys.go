package match

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/callers"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Keys is what a request says about condition keys. The fields have the names
// and meanings of those of iam.Request.
type Keys struct {
	Context       callers.Context
	Unknown       []string
	AlwaysPresent []string
	Absent        []string
	OthersUnknown bool
	Kind          keys.Kind
	Plain         bool // no key is unknown
}

// KeyState is what is known of one key.
type KeyState uint8

// The states of a key.
const (
	KeyAbsent KeyState = iota
	KeyPresent
	KeyUnknown        // absent or any value
	KeyUnknownPresent // any value
)

// Lookup finds a key given in lower case, and its values where it is present.
func (m *Matcher) Lookup(key string) (KeyState, []string) {
	m.Steps += 1 + len(m.World)
	for i := range m.World {
		if m.World[i].Key == key {
			if len(m.World[i].Values) == 0 {
				return KeyAbsent, nil
			}
			return KeyPresent, m.World[i].Values
		}
	}
	if m.Keys.Plain {
		if v, ok := m.Keys.Context.Get(key); ok {
			return KeyPresent, v
		}
		return KeyAbsent, nil
	}
	return m.lookupUnknown(key)
}

// covers reports whether a list of keys holds one, given in lower case. A name that ends
// in "/" stands for all keys that begin with it.
func covers(list []string, key string) bool {
	for _, name := range list {
		if strings.EqualFold(name, key) || strings.HasSuffix(name, "/") && keys.Under(name, key) {
			return true
		}
	}
	return false
}

// lookupUnknown finds a key that may be unknown. Unknown takes precedence over
// Context.
func (m *Matcher) lookupUnknown(key string) (KeyState, []string) {
	k := &m.Keys
	if pattern.ContainsFold(k.AlwaysPresent, key) {
		if v, ok := k.Context.Get(key); ok && !pattern.ContainsFold(k.Unknown, key) {
			return KeyPresent, v
		}
		return KeyUnknownPresent, nil
	}
	if pattern.ContainsFold(k.Unknown, key) {
		return KeyUnknown, nil
	}
	if v, ok := k.Context.Get(key); ok {
		return KeyPresent, v
	}
	if !k.OthersUnknown || covers(k.Absent, key) {
		return KeyAbsent, nil
	}
	switch c := keys.In(k.Kind, key); c.State {
	case keys.Absent:
		return KeyAbsent, nil
	case keys.Fixed:
		return KeyPresent, c.Values
	case keys.OneOf:
		if !slices.Contains(c.Values, "") {
			return KeyUnknownPresent, nil
		}
	case keys.Present:
		return KeyUnknownPresent, nil
	default:
	}
	return KeyUnknown, nil
}
