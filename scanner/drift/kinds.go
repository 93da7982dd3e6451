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
	left, ok := only(e.Text, object, name, tagsMember)
	if !ok {
		return e.Text, e.Digest
	}
	return left, scanner.Digest(left)
}

// tagsMember are the tags of a role or user, which are compared by themselves.
const tagsMember = "Tags"

// only leaves some members of an object in a document. The first is always there.
func only(text, object string, members ...string) (string, bool) {
	var content map[string]map[string]jsontext.Value
	if json.Unmarshal([]byte(text), &content) != nil {
		return "", false
	}
	left := map[string]jsontext.Value{members[0]: jsontext.Value(`""`)}
	for _, name := range members {
		if value := content[object][name]; value != nil {
			left[name] = value
		}
	}
	b, err := json.Marshal(map[string]map[string]jsontext.Value{object: left}, json.Deterministic(true))
	return string(b), err == nil
}
