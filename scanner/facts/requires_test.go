package facts_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

// TestRequiredFactsAreWhatAllWouldBe: who asks for one fact gets it as who asks for
// all does, with the same proof, and pays for no other.
func TestRequiredFactsAreWhatAllWouldBe(t *testing.T) {
	names, _ := fact.Names()
	for of, w := range map[string]*world{
		"healthy": healthy(), "with a key": withKey(), "with a user": withUser(), "guarded": guarded(), "of many statements": sizeable(),
		"exposed":  changed(exposed),
		"unread":   changed(func(w *world) { w.deny(document.KindBucketPolicy); w.deny(document.KindIdentityPolicy) }),
		"changed":  changed(func(w *world) { w.since = &facts.Since{Baseline: "b", Changes: []scanner.Change{weakened}} }),
		"disabled": changed(func(w *world) { w.record.Configuration.Enabled = false }),
	} {
		t.Run(of, func(t *testing.T) {
			all, _ := w.subject(t)
			if derived := slices.Sorted(maps.Keys(all.Facts)); !slices.Equal(derived, names) {
				t.Fatalf("%q are derived, want %q", derived, names)
			}
			values := factsOf(t, all)
			for _, name := range names {
				w.options.Requires = []string{name}
				alone, _ := w.subject(t)
				for derived, status := range alone.Facts {
					if derived != name && !slices.Contains([]string{"bucket_owner", "bucket_region", "delivery"}, derived) {
						t.Errorf("%s is derived for the sake of %s", derived, name)
					}
					if diff := cmp.Diff(all.Facts[derived], status); diff != "" {
						t.Errorf("%s alone (-all +alone):\n%s", derived, diff)
					}
				}
				if diff := cmp.Diff(string(values[name]), string(factsOf(t, alone)[name])); diff != "" {
					t.Errorf("%s alone (-all +alone):\n%s", name, diff)
				}
				if alone.Seen != all.Seen {
					t.Errorf("with %s alone a report says %+v, want %+v", name, alone.Seen, all.Seen)
				}
			}
		})
	}
}

var weakened = scanner.Change{Kind: document.KindVersioning, Resource: bucketARN, Effect: scanner.EffectWeaker, Message: "versioning is suspended"}

// changed is a healthy export of which something is another.
func changed(change func(*world)) *world {
	w := healthy()
	change(w)
	return w
}

// factsOf are the facts as rules see them, as JSON.
func factsOf(t *testing.T, s *scanner.Subject) map[string]json.RawMessage {
	t.Helper()
	var in struct{ Facts map[string]json.RawMessage }
	if err := json.Unmarshal(written(t, s), &in); err != nil {
		t.Fatal(err)
	}
	return in.Facts
}
