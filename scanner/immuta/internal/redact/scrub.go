package redact

import (
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"unicode"
)

// minSecret is the shortest text that is looked for: replacing shorter ones
// would maul every message and protect nothing.
const minSecret = 4

// maxDetail bounds what a server's own words may take of a message, in bytes.
const maxDetail = 400

// Scrubber removes the keys and tokens of this run from whatever a server says.
// The zero value knows none yet. It is safe for concurrent use.
type Scrubber struct {
	mu      sync.RWMutex
	secrets []string
}

// Add makes a secret one to remove, in each form in which it may be repeated.
func (s *Scrubber) Add(key Secret) {
	secret := key.value
	if len(secret) < minSecret {
		return
	}
	forms := []string{secret}
	if escaped := url.QueryEscape(secret); escaped != secret {
		forms = append(forms, escaped)
	}
	if quoted, err := json.Marshal(secret); err == nil && string(quoted[1:len(quoted)-1]) != secret {
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = append(s.secrets, forms...)
}

// Clean removes the secrets from a value that is kept.
func (s *Scrubber) Clean(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, Redacted)
	}
	return text
}

// Quote makes a server's words fit for a message: without secrets, on one
// line, and short.
func (s *Scrubber) Quote(text string) string {
	text = strings.Join(strings.FieldsFunc(s.Clean(text), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || !unicode.IsPrint(r)
	}), " ")
	text, _ = Credentials(text)
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "…"
	}
	return text
}
