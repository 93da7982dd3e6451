package listing

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/redact"
)

// maxSecrets bounds how many dropped fields of one item are named.
const maxSecrets = 20

// secrets reports the fields of an item whose names mean a secret. They are not
// kept in any case, since only known fields are.
func (r *reading) secrets(item []byte) {
	for _, name := range secretFields(item) {
		r.dropped(r.list.Scrub.Quote(name))
	}
}

// secretFields returns the paths of such fields that have a value, sorted.
func secretFields(item []byte) []string {
	dec := jsontext.NewDecoder(bytes.NewBuffer(item), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var found []string
	for len(found) < maxSecrets {
		token, err := dec.ReadToken()
		if err != nil {
			break
		}
		kind, length := dec.StackIndex(dec.StackDepth())
		if kind != '{' || length%2 == 0 || token.Kind() != '"' {
			continue // not a member's name
		}
		name := token.String()
		if !redact.SecretName(alias.ReplaceAllString(name, "")) {
			continue
		}
		path := strings.ReplaceAll(strings.TrimPrefix(string(dec.StackPointer()), "/"), "/", ".")
		value, err := dec.ReadValue()
		if err != nil {
			break
		}
		if plain := string(value); answer.Filled(value) && plain != "true" && plain != "false" && !slices.Contains(found, path) {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	return found
}
