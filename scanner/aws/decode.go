package aws

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
)

// decodeDocument undoes the URL-encoding of a policy document, which IAM
// applies and other servers do not. A plus sign is left alone: in RFC 3986 it is
// no space. It says whether the result is a JSON object.
func decodeDocument(text string) (string, bool) {
	if isObject(text) {
		return text, true
	}
	decoded := unescape(text)
	return decoded, isObject(decoded)
}

func isObject(text string) bool {
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

// encode writes a document in the order of its fields.
func encode(document any) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // policies and names speak of < and & as they are
	if err := enc.Encode(document); err != nil {
		// Documents are structs of strings, numbers and times of this package.
		panic(fmt.Sprintf("encode %T: %v", document, err))
	}
	return strings.TrimSuffix(out.String(), "\n")
}
