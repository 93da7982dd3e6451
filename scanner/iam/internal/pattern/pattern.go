package pattern

import (
	"strings"
	"unicode/utf8"
)

// A compiled pattern is a string in which bytes that cannot occur in UTF-8 stand for the
// wildcards. So literal text, "${*}" included, needs no escaping, and matching needs no tokens.
const (
	Star          = 0xFF // any number of characters
	AnyOne        = 0xFE // one character
	SegmentStar   = 0xFD // any number of characters but ":"
	SegmentAny    = 0xFC // one character but ":"
	FirstWildcard = SegmentAny
)

// kind says how to match a pattern.
type kind uint8

// The ways to match. Literal is exported because other packages treat literals separately.
const (
	glob     kind = iota // has wildcards other than one at the end
	Literal              // has none
	prefixed             // ends in its only wildcard, "*"
	never                // matches nothing
)

// Pattern is an action, resource or condition value, ready for matching.
type Pattern struct {
	Kind kind
	Text string // compiled; for a pattern with one star at the end, without that star
}

// New classifies compiled text.
func New(compiled string) Pattern {
	compiled = normaliseRuns(compiled)
	i := IndexWildcard(compiled)
	switch {
	case i < 0:
		return Pattern{Kind: Literal, Text: compiled}
	case i == len(compiled)-1 && compiled[i] == Star:
		return Pattern{Kind: prefixed, Text: compiled[:i]}
	default:
		return Pattern{Kind: glob, Text: compiled}
	}
}

// FromGlob compiles text with wildcards. The common forms, none and one star at the end, need
// no copy.
func FromGlob(s string) Pattern {
	switch i := strings.IndexAny(s, "*?"); {
	case i < 0:
		return Pattern{Kind: Literal, Text: s}
	case i == len(s)-1 && s[i] == '*':
		return Pattern{Kind: prefixed, Text: s[:i]}
	}
	return New(CompileGlob(s))
}

// CompileGlob turns "*" and "?" into wildcards.
func CompileGlob(s string) string {
	if strings.IndexByte(s, '*') < 0 && strings.IndexByte(s, '?') < 0 {
		return s
	}
	b := make([]byte, len(s))
	for i := range len(s) {
		switch s[i] {
		case '*':
			b[i] = Star
		case '?':
			b[i] = AnyOne
		default:
			b[i] = s[i]
		}
	}
	return string(b)
}

// normaliseRuns writes every run of wildcards as its "?" followed by at most one "*". It
// makes the test for containment exact: "*?" and "?*" are the same set.
func normaliseRuns(s string) string {
	i := strings.IndexByte(s, Star)
	if i < 0 || i == len(s)-1 && (i == 0 || s[i-1] < FirstWildcard) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != Star && s[i] != AnyOne {
			out = append(out, s[i])
			i++
			continue
		}
		star := false
		for ; i < len(s) && (s[i] == Star || s[i] == AnyOne); i++ {
			if s[i] == AnyOne {
				out = append(out, AnyOne)
			}
			star = star || s[i] == Star
		}
		if star {
			out = append(out, Star)
		}
	}
	return string(out)
}

// IndexWildcard finds the first wildcard.
func IndexWildcard(s string) int {
	for i := range len(s) {
		if s[i] >= FirstWildcard {
			return i
		}
	}
	return -1
}

// Match reports whether the pattern matches s. Its time is bounded by the product of their lengths.
func (p *Pattern) Match(s string) bool {
	switch p.Kind {
	case Literal:
		return p.Text == s
	case prefixed:
		return strings.HasPrefix(s, p.Text)
	case glob:
		return MatchGlob(p.Text, s)
	case never:
	}
	return false
}

// Cost is the work of matching a text, in comparisons of short texts.
func (p *Pattern) Cost(text string) int {
	if p.Kind != glob {
		return 1
	}
	return 1 + len(p.Text)*len(text)>>6
}

// coverage says how much of a set of strings a pattern matches.
type coverage uint8

// How much a pattern can match. The order is that of a three-valued No, Depends and Yes.
const (
	None coverage = iota
	coversSome
	coversAll
)

// MatchSet compares the pattern with all strings that begin with prefix: coversAll when it matches every
// one, coversNone when it matches none.
func (p *Pattern) MatchSet(prefix string) coverage {
	switch p.Kind {
	case Literal:
		if strings.HasPrefix(p.Text, prefix) {
			return coversSome
		}
		return None
	case prefixed:
		if strings.HasPrefix(prefix, p.Text) {
			return coversAll
		}
		if strings.HasPrefix(p.Text, prefix) {
			return coversSome
		}
		return None
	case glob:
		return MatchGlobSet(p.Text, prefix)
	case never:
	}
	return None
}

// MatchGlobSet is MatchSet for compiled text with normalised runs. Once a star is reached it can
// take all that follows, so the beginning up to the first star decides whether the sets meet;
// and a pattern holds every continuation exactly when it ends in a star and matches the prefix.
func MatchGlobSet[P string | []byte](p P, prefix string) coverage {
	pi, si := 0, 0
	for si < len(prefix) {
		if pi == len(p) {
			return None
		}
		c := p[pi]
		if c == Star {
			break
		}
		switch c {
		case AnyOne:
			si += runeLen(prefix, si)
		case prefix[si]:
			si++
		default:
			return None
		}
		pi++
	}
	if len(p) > 0 && p[len(p)-1] == Star && MatchGlob(p, prefix) {
		return coversAll
	}
	return coversSome
}

// MatchGlob matches greedily: on a mismatch it extends only the last star, which is enough because
// whatever an earlier star could take, the last one can take as well. Stars that stop at ":" lie in
// one segment each, so the same holds inside every segment.
func MatchGlob[P string | []byte](p P, s string) bool {
	pi, si := 0, 0
	star, from := -1, 0
	for si < len(s) {
		if pi < len(p) {
			switch c := p[pi]; {
			case c < FirstWildcard && c == s[si]:
				pi++
				si++
				continue
			case c == Star || c == SegmentStar:
				if c == Star && pi == len(p)-1 {
					return true
				}
				star, from = pi, si
				pi++
				continue
			case c == AnyOne || c == SegmentAny && s[si] != ':':
				pi++
				si += runeLen(s, si)
				continue
			}
		}
		if star < 0 || p[star] == SegmentStar && s[from] == ':' {
			return false
		}
		from += runeLen(s, from)
		pi, si = star+1, from
	}
	for pi < len(p) && (p[pi] == Star || p[pi] == SegmentStar) {
		pi++
	}
	return pi == len(p)
}

func runeLen(s string, i int) int {
	if s[i] < utf8.RuneSelf {
		return 1
	}
	_, n := utf8.DecodeRuneInString(s[i:])
	return n
}

// Compiled returns the text of a pattern with its wildcards. ok is false when the pattern matches
// nothing.
func (p *Pattern) Compiled() (text string, ok bool) {
	switch p.Kind {
	case prefixed:
		return p.Text + string([]byte{Star}), true
	case Literal, glob:
		return p.Text, true
	case never:
	}
	return "", false
}

// MatchFold is match for actions: the pattern is in lower case already, s is not.
func (p *Pattern) MatchFold(s string) bool {
	switch p.Kind {
	case Literal:
		return len(p.Text) == len(s) && HasPrefixFold(s, p.Text)
	case prefixed:
		return HasPrefixFold(s, p.Text)
	case glob:
		return MatchGlob(p.Text, strings.ToLower(s))
	case never:
	}
	return false
}
