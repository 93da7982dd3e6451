package drift

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func identitySettings() map[document.Kind]compare {
	return map[document.Kind]compare{
		document.KindRole:        comparePrincipal,
		document.KindUser:        comparePrincipal,
		document.KindAccessKeys:  typed(compareAccessKeys),
		document.KindKey:         typed(compareKey),
		document.KindKeyRotation: typed(compareKeyRotation),
	}
}

// comparePrincipal compares whether a role or user exists, and whether it is
// still the same one.
func comparePrincipal(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[document.Principal](before, after)
	if err != nil {
		return nil, err
	}
	was, is := b.Detail(), a.Detail()
	wasID, isID := was.RoleID+was.UserID, is.RoleID+is.UserID // one of them
	switch {
	case after == "":
		return []detail{{"", wasID, "", scanner.EffectRemoved, "it no longer exists: nothing arrives any more"}}, nil
	case before == "":
		return []detail{{"", "", isID, scanner.EffectAdded, "it exists now and did not before"}}, nil
	case wasID != "" && isID != "" && wasID != isID:
		message := fmt.Sprintf("it was deleted and created again, as %s instead of %s: policies that named it no longer do", isID, wasID)
		return []detail{{"", wasID, isID, scanner.EffectRecreated, message}}, nil
	default:
		return nil, nil
	}
}

// compareAccessKeys compares which keys a user has, and which of them work. The
// use of a key is no change. A user without an active key can do nothing; a key
// that replaces another takes nothing away.
func compareAccessKeys(b, a *document.AccessKeys, _ *comparison) []detail {
	was, is := keysByID(b), keysByID(a)
	lost := scanner.EffectChanged
	if slices.Contains(slices.Collect(maps.Values(was)), document.KeyActive) && !slices.Contains(slices.Collect(maps.Values(is)), document.KeyActive) {
		lost = scanner.EffectNarrowed
	}
	var details []detail
	for _, id := range slices.Sorted(maps.Keys(was)) {
		switch now, there := is[id]; {
		case !there:
			details = append(details, detail{"", was[id], "", lost, fmt.Sprintf("key %s was removed, which was %s", id, was[id])})
		case now != was[id] && now == document.KeyActive:
			details = append(details, detail{"", was[id], now, scanner.EffectChanged, fmt.Sprintf("key %s is %s and was %s", id, now, was[id])})
		case now != was[id]:
			details = append(details, detail{"", was[id], now, lost, fmt.Sprintf("key %s is %s and was %s", id, now, was[id])})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(is)) {
		if _, there := was[id]; !there {
			details = append(details, detail{"", "", is[id], scanner.EffectAdded, fmt.Sprintf("key %s was created, and is %s", id, is[id])})
		}
	}
	return details
}

// keysByID returns the status of each key.
func keysByID(d *document.AccessKeys) map[string]string {
	keys := map[string]string{}
	for _, k := range d.AccessKeyMetadata {
		keys[k.AccessKeyID] = k.Status
	}
	return keys
}

// compareKey compares whether the key works, and how long its data can be
// decrypted.
func compareKey(b, a *document.Key, _ *comparison) []detail {
	was, wasRank := keyState(b)
	is, isRank := keyState(a)
	details := ranked("/KeyMetadata/KeyState", "the state", wasRank, isRank, cmp.Or(was, "absent"), cmp.Or(is, "absent"))
	if b.Metadata == nil || a.Metadata == nil {
		return details
	}
	wasUntil, wasRank := materialUntil(b.Metadata)
	isUntil, isRank := materialUntil(a.Metadata)
	if wasRank == 0 || isRank == 0 {
		wasRank, isRank = 0, 0 // neither better nor worse than what is not known
	}
	return append(details, ranked("/KeyMetadata/ValidTo", "the time at which its material expires", wasRank, isRank, wasUntil, isUntil)...)
}

func keyState(d *document.Key) (state string, rank int) {
	switch {
	case d.Metadata == nil:
		return "", 0
	case d.Metadata.Works():
		return d.Metadata.KeyState, 1
	default:
		return d.Metadata.KeyState, 0
	}
}

// materialUntil says when a key's material expires. A later time has a higher rank;
// an unknown time has rank 0.
func materialUntil(m *document.KeyMetadata) (until string, rank int) {
	switch at, open := m.Expires(); {
	case open != "":
		return "not known", 0
	case at == nil:
		return "never", math.MaxInt
	default:
		return at.UTC().Format(time.RFC3339), int(at.Unix())
	}
}

// compareKeyRotation compares whether KMS rotates the key, and how often.
func compareKeyRotation(b, a *document.KeyRotation, _ *comparison) []detail {
	was, wasRank := rotation(b)
	is, isRank := rotation(a)
	return ranked("/KeyRotationEnabled", "rotation", wasRank, isRank, was, is)
}

// rotation ranks frequent rotation above rare, and rare above none. KMS rotates
// once a year where it names no period.
func rotation(d *document.KeyRotation) (text string, rank int) {
	if d.Enabled == nil || !*d.Enabled {
		return "off", -1 << 30
	}
	every := cmp.Or(int(d.PeriodDays), 365)
	return "every " + days(every), -every
}
