package pattern

import "strings"

// HasPrefixFold compares from the end: actions differ at the end far more often
// than at the start.
func HasPrefixFold(s, lower string) bool {
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

// ContainsFold looks for a text in lower case in a list, where letter case is ignored.
func ContainsFold(list []string, lower string) bool {
	for _, n := range list {
		if len(n) == len(lower) && HasPrefixFold(n, lower) || !isASCII(n) && strings.ToLower(n) == lower {
			return true
		}
	}
	return false
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
