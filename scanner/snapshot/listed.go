package snapshot

import (
	"slices"

	"github.com/trailguard/trailguard/scanner"
)

// listed holds the exports that a tenant lists, and which of them were read. The ids
// of a large fleet are in memory once: what was read refers to the list.
type listed struct {
	tenant *scanner.Tenant
	ids    []string        // sorted
	read   []bool          // by the number of the id
	others map[string]bool // read, and in no list
}

func newListed(t *scanner.Tenant) *listed {
	l := &listed{tenant: t, ids: t.ConfigurationIDs, read: make([]bool, len(t.ConfigurationIDs)), others: map[string]bool{}}
	if !slices.IsSorted(l.ids) {
		l.ids = slices.Sorted(slices.Values(l.ids)) // another program may have written them in any order
	}
	for i := range t.Destinations {
		d := &t.Destinations[i]
		if at, ok := slices.BinarySearch(l.ids, d.ID); ok {
			d.ID = l.ids[at]
		}
	}
	return l
}

// take notes that an export was read, and returns false where it was read before.
func (l *listed) take(c *scanner.ExportConfiguration) bool {
	at, ok := slices.BinarySearch(l.ids, c.ID)
	if !ok {
		before := l.others[c.ID]
		l.others[c.ID] = true
		return !before
	}
	c.ID, c.Tenant = l.ids[at], l.tenant.Name
	before := l.read[at]
	l.read[at] = true
	return !before
}

// missing returns the first export in the list that was not read.
func (l *listed) missing() (id string, missing bool) {
	for i, read := range l.read {
		// An id that is listed twice is found at its first place.
		if !read && (i == 0 || l.ids[i-1] != l.ids[i]) {
			return l.ids[i], true
		}
	}
	return "", false
}
