package iam

import (
	"net/netip"
	"slices"
)

// constantValues are what policies compare one condition key with.
type constantValues struct {
	atoms    []atom
	numbers  []number
	dates    []instant
	prefixes []netip.Prefix
	boolean  bool
}

// addAtom adds a pattern that is not there yet.
func (f *constantValues) addAtom(a atom) {
	if !slices.Contains(f.atoms, a) {
		f.atoms = append(f.atoms, a)
	}
}

// combinations gives the lists of two and more different values; all of them when they are few.
func combinations(single []string) (lists [][]string, all bool) {
	if len(single) > 5 {
		for i := range single {
			for j := i + 1; j < len(single); j++ {
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

// singles gives the single values to try.
func (f *constantValues) singles(work *int) (values []string, complete bool) {
	kinds := 0
	complete = true
	for _, present := range [...]bool{len(f.atoms) > 0, len(f.numbers) > 0, len(f.dates) > 0, len(f.prefixes) > 0} {
		if present {
			kinds++
		}
	}
	if len(f.atoms) > 0 || kinds == 0 {
		values, complete = f.texts(work)
	}
	values = append(values, numbersToTry(f.numbers)...)
	values = append(values, datesToTry(f.dates)...)
	values = append(values, addressesToTry(f.prefixes)...)
	if len(f.atoms) == 0 && kinds > 0 {
		values = append(values, "example")
	}
	return values, complete && kinds <= 1
}

// texts gives the strings to try: true and false for a key that is compared as boolean only.
func (f *constantValues) texts(work *int) (values []string, complete bool) {
	globs, booleans := false, f.boolean
	for _, a := range f.atoms {
		globs = globs || a.fold || indexToken(a.text) >= 0
		booleans = booleans && a.fold && (a.text == "true" || a.text == "false")
	}
	if booleans {
		return []string{"true", "false"}, true
	}
	if globs {
		return representativesWithin(work, f.atoms, domain{minLength: 1})
	}
	values = make([]string, 0, len(f.atoms)+1)
	for _, a := range f.atoms {
		if a.text != "" {
			values = append(values, a.text)
		}
	}
	fresh := "example"
	for slices.Contains(values, fresh) {
		fresh += "-other"
	}
	return append(values, fresh), true
}

// literals are atoms without wildcards, or text that is compiled already.
func literals(texts []string) []atom {
	out := make([]atom, len(texts))
	for i := range texts {
		out[i].text = texts[i]
	}
	return out
}
