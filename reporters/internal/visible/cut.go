package visible

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// Clip cuts a text to a number of characters and says how many are missing.
func Clip(s string, limit int) string {
	n := utf8.RuneCountInString(s)
	if n <= limit {
		return s
	}
	return fmt.Sprintf("%s... (%d more characters)", string([]rune(s)[:limit]), n-limit)
}

// Cut shortens a text to a number of UTF-16 code units, the ellipsis included,
// without splitting a character. Some formats limit characters and some code
// units; a text never has more characters than code units, so that both limits
// hold.
func Cut(s string, limit int) string {
	const dots = "..."
	if len(s) <= limit { // no text has more code units than bytes
		return s
	}
	units, end := 0, 0
	for i, r := range s {
		if units += max(1, utf16.RuneLen(r)); units > limit {
			return s[:end] + dots
		}
		if units <= limit-len(dots) {
			end = i + len(string(r))
		}
	}
	return s
}
