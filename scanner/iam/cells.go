package iam

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strconv"
	"unicode"
)

// atom is a pattern against which unknown strings are compared.
type atom struct {
	text string // compiled
	fold bool   // letter case is ignored
}

// domain limits the strings that are tried.
type domain struct {
	prefix    string          // every string begins with it
	minLength int             // in characters
	allowed   func(rune) bool // nil allows every character
}

// A search for representatives visits at most this many states and does at most this much work,
// counted in words of state.
const (
	maxStates = 2048
	maxWork   = 256 << 10
)

// representatives gives one string for every combination of atoms that some string of the
// domain matches exactly. It walks the product of the atoms' automata breadth first, so that each
// string is a shortest one. complete is false when the search was cut short.
func representatives(atoms []atom, d domain) (found []string, complete bool) {
	work := maxWork
	return representativesWithin(&work, atoms, d)
}

// representativesWithin takes its work out of a budget that several searches share.
func representativesWithin(work *int, atoms []atom, d domain) (found []string, complete bool) {
	m := newMachine(atoms, d)
	start, ok := m.start(d.prefix)
	if !ok {
		return nil, false
	}
	type node struct {
		state  []uint64
		parent int
		r      rune
		length int
	}
	nodes := []node{{state: start, parent: -1}}
	visited := map[string]bool{m.key(start, min(0, d.minLength)): true}
	vectors := map[string]bool{}
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		if v := m.accepted(n.state); n.length >= d.minLength && !vectors[v] {
			vectors[v] = true
			var suffix []rune
			for j := i; j > 0; j = nodes[j].parent {
				suffix = append(suffix, nodes[j].r)
			}
			slices.Reverse(suffix)
			found = append(found, d.prefix+string(suffix))
		}
		for _, r := range m.alphabet {
			if *work -= len(n.state); *work < 0 || len(nodes) > maxStates {
				return found, false
			}
			next := m.step(n.state, r)
			length := min(n.length+1, d.minLength)
			if k := m.key(next, length); !visited[k] {
				visited[k] = true
				nodes = append(nodes, node{state: next, parent: i, r: r, length: length})
			}
		}
	}
	return found, true
}

// machine runs all atoms at once. A state holds, for every atom, the set of its positions.
type machine struct {
	tokens   [][]rune
	fold     []bool
	offset   []int // first word of an atom's positions
	words    int
	alphabet []rune
}

// Tokens of a machine; literal characters stand for themselves.
const (
	runeStar rune = -1 - iota
	runeAny
	runeSegStar
	runeSegAny
)

func newMachine(atoms []atom, d domain) *machine {
	m := &machine{}
	for _, a := range atoms {
		t := tokens(a.text)
		m.tokens = append(m.tokens, t)
		m.fold = append(m.fold, a.fold)
		m.offset = append(m.offset, m.words)
		m.words += len(t)/64 + 1
	}
	m.setAlphabet(d)
	return m
}

// tokens takes compiled text apart.
func tokens(text string) []rune {
	var out []rune
	for i := 0; i < len(text); {
		switch text[i] {
		case tokStar:
			out = append(out, runeStar)
		case tokAny:
			out = append(out, runeAny)
		case tokSegStar:
			out = append(out, runeSegStar)
		case tokSegAny:
			out = append(out, runeSegAny)
		default:
			n := runeLen(text, i)
			out = append(out, []rune(text[i : i+n])[0])
			i += n
			continue
		}
		i++
	}
	return out
}

// setAlphabet takes the characters that the atoms name, and one that none of them names: all
// such characters behave alike.
func (m *machine) setAlphabet(d domain) {
	seen := map[rune]bool{}
	for i, t := range m.tokens {
		for _, r := range t {
			switch {
			case r == runeSegStar || r == runeSegAny:
				seen[':'] = true
			case r < 0:
			default:
				seen[r] = true
				if m.fold[i] {
					seen[unicode.ToLower(r)], seen[unicode.ToUpper(r)] = true, true
				}
			}
		}
	}
	for r := range seen {
		if d.allowed == nil || d.allowed(r) {
			m.alphabet = append(m.alphabet, r)
		}
	}
	slices.Sort(m.alphabet)
	for _, r := range "xyzabcdefghijklmnopqrstuvw0123456789XYZABCDEFGHIJKLMNOPQRSTUVW-_\u00e9\u4e2d" {
		if !seen[r] && (d.allowed == nil || d.allowed(r)) {
			m.alphabet = append([]rune{r}, m.alphabet...)
			return
		}
	}
}

// start is the state after the prefix.
func (m *machine) start(prefix string) ([]uint64, bool) {
	s := make([]uint64, m.words)
	for i := range m.tokens {
		s[m.offset[i]] = 1
		m.close(s, i)
	}
	if len(prefix)*m.words > maxWork {
		return nil, false
	}
	for _, r := range prefix {
		s = m.step(s, r)
	}
	return s, true
}

func (m *machine) step(state []uint64, r rune) []uint64 {
	next := make([]uint64, m.words)
	for i, t := range m.tokens {
		base := m.offset[i]
		for w := range len(t)/64 + 1 {
			for b := state[base+w]; b != 0; b &= b - 1 {
				pos := w*64 + bits.TrailingZeros64(b)
				if pos == len(t) {
					continue
				}
				switch to := m.advance(t[pos], r, m.fold[i]); to {
				case 0:
					next[base+pos/64] |= 1 << (pos % 64)
				case 1:
					next[base+(pos+1)/64] |= 1 << ((pos + 1) % 64)
				}
			}
		}
		m.close(next, i)
	}
	return next
}

// advance gives the number of positions that a token moves on r, or -1.
func (m *machine) advance(token, r rune, fold bool) int {
	switch token {
	case runeStar:
		return 0
	case runeAny:
		return 1
	case runeSegStar:
		if r != ':' {
			return 0
		}
	case runeSegAny:
		if r != ':' {
			return 1
		}
	default:
		if token == r || fold && unicode.ToLower(token) == unicode.ToLower(r) {
			return 1
		}
	}
	return -1
}

// close lets stars match nothing, and drops positions before the last star reached: whatever they
// lead to, that star leads to as well. This keeps the number of states small.
func (m *machine) close(s []uint64, atom int) {
	t, base := m.tokens[atom], m.offset[atom]
	last := -1
	for pos, tok := range t {
		if s[base+pos/64]&(1<<(pos%64)) == 0 {
			continue
		}
		if tok == runeStar || tok == runeSegStar {
			s[base+(pos+1)/64] |= 1 << ((pos + 1) % 64)
		}
		if tok == runeStar {
			last = pos
		}
	}
	for pos := range last {
		s[base+pos/64] &^= 1 << (pos % 64)
	}
}

func (m *machine) accepted(s []uint64) string {
	v := make([]byte, len(m.tokens))
	for i, t := range m.tokens {
		if s[m.offset[i]+len(t)/64]&(1<<(len(t)%64)) != 0 {
			v[i] = 1
		}
	}
	return string(v)
}

func (m *machine) key(s []uint64, length int) string {
	b := make([]byte, 0, len(s)*8+1)
	for _, w := range s {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return string(strconv.AppendInt(b, int64(length), 10))
}
