package iam

import "slices"

// valueSet are the values to try for one unknown key, each possibly a list. complete says that
// every value there is behaves like one of them.
type valueSet struct {
	values   [][]string
	complete bool
	present  bool // the key is never absent
}

// values gives the values to try for an unknown key in the current world.
func (s *search) values(e *eval, key string) valueSet {
	for i := range s.cache {
		if s.cache[i].key == key {
			return s.cache[i].set
		}
	}
	if vs, ok := s.derived(e, key); ok {
		return vs
	}
	f := e.constantsOf(key)
	f.work = &s.work
	single, complete := f.singles()
	vs := valueSet{complete: complete && f.complete}
	vs.values = make([][]string, len(single))
	for i := range single {
		vs.values[i] = single[i : i+1 : i+1]
	}
	if f.listed {
		lists, all := combinations(single)
		vs.values = append(vs.values, lists...)
		vs.complete = vs.complete && all
	}
	if !complete {
		s.capped = true
	}
	if !f.variable {
		s.cache = append(s.cache, cachedValues{key: key, set: vs})
	}
	return vs
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
func (f *constants) singles() (values []string, complete bool) {
	kinds := 0
	complete = true
	for _, present := range [...]bool{len(f.atoms) > 0, len(f.numbers) > 0, len(f.dates) > 0, len(f.prefixes) > 0} {
		if present {
			kinds++
		}
	}
	if len(f.atoms) > 0 || kinds == 0 {
		values, complete = f.texts()
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
func (f *constants) texts() (values []string, complete bool) {
	globs, booleans := false, f.boolean
	for _, a := range f.atoms {
		globs = globs || a.fold || indexToken(a.text) >= 0
		booleans = booleans && a.fold && (a.text == "true" || a.text == "false")
	}
	if booleans {
		return []string{"true", "false"}, true
	}
	if globs {
		return representativesWithin(f.work, f.atoms, domain{minLength: 1})
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
