package representative

import (
	"net/netip"
	"slices"

	"github.com/trailguard/trailguard/scanner/iam/internal/condition"
	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
)

// Constants are what policies compare one condition key with.
type Constants struct {
	Atoms    []Atom
	Numbers  []condition.Number
	Dates    []condition.Instant
	Prefixes []netip.Prefix
	Boolean  bool

	seen map[Atom]bool // the atoms, once there are many
}

// fewAtoms is the number of atoms up to which a list is searched instead of a map.
const fewAtoms = 16

// AddAtom adds a pattern unless it is there already.
func (f *Constants) AddAtom(a Atom) {
	switch {
	case f.seen[a], f.seen == nil && slices.Contains(f.Atoms, a):
		return
	case f.seen == nil && len(f.Atoms) == fewAtoms:
		f.seen = make(map[Atom]bool, 4*fewAtoms)
		for _, known := range f.Atoms {
			f.seen[known] = true
		}
	}
	if f.seen != nil {
		f.seen[a] = true
	}
	f.Atoms = append(f.Atoms, a)
}

// maxLists bounds the lists of values that are tried: a search tries no more worlds than that.
const maxLists = 1024

// Combinations returns the lists of two and more different values, and whether it returned all of
// them.
func Combinations(single []string) (lists [][]string, all bool) {
	if len(single) > 5 {
		for i := range single {
			for j := i + 1; j < len(single) && len(lists) < maxLists; j++ {
				lists = append(lists, []string{single[i], single[j]})
			}
		}
		return append(lists, single), false
	}
	for mask := range 1 << len(single) {
		var l []string
		for i := range single {
			if mask&(1<<i) != 0 {
				l = append(l, single[i])
			}
		}
		if len(l) > 1 {
			lists = append(lists, l)
		}
	}
	return lists, true
}

// Values returns the single values to try.
func (f *Constants) Values(work *int) (values []string, complete bool) {
	kinds := 0
	complete = true
	for _, present := range [...]bool{len(f.Atoms) > 0, len(f.Numbers) > 0, len(f.Dates) > 0, len(f.Prefixes) > 0} {
		if present {
			kinds++
		}
	}
	if len(f.Atoms) > 0 || kinds == 0 {
		values, complete = f.texts(work)
	}
	values = append(values, condition.NumbersToTry(f.Numbers)...)
	values = append(values, condition.DatesToTry(f.Dates)...)
	values = append(values, condition.AddressesToTry(f.Prefixes)...)
	if len(f.Atoms) == 0 && kinds > 0 {
		values = append(values, "example")
	}
	return values, complete && kinds <= 1
}

// texts returns the strings to try. For a key that is only compared as boolean these are true and
// false.
func (f *Constants) texts(work *int) (values []string, complete bool) {
	globs, booleans := false, f.Boolean
	for _, a := range f.Atoms {
		globs = globs || a.Fold || pattern.IndexWildcard(a.Text) >= 0
		booleans = booleans && a.Fold && (a.Text == "true" || a.Text == "false")
	}
	if booleans {
		return []string{"true", "false"}, true
	}
	if globs {
		return Within(work, f.Atoms, Domain{MinLength: 1})
	}
	values = make([]string, 0, len(f.Atoms)+1)
	for _, a := range f.Atoms {
		if a.Text != "" {
			values = append(values, a.Text)
		}
	}
	fresh := "example"
	for slices.Contains(values, fresh) { // each time longer, so that this ends soon
		fresh += "-other"
	}
	return append(values, fresh), true
}

// Literals returns atoms without wildcards, or atoms of text that is compiled already.
func Literals(texts []string) []Atom {
	out := make([]Atom, len(texts))
	for i := range texts {
		out[i].Text = texts[i]
	}
	return out
}
