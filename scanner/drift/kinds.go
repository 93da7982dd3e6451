package drift

import (
	"maps"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// compare compares two documents that are not policies. An empty text stands
// for no document.
type compare func(before, after string, c *comparison) ([]detail, error)

// settings holds the comparison for each kind that is not a policy.
var settings = func() map[document.Kind]compare {
	all := bucketSettings()
	maps.Copy(all, protectionSettings())
	maps.Copy(all, identitySettings())
	maps.Copy(all, organizationSettings())
	maps.Copy(all, cloudtrailSettings())
	return all
}()

// isCompared says whether documents of a kind are compared. Deliveries, the use of
// keys and documents that repeat another are not. The configuration is compared
// field by field.
func isCompared(kind document.Kind) bool {
	return kind.Aspect() != document.AspectNone && kind.Aspect() != document.AspectConfiguration
}

// stable returns the part of a document that is compared, and its digest.
func stable(e *scanner.Evidence) (text, digest string) {
	object, name, ok := e.Kind.Member()
	if !ok {
		if text = e.Kind.Compared(e.Text); text != e.Text {
			return text, scanner.Digest(text)
		}
		return e.Text, e.Digest
	}
	var content map[string]map[string]jsontext.Value
	if json.Unmarshal([]byte(e.Text), &content) != nil {
		return e.Text, e.Digest
	}
	value := content[object][name]
	if value == nil {
		value = jsontext.Value(`""`)
	}
	b, err := json.Marshal(map[string]map[string]jsontext.Value{object: {name: value}})
	if err != nil {
		return e.Text, e.Digest
	}
	return string(b), scanner.Digest(string(b))
}
