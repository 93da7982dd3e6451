package immuta

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
)

// toUTF8 removes a byte order mark, and decodes the encoding that Windows
// PowerShell uses for redirected output.
func toUTF8(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte("\xEF\xBB\xBF")):
		return text[3:]
	case bytes.HasPrefix(text, []byte("\xFF\xFE")):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte("\xFE\xFF")):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(text)/2)
	for rest := text[2:]; len(rest) >= 2; rest = rest[2:] {
		units = append(units, order.Uint16(rest))
	}
	return []byte(string(utf16.Decode(units)))
}

// dropTrailingCommas replaces each comma before a closing bracket by a space,
// so that positions stay the same as in the file. A comma without a value
// before it stays, since it is another mistake.
func dropTrailingCommas(text []byte) []byte {
	fixed := bytes.Clone(text)
	comma, inString := -1, false
	last := byte(0) // the last significant character before the comma
	for i := 0; i < len(fixed); i++ {
		switch c := fixed[i]; {
		case inString && c == '\\':
			i++
		case inString:
			inString = c != '"'
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		case c == ',':
			comma = -1
			if last != 0 && last != ',' && last != '[' && last != '{' && last != ':' {
				comma = i
			}
			last = c
		default:
			if comma >= 0 && (c == ']' || c == '}') {
				fixed[comma] = ' '
			}
			comma, last, inString = -1, c, c == '"'
		}
	}
	return fixed
}
