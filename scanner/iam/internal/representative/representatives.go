package representative

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
)

// Atom is a pattern with which unknown strings are compared.
type Atom struct {
	Text string // compiled
	Fold bool   // letter case is ignored
}

// Domain limits the strings that are tried.
type Domain struct {
	Prefix    string          // every string begins with it
	MinLength int             // in characters
	Allowed   func(rune) bool // nil allows every character
}

func (d *Domain) allows(r rune) bool { return d.Allowed == nil || d.Allowed(r) }

// A search for representatives visits at most this many states and does at most this much work,
// counted in words of state.
const (
	maxStates = 2048
	MaxWork   = 256 << 10
)

// All returns one string for every combination of atoms that some string of the domain matches
// exactly, each as short as possible. complete is false when the search was cut short.
func All(atoms []Atom, d Domain) (found []string, complete bool) {
	work := MaxWork
	return Within(&work, atoms, d)
}

// Within is All with a budget of work that several searches share.
func Within(work *int, atoms []Atom, d Domain) (found []string, complete bool) {
	if found, ok := amongLiterals(atoms, &d); ok {
		return found, true
	}
	m, ok := newMachine(atoms, &d)
	if !ok {
		return nil, false
	}
	return m.walk(work, &d)
}

// amongLiterals finds the representatives for atoms without wildcards, the common case: every atom
// of the domain, and a string that is none of them. ok is false when there are wildcards, or when
// the atoms name every character there is.
func amongLiterals(atoms []Atom, d *Domain) (found []string, ok bool) {
	for i := range atoms {
		if atoms[i].Fold || pattern.IndexWildcard(atoms[i].Text) >= 0 {
			return nil, false
		}
	}
	fresh, ok := freshRune(d, func(r rune) bool {
		return slices.ContainsFunc(atoms, func(a Atom) bool { return strings.ContainsRune(a.Text, r) })
	})
	if !ok {
		return nil, false
	}
	other := d.Prefix + strings.Repeat(string(fresh), d.MinLength)
	for i := range atoms {
		rest, ok := strings.CutPrefix(atoms[i].Text, d.Prefix)
		if ok && rest == "" && d.MinLength == 0 {
			other = d.Prefix + string(fresh)
		}
		if ok && utf8.RuneCountInString(rest) >= d.MinLength && strings.IndexFunc(rest, func(r rune) bool { return !d.allows(r) }) < 0 {
			found = append(found, atoms[i].Text)
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(utf8.RuneCountInString(a), utf8.RuneCountInString(b)), strings.Compare(a, b))
	})
	found = slices.Compact(found)
	at := slices.IndexFunc(found, func(s string) bool { return utf8.RuneCountInString(s) >= utf8.RuneCountInString(other) })
	if at < 0 {
		at = len(found)
	}
	return slices.Insert(found, at, other), true
}

// node is a state that the walk reached, and how it got there.
type node struct {
	parent int
	r      rune
	length int
}

// walk goes through the product of the atoms' automata breadth first, so that each string that it
// finds is as short as possible. Of the characters that a state treats alike it tries the first.
func (m *machine) walk(work *int, d *Domain) (found []string, complete bool) {
	nodes := []node{{parent: -1}}
	states := slices.Clone(m.first) // those of the nodes, one after the other
	next := make([]uint64, m.words)
	key := m.key(nil, m.first, min(0, d.MinLength))
	visited, vectors := map[string]bool{string(key): true}, map[string]bool{}
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		state := states[i*m.words : (i+1)*m.words]
		if key = m.accepted(key[:0], state); n.length >= d.MinLength && !vectors[string(key)] {
			vectors[string(key)] = true
			found = append(found, d.Prefix+suffixOf(nodes, i))
		}
		told, alike := m.toldApart(state), false
		for c, r := range m.alphabet {
			if !told[c] {
				if alike {
					continue
				}
				alike = true
			}
			if *work -= m.words + 1; *work < 0 || len(nodes) > maxStates {
				return found, false
			}
			m.step(state, next, r)
			length := min(n.length+1, d.MinLength)
			if key = m.key(key[:0], next, length); !visited[string(key)] {
				visited[string(key)] = true
				nodes = append(nodes, node{parent: i, r: r, length: length})
				states = append(states, next...)
			}
		}
	}
	return found, true
}

// suffixOf returns the characters on the way to a node.
func suffixOf(nodes []node, i int) string {
	var suffix []rune
	for ; i > 0; i = nodes[i].parent {
		suffix = append(suffix, nodes[i].r)
	}
	slices.Reverse(suffix)
	return string(suffix)
}

// machine runs all atoms at once, from the end of the prefix on. Atoms that treat everything that
// follows alike are left out. A state holds, for every other atom, the set of its positions.
type machine struct {
	automata []automaton
	words    int
	first    []uint64
	alphabet []rune
	told     []bool // by place in the alphabet
}

func newMachine(atoms []Atom, d *Domain) (*machine, bool) {
	m := &machine{}
	cost := 0
	for i := range atoms {
		if cost += len(d.Prefix) * (len(atoms[i].Text)/64 + 1); cost > MaxWork {
			return nil, false
		}
	}
	for i := range atoms {
		a, state, live := after(&atoms[i], d.Prefix)
		if !live {
			continue
		}
		a.offset = m.words
		m.words += len(state)
		m.automata, m.first = append(m.automata, a), append(m.first, state...)
	}
	m.setAlphabet(atoms, d)
	m.told = make([]bool, len(m.alphabet))
	return m, true
}

// setAlphabet sets the characters that the atoms name, and one that none of them names, which
// represents all such characters.
func (m *machine) setAlphabet(atoms []Atom, d *Domain) {
	named := namedRunes(atoms)
	isNamed := func(r rune) bool {
		_, found := slices.BinarySearch(named, r)
		return found
	}
	if r, ok := freshRune(d, isNamed); ok {
		m.alphabet = append(m.alphabet, r)
	}
	for _, r := range named {
		if d.allows(r) {
			m.alphabet = append(m.alphabet, r)
		}
	}
}

// namedRunes returns the characters that atoms name, sorted.
func namedRunes(atoms []Atom) []rune {
	var ascii [utf8.RuneSelf]bool
	var named []rune
	for i := range atoms {
		ascii, named = atoms[i].addRunes(ascii, named)
	}
	for r := range rune(len(ascii)) {
		if ascii[r] {
			named = append(named, r)
		}
	}
	slices.Sort(named)
	return slices.Compact(named)
}

// freshRune returns a character that is not named.
func freshRune(d *Domain, named func(rune) bool) (rune, bool) {
	for _, r := range "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW-_\u00e9\u4e2d" {
		if d.allows(r) && !named(r) {
			return r, true
		}
	}
	return 0, false
}

func (m *machine) step(from, to []uint64, r rune) {
	clear(to)
	for i := range m.automata {
		a := &m.automata[i]
		end := a.offset + a.words()
		a.step(from[a.offset:end], to[a.offset:end], r)
	}
}

// toldApart marks the characters of the alphabet that lead to different states. All unmarked ones
// lead to one and the same state.
func (m *machine) toldApart(state []uint64) []bool {
	clear(m.told)
	for i := range m.automata {
		a := &m.automata[i]
		for pos := range positions(state[a.offset : a.offset+a.words()]) {
			if pos < len(a.tokens) {
				m.mark(a, a.tokens[pos])
			}
		}
	}
	return m.told
}

func (m *machine) mark(a *automaton, token rune) {
	switch {
	case token == runeStar || token == runeAny:
	case token == runeSegStar || token == runeSegAny || !a.fold:
		if token < 0 {
			token = ':'
		}
		if c := slices.Index(m.alphabet, token); c >= 0 {
			m.told[c] = true
		}
	default:
		for c, r := range m.alphabet {
			m.told[c] = m.told[c] || a.advance(token, r) >= 0
		}
	}
}

// accepted appends, for each atom, whether it accepts in a state.
func (m *machine) accepted(b []byte, state []uint64) []byte {
	for i := range m.automata {
		a := &m.automata[i]
		n := len(a.tokens)
		b = append(b, byte(state[a.offset+n/64]>>(n%64)&1))
	}
	return b
}

func (m *machine) key(b []byte, state []uint64, length int) []byte {
	for _, w := range state {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return strconv.AppendInt(b, int64(length), 10)
}
