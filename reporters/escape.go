package reporters

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/trailguard/trailguard/reporters/internal/visible"
)

// Visible escapes characters that a terminal or a viewer would obey or hide.
// The result is one line of text.
func Visible(s string) string { return visible.Text(s) }

// percentEncode encodes a path for a URI. Everything but the unreserved
// characters is encoded, also the colon, because GitHub takes one in the first
// segment for a scheme. Bytes that are not UTF-8 are replaced, since a URI
// cannot hold them.
func percentEncode(path string) string {
	var b strings.Builder
	for _, c := range []byte(strings.ToValidUTF8(path, "\uFFFD")) {
		switch {
		case c == '/', c == '-', c == '.', c == '_', c == '~',
			'0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

// jsonText is a writer for JSON that may be shown on a terminal. The encoder
// has already escaped the control characters of ASCII. The writer turns the
// others that Visible escapes into \u sequences. No value changes by that,
// because such characters occur in JSON only within strings.
type jsonText struct {
	w    io.Writer
	tail []byte // the start of a character whose rest is still to come
}

// Write implements io.Writer.
func (j *jsonText) Write(p []byte) (int, error) {
	text := append(j.tail, p...)
	out := make([]byte, 0, len(text))
	for len(text) > 0 && utf8.FullRune(text) {
		r, size := utf8.DecodeRune(text)
		if r >= 0x7f && r != utf8.RuneError && visible.Hidden(r) {
			out = appendUTF16(out, r)
		} else {
			out = append(out, text[:size]...)
		}
		text = text[size:]
	}
	j.tail = append([]byte(nil), text...)
	if _, err := j.w.Write(out); err != nil {
		return 0, err
	}
	return len(p), nil
}

func appendUTF16(out []byte, r rune) []byte {
	if r < 0x10000 {
		return fmt.Appendf(out, `\u%04x`, r)
	}
	r -= 0x10000
	return fmt.Appendf(out, `\u%04x\u%04x`, 0xd800+(r>>10), 0xdc00+(r&0x3ff))
}
