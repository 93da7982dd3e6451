package aws

import (
	"encoding/json"
	"fmt"
	"strings"
)

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
