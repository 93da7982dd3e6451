package drift

import (
	"cmp"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

func identitySettings() map[document.Kind]compare {
	return map[document.Kind]compare{
		document.KindRole: comparePrincipal,
		document.KindUser: comparePrincipal,
		document.KindKey:  typed(compareKey),
	}
}

// comparePrincipal compares whether there is such a role or user, and whether it
// is still the same one.
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

func compareKey(b, a *document.Key, _ *comparison) []detail {
	state := func(d *document.Key) (state string, rank int) {
		switch {
		case d.Metadata == nil:
			return "", 0
		case d.Metadata.KeyState == "Enabled":
			return d.Metadata.KeyState, 1
		default:
			return d.Metadata.KeyState, 0
		}
	}
	was, wasRank := state(b)
	is, isRank := state(a)
	return ranked("/KeyMetadata/KeyState", "the state", wasRank, isRank, cmp.Or(was, "absent"), cmp.Or(is, "absent"))
}
