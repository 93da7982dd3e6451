package document

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Encode returns the text of a document that AWS returns in several parts: JSON
// in the order of the fields, with policies and names as they are, < and &
// unescaped.
func Encode(document any) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(document); err != nil {
		// Documents are structs of strings, numbers and times.
		panic(fmt.Sprintf("encode %T: %v", document, err))
	}
	return strings.TrimSuffix(out.String(), "\n")
}
