package accesskeys_test

import (
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/accesskeys"
)

// A second key is normal for a week, to the hour.
func TestRotationTakesAWeek(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	key := func(id string, age time.Duration) document.AccessKey {
		created := now.Add(-age)
		return document.AccessKey{AccessKeyID: id, Status: document.KeyActive, CreateDate: &created}
	}
	const day = 24 * time.Hour
	for name, tt := range map[string]struct {
		keys []document.AccessKey
		both string
	}{
		"one":                 {[]document.AccessKey{key("a", 80*day)}, ""},
		"in the week":         {[]document.AccessKey{key("a", 80*day), key("b", 7*day)}, ""},
		"after the week":      {[]document.AccessKey{key("a", 80*day), key("b", 7*day+time.Hour)}, "b"},
		"the other way round": {[]document.AccessKey{key("b", 8*day), key("a", 80*day)}, "b"},
	} {
		both := ""
		if j := accesskeys.Judge(tt.keys, now, accesskeys.DefaultDays); j.Both != nil {
			both = j.Both.ID
		}
		if both != tt.both {
			t.Errorf("%s: the rotation to %q was not finished, want %q", name, both, tt.both)
		}
	}
}
