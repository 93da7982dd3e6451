package iam

import (
	"slices"
	"strings"
)

// Context holds condition keys and their values. Key names are case-insensitive, values are
// not. It is built once and may be shared; the zero Context is empty.
type Context struct {
	entries []contextEntry // sorted by key
}

type contextEntry struct {
	key    string // in lower case
	name   string // as given
	values []string
}

// NewContext copies a map of condition keys. A key without values is an absent key. When two
// names differ in case only, the values of the later name in sorted order hold.
func NewContext(values map[string][]string) Context {
	c := Context{entries: make([]contextEntry, 0, len(values))}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // the map's order must not decide between "k" and "K"
	for _, name := range names {
		c.set(name, values[name])
	}
	return c
}

// With returns a copy of the context in which key holds the given values, or is absent when
// there are none.
func (c Context) With(key string, values ...string) Context {
	out := Context{entries: slices.Clone(c.entries)}
	out.set(key, values)
	return out
}

// WithEach returns a copy of the context in which every key of a map holds its value.
func (c Context) WithEach(values map[string]string) Context {
	out := Context{entries: make([]contextEntry, len(c.entries), len(c.entries)+len(values))}
	copy(out.entries, c.entries)
	for name, value := range values { // entries are sorted: the map's order does not matter
		out.set(name, []string{value})
	}
	return out
}

// Map returns the context as a map, under the names that were given.
func (c Context) Map() map[string][]string {
	m := make(map[string][]string, len(c.entries))
	for _, e := range c.entries {
		m[e.name] = slices.Clone(e.values)
	}
	return m
}

func (c *Context) set(name string, values []string) {
	key := strings.ToLower(name)
	if len(values) == 0 {
		c.entries = slices.DeleteFunc(c.entries, func(e contextEntry) bool { return e.key == key })
		return
	}
	clean := make([]string, len(values))
	for j, v := range values {
		clean[j] = strings.ToValidUTF8(v, "\uFFFD") // the bytes that stand for wildcards are not UTF-8
	}
	c.insert(&contextEntry{key: key, name: name, values: clean})
}

// insert puts an entry in its place, or in that of another for the same key.
func (c *Context) insert(e *contextEntry) {
	i, end := 0, len(c.entries)
	for i < end {
		if middle := (i + end) / 2; c.entries[middle].key < e.key {
			i = middle + 1
		} else {
			end = middle
		}
	}
	if i < len(c.entries) && c.entries[i].key == e.key {
		c.entries[i] = *e
		return
	}
	c.entries = slices.Insert(c.entries, i, *e)
}

// get finds a key given in lower case. Contexts are short: a scan that compares lengths first
// beats a binary search.
func (c *Context) get(key string) ([]string, bool) {
	for i := range c.entries {
		if c.entries[i].key == key {
			return c.entries[i].values, true
		}
	}
	return nil, false
}
