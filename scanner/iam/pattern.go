package iam

import (
	"strings"
	"unicode/utf8"
)

// A compiled pattern is a string in which bytes that can not occur in UTF-8 stand for the
// wildcards. So literal text, "${*}" included, needs no escaping, and matching needs no tokens.
const (
	tokStar    = 0xFF // any number of characters
	tokAny     = 0xFE // one character
	tokSegStar = 0xFD // any number of characters but ":"
	tokSegAny  = 0xFC // one character but ":"
	firstTok   = tokSegAny
)

type patternKind uint8

const (
	patGlob    patternKind = iota // has wildcards other than one at the end
	patLiteral                    // has none
	patPrefix                     // ends in its only wildcard, "*"
	patNever                      // matches nothing
)

// pattern is an action, resource or condition value, ready for matching.
type pattern struct {
	kind patternKind
	text string // compiled; without the star for patPrefix
}

// newPattern classifies compiled text.
func newPattern(compiled string) pattern {
	compiled = normaliseRuns(compiled)
	i := indexToken(compiled)
	switch {
	case i < 0:
		return pattern{kind: patLiteral, text: compiled}
	case i == len(compiled)-1 && compiled[i] == tokStar:
		return pattern{kind: patPrefix, text: compiled[:i]}
	default:
		return pattern{kind: patGlob, text: compiled}
	}
}

// globPattern compiles text with wildcards. The common forms, none and one star at the end, need
// no copy.
func globPattern(s string) pattern {
	switch i := strings.IndexAny(s, "*?"); {
	case i < 0:
		return pattern{kind: patLiteral, text: s}
	case i == len(s)-1 && s[i] == '*':
		return pattern{kind: patPrefix, text: s[:i]}
	}
	return newPattern(compileGlob(s))
}

// compileGlob turns "*" and "?" into wildcards.
func compileGlob(s string) string {
	if strings.IndexByte(s, '*') < 0 && strings.IndexByte(s, '?') < 0 {
		return s
	}
	b := make([]byte, len(s))
	for i := range len(s) {
		switch s[i] {
		case '*':
			b[i] = tokStar
		case '?':
			b[i] = tokAny
		default:
			b[i] = s[i]
		}
	}
	return string(b)
}

// normaliseRuns writes every run of wildcards as its "?" followed by at most one "*". It
// makes the test for containment exact: "*?" and "?*" are the same set.
func normaliseRuns(s string) string {
	i := strings.IndexByte(s, tokStar)
	if i < 0 || i == len(s)-1 && (i == 0 || s[i-1] < firstTok) {
		return s
	}
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		if s[i] != tokStar && s[i] != tokAny {
			out = append(out, s[i])
			i++
			continue
		}
		star := false
		for ; i < len(s) && (s[i] == tokStar || s[i] == tokAny); i++ {
			if s[i] == tokAny {
				out = append(out, tokAny)
			}
			star = star || s[i] == tokStar
		}
		if star {
			out = append(out, tokStar)
		}
	}
	return string(out)
}

// indexToken finds the first wildcard.
func indexToken(s string) int {
	for i := range len(s) {
		if s[i] >= firstTok {
			return i
		}
	}
	return -1
}

// match reports whether the pattern matches s, in time bounded by the product of their lengths.
func (p *pattern) match(s string) bool {
	switch p.kind {
	case patLiteral:
		return p.text == s
	case patPrefix:
		return strings.HasPrefix(s, p.text)
	case patGlob:
		return matchGlob(p.text, s)
	case patNever:
	}
	return false
}

// coverage says how much of a set of strings a pattern matches.
type coverage uint8

const (
	coversNone coverage = iota
	coversSome
	coversAll
)

// matchSet compares the pattern with all strings that begin with prefix: coversAll when it matches every
// one, coversNone when it matches none.
func (p *pattern) matchSet(prefix string) coverage {
	switch p.kind {
	case patLiteral:
		if strings.HasPrefix(p.text, prefix) {
			return coversSome
		}
		return coversNone
	case patPrefix:
		if strings.HasPrefix(prefix, p.text) {
			return coversAll
		}
		if strings.HasPrefix(p.text, prefix) {
			return coversSome
		}
		return coversNone
	case patGlob:
		return matchGlobSet(p.text, prefix)
	case patNever:
	}
	return coversNone
}

// matchGlobSet is matchSet for compiled text with normalised runs. Once a star is reached it can
// take all that follows, so the beginning up to the first star decides whether the sets meet;
// and a pattern holds every continuation exactly when it ends in a star and matches the prefix.
func matchGlobSet[P string | []byte](p P, prefix string) coverage {
	pi, si := 0, 0
	for si < len(prefix) {
		if pi == len(p) {
			return coversNone
		}
		c := p[pi]
		if c == tokStar {
			break
		}
		switch c {
		case tokAny:
			si += runeLen(prefix, si)
		case prefix[si]:
			si++
		default:
			return coversNone
		}
		pi++
	}
	if len(p) > 0 && p[len(p)-1] == tokStar && matchGlob(p, prefix) {
		return coversAll
	}
	return coversSome
}

// matchGlob matches greedily: on a mismatch only the last star is extended, which is enough
// because whatever an earlier star could take the last one can take as well. Stars that stop
// at ":" lie in one segment each, so the same holds inside every segment.
func matchGlob[P string | []byte](p P, s string) bool {
	pi, si := 0, 0
	star, from := -1, 0
	for si < len(s) {
		if pi < len(p) {
			switch c := p[pi]; {
			case c < firstTok && c == s[si]:
				pi++
				si++
				continue
			case c == tokStar || c == tokSegStar:
				if c == tokStar && pi == len(p)-1 {
					return true
				}
				star, from = pi, si
				pi++
				continue
			case c == tokAny || c == tokSegAny && s[si] != ':':
				pi++
				si += runeLen(s, si)
				continue
			}
		}
		if star < 0 || p[star] == tokSegStar && s[from] == ':' {
			return false
		}
		from += runeLen(s, from)
		pi, si = star+1, from
	}
	for pi < len(p) && (p[pi] == tokStar || p[pi] == tokSegStar) {
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

// compiled is the text of a pattern with its wildcards; ok is false when it matches nothing.
func (p *pattern) compiled() (text string, ok bool) {
	switch p.kind {
	case patPrefix:
		return p.text + string([]byte{tokStar}), true
	case patLiteral, patGlob:
		return p.text, true
	case patNever:
	}
	return "", false
}

// matchFold is match for actions: the pattern is in lower case already, s is not.
func (p *pattern) matchFold(s string) bool {
	switch p.kind {
	case patLiteral:
		return len(p.text) == len(s) && hasPrefixFold(s, p.text)
	case patPrefix:
		return hasPrefixFold(s, p.text)
	case patGlob:
		return matchGlob(p.text, strings.ToLower(s))
	case patNever:
	}
	return false
}

// hasPrefixFold compares backwards: actions differ at the end far more often than at the start.
func hasPrefixFold(s, lower string) bool {
	if len(s) < len(lower) {
		return false
	}
	for i := len(lower) - 1; i >= 0; i-- {
		if lowerByte(s[i]) != lower[i] {
			return false
		}
	}
	return true
}

func lowerByte(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
