// Package policytext reads the texts of policies as AWS sends them.
package policytext

import (
	"encoding/hex"
	"encoding/json"
	"strings"
)

// Decode undoes the URL-encoding of a policy document, which IAM applies and
// other servers do not. It leaves plus signs alone, since in RFC 3986 they do
// not mean a space. It reports whether the result is a JSON object.
func Decode(text string) (string, bool) {
	if IsObject(text) {
		return text, true
	}
	decoded := unescape(text)
	return decoded, IsObject(decoded)
}

// IsObject reports whether a text is a JSON object.
func IsObject(text string) bool {
	return strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") && json.Valid([]byte(text))
}

// unescape replaces each %XX, and leaves every other percent sign as it is.
func unescape(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if b, err := hex.DecodeString(text[i+1 : i+3]); err == nil {
				out.WriteByte(b[0])
				i += 2
				continue
			}
		}
		out.WriteByte(text[i])
	}
	return out.String()
}
