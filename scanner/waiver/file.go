package waiver

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/entries"
	"github.com/trailguard/trailguard/scanner/iam/keys"
	"github.com/trailguard/trailguard/scanner/nearest"
)

// File is a waivers file whose every entry is well formed.
type File struct {
	waivers []waiver
	gaps    []acceptedGap
}

// Known is what the entries of a file may name.
type Known struct {
	Rules []string // ids of all rules
}

// Strangers says which export configurations entries name that are none of
// these. That is no mistake in the file: a configuration that is re-created has
// a new id, and what it leaves behind is a waiver that is unused.
func (f *File) Strangers(exports []string) []string {
	var lines []string
	for i := range f.waivers {
		for _, id := range f.waivers[i].exports {
			lines = append(lines, stranger(f.waivers[i].Source, id, exports)...)
		}
	}
	for i := range f.gaps {
		if id := f.gaps[i].export; id != "" {
			lines = append(lines, stranger(f.gaps[i].Source, id, exports)...)
		}
	}
	return lines
}

func stranger(source, id string, exports []string) []string {
	if strings.ContainsAny(id, "*?") || slices.Contains(exports, id) {
		return nil
	}
	return []string{entries.Stranger(source, id)}
}

// Misspelt says which condition keys entries name that look like another one. A
// policy may name any key, so that it is no mistake in the file.
func (f *File) Misspelt() []string {
	var names []string
	for _, k := range keys.All() {
		names = append(names, k.Name)
	}
	var lines []string
	for i := range f.gaps {
		key := f.gaps[i].key
		if key == "" || keys.Find(key) != nil {
			continue
		}
		if near := nearest.Name(key, names); near != "" {
			lines = append(lines, fmt.Sprintf("%s: trailguard knows no condition key %q: did you mean %s?", f.gaps[i].Source, key, near))
		}
	}
	return lines
}

type waiver struct {
	scanner.Waiver
	expires   time.Time
	line      int
	rules     []string
	exports   []string // globs; empty: any
	resources []string // globs; empty: any
}

type acceptedGap struct {
	scanner.Waiver
	expires    time.Time
	line       int
	permission string // one of permission, call and key is set
	call       string
	resource   string // glob; empty for a key: any
	// A key that decides an unknown goes with the rule, and names an export or a
	// resource.
	key, rule string
	export    string // glob; empty: any
}

// matches says whether a glob, in which * stands for any characters and ? for
// any single one, covers a whole text. Unlike in paths, * does not stop at a
// slash, just as in ARNs of policies.
func matches(glob, text string) bool {
	g, t := []rune(glob), []rune(text)
	star, mark := -1, 0
	i := 0
	for j := 0; j < len(t); {
		switch {
		case i < len(g) && g[i] == '*':
			star, mark = i, j
			i++
		case i < len(g) && (g[i] == '?' || g[i] == t[j]):
			i, j = i+1, j+1
		case star >= 0:
			mark++
			i, j = star+1, mark
		default:
			return false
		}
	}
	for i < len(g) && g[i] == '*' {
		i++
	}
	return i == len(g)
}

func matchesAny(globs []string, text string) bool {
	return slices.ContainsFunc(globs, func(glob string) bool { return matches(glob, text) })
}
