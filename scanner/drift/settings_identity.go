package drift

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
)

// The documents of roles, users and keys, cut down to what does not differ
// from run to run.
type roleDocument struct {
	Role struct {
		RoleID string `json:"RoleId"`
	}
}

type userDocument struct {
	User struct {
		UserID string `json:"UserId"`
	}
}

type keyDocument struct {
	KeyMetadata struct{ KeyState string }
}

func compareRole(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[roleDocument](before, after)
	return compareExistence(before, after, b.Role.RoleID, a.Role.RoleID), err
}

func compareUser(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[userDocument](before, after)
	return compareExistence(before, after, b.User.UserID, a.User.UserID), err
}

// compareExistence compares whether there is such a role or user, and whether
// it is still the same one.
func compareExistence(before, after, wasID, isID string) []detail {
	switch {
	case after == "":
		return []detail{{"", wasID, "", scanner.EffectRemoved, "it no longer exists: nothing arrives any more"}}
	case before == "":
		return []detail{{"", "", isID, scanner.EffectAdded, "it exists now and did not before"}}
	case wasID != "" && isID != "" && wasID != isID:
		message := fmt.Sprintf("it was deleted and created again, as %s instead of %s: policies that named it no longer do", isID, wasID)
		return []detail{{"", wasID, isID, scanner.EffectRecreated, message}}
	default:
		return nil
	}
}

func compareKey(before, after string, _ *comparison) ([]detail, error) {
	b, a, err := decode[keyDocument](before, after)
	if err != nil {
		return nil, err
	}
	was, is := b.KeyMetadata.KeyState, a.KeyMetadata.KeyState
	rank := func(state string) int {
		if state == "Enabled" {
			return 1
		}
		return 0
	}
	return ranked("/KeyMetadata/KeyState", "the state", rank(was), rank(is), or(was, "absent"), or(is, "absent")), nil
}
