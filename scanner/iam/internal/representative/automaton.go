package representative

import (
	"iter"
	"math/bits"
	"unicode"
	"unicode/utf8"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
)

// automaton is an atom as a list of tokens. Its state is the set of positions that it may be at.
type automaton struct {
	tokens []rune
	fold   bool
	offset int // of its words in the state of a machine
}

// Tokens of an automaton; literal characters stand for themselves.
const (
	runeStar rune = -1 - iota
	runeAny
	runeSegStar
	runeSegAny
)

// tokens splits compiled text into tokens.
func tokens(text string) []rune {
	out := make([]rune, 0, len(text))
	for i := 0; i < len(text); {
		switch text[i] {
		case pattern.Star:
			out = append(out, runeStar)
		case pattern.AnyOne:
			out = append(out, runeAny)
		case pattern.SegmentStar:
			out = append(out, runeSegStar)
		case pattern.SegmentAny:
			out = append(out, runeSegAny)
		default:
			r, n := utf8.DecodeRuneInString(text[i:])
			out = append(out, r)
			i += n
			continue
		}
		i++
	}
	return out
}

// addRunes adds the characters that an atom treats differently from others: those of ASCII to the
// table, the rest to the list.
func (a *Atom) addRunes(ascii [utf8.RuneSelf]bool, more []rune) ([utf8.RuneSelf]bool, []rune) {
	add := func(r rune) {
		if r < utf8.RuneSelf {
			ascii[r] = true
		} else {
			more = append(more, r)
		}
	}
	for i := 0; i < len(a.Text); {
		if c := a.Text[i]; c >= pattern.FirstWildcard {
			if c == pattern.SegmentStar || c == pattern.SegmentAny {
				add(':')
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(a.Text[i:])
		i += n
		add(r)
		if a.Fold {
			add(unicode.ToLower(r))
			add(unicode.ToUpper(r))
		}
	}
	return ascii, more
}

// after returns the automaton for what follows the prefix, and its state there. live is false when
// everything that follows is treated alike.
func after(a *Atom, prefix string) (t automaton, state []uint64, live bool) {
	text := a.Text
	if !a.Fold {
		n := 0
		for n < len(text) && n < len(prefix) && text[n] == prefix[n] && text[n] < pattern.FirstWildcard {
			n++
		}
		if n < len(prefix) && (n == len(text) || text[n] < pattern.FirstWildcard) {
			return t, nil, false
		}
		text, prefix = text[n:], prefix[n:]
	}
	t = automaton{tokens: tokens(text), fold: a.Fold}
	state, next := make([]uint64, t.words()), make([]uint64, t.words())
	t.reach(state, 0)
	for _, r := range prefix {
		clear(next)
		t.step(state, next, r)
		state, next = next, state
	}
	return t.trimmed(state)
}

// trimmed drops the positions that are passed.
func (t automaton) trimmed(state []uint64) (automaton, []uint64, bool) {
	low := -1
	for pos := range positions(state) {
		if low < 0 {
			low = pos
		}
		if pos == len(t.tokens)-1 && t.tokens[pos] == runeStar {
			return t, nil, false // it accepts everything
		}
	}
	if low <= 0 {
		return t, state, low == 0
	}
	short := automaton{tokens: t.tokens[low:], fold: t.fold}
	moved := make([]uint64, short.words())
	for pos := range positions(state) {
		moved[(pos-low)/64] |= 1 << ((pos - low) % 64)
	}
	return short, moved, true
}

func (t *automaton) words() int { return len(t.tokens)/64 + 1 }

// positions yields the members of a set of positions, in order.
func positions(state []uint64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for w, word := range state {
			for ; word != 0; word &= word - 1 {
				if !yield(w*64 + bits.TrailingZeros64(word)) {
					return
				}
			}
		}
	}
}

// step adds to a state where r leads from another. It drops positions before the last star reached:
// whatever they lead to, that star leads to as well. This keeps the number of states small.
func (t *automaton) step(from, to []uint64, r rune) {
	star := -1
	for pos := range positions(from) {
		if pos == len(t.tokens) {
			continue
		}
		if n := t.advance(t.tokens[pos], r); n >= 0 {
			star = max(star, t.reach(to, pos+n))
		}
	}
	if star < 0 {
		return
	}
	clear(to[:star/64])
	to[star/64] &^= 1<<(star%64) - 1
}

// reach adds a position, and those behind it that stars reach by matching nothing. It returns the
// last star of any characters among them, or -1.
func (t *automaton) reach(state []uint64, pos int) (star int) {
	star = -1
	for {
		state[pos/64] |= 1 << (pos % 64)
		if pos == len(t.tokens) {
			return star
		}
		switch t.tokens[pos] {
		case runeStar:
			star = pos
		case runeSegStar:
		default:
			return star
		}
		pos++
	}
}

// advance returns the number of positions that a token moves on r, or -1.
func (t *automaton) advance(token, r rune) int {
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
		if token == r || t.fold && unicode.ToLower(token) == unicode.ToLower(r) {
			return 1
		}
	}
	return -1
}
