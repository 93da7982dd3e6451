package callers

import (
	"slices"
	"strings"
)

// Context holds condition keys and their values. Key names are case-insensitive, values are
// not. It is built once and may be shared; the zero Context is empty.
type Context struct {
	Entries []Entry // sorted by key; only this module writes them
}

// Entry is one key of a context.
type Entry struct {
	Key    string // in lower case
	Name   string // as given
	Values []string
}

// NewContext copies a map of condition keys. A key without values is an absent key. When two
// names differ in case only, the values of the later name in sorted order hold.
func NewContext(values map[string][]string) Context {
	c := Context{Entries: make([]Entry, 0, len(values))}
	names := make([]string, 0, len(values))
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names) // the map's order must not decide between "k" and "K"
	for _, name := range names {
		c.Set(name, values[name])
	}
	return c
}

// With returns a copy of the context in which key holds the given values, or is absent when
// there are none.
func (c Context) With(key string, values ...string) Context {
	out := Context{Entries: slices.Clone(c.Entries)}
	out.Set(key, values)
	return out
}

// WithEach returns a copy of the context in which every key of a map holds its value.
func (c Context) WithEach(values map[string]string) Context {
	out := Context{Entries: make([]Entry, len(c.Entries), len(c.Entries)+len(values))}
	copy(out.Entries, c.Entries)
	for name, value := range values { // entries are sorted: the map's order does not matter
		out.Set(name, []string{value})
	}
	return out
}

// Map returns the context as a map, under the names that were given.
func (c Context) Map() map[string][]string {
	m := make(map[string][]string, len(c.Entries))
	for _, e := range c.Entries {
		m[e.Name] = slices.Clone(e.Values)
	}
	return m
}

// Set gives a key values, or makes it absent.
func (c *Context) Set(name string, values []string) {
	key := strings.ToLower(name)
	if len(values) == 0 {
		c.Entries = slices.DeleteFunc(c.Entries, func(e Entry) bool { return e.Key == key })
		return
	}
	clean := make([]string, len(values))
	for j, v := range values {
		clean[j] = strings.ToValidUTF8(v, "\uFFFD") // the bytes that stand for wildcards are not UTF-8
	}
	c.Insert(&Entry{Key: key, Name: name, Values: clean})
}

// Insert puts an entry in its place. It replaces an entry for the same key.
func (c *Context) Insert(e *Entry) {
	i, end := 0, len(c.Entries)
	for i < end {
		if middle := (i + end) / 2; c.Entries[middle].Key < e.Key {
			i = middle + 1
		} else {
			end = middle
		}
	}
	if i < len(c.Entries) && c.Entries[i].Key == e.Key {
		c.Entries[i] = *e
		return
	}
	c.Entries = slices.Insert(c.Entries, i, *e)
}

// Get finds a key given in lower case. Contexts are short: a scan that compares lengths first
// beats a binary search.
func (c *Context) Get(key string) ([]string, bool) {
	for i := range c.Entries {
		if c.Entries[i].Key == key {
			return c.Entries[i].Values, true
		}
	}
	return nil, false
}
