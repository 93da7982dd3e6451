package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/trailguard/trailguard/scanner"
)

// minSecret is the length from which secrets are removed, in bytes. Replacing
// shorter ones would spoil every message and protect nothing.
const minSecret = 4

// minEncoded is the length from which encoded forms of a secret are removed
// too, in bytes.
const minEncoded = 8

// maxDetail bounds how much of a message a server's own words take, in bytes.
const maxDetail = 400

// Scrubber removes the keys and tokens of this run from whatever a server says.
// Its zero value has none to remove yet. It is safe for concurrent use.
type Scrubber struct {
	mu      sync.RWMutex
	secrets []string
}

// Add has a secret removed from now on, in each form in which a server may
// repeat it.
func (s *Scrubber) Add(key Secret) {
	secret := key.value
	if len(secret) < minSecret {
		return
	}
	forms := formsOf(secret)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets = append(s.secrets, forms...)
}

// formsOf lists how a server may repeat a secret: as it is, escaped, encoded or
// reversed. Of a short secret it leaves out forms that could be ordinary words.
func formsOf(secret string) []string {
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	if quoted, err := json.Marshal(secret); err == nil {
		forms = append(forms, string(quoted[1:len(quoted)-1]))
	}
	if len(secret) >= minEncoded {
		digits, percent := hex.EncodeToString([]byte(secret)), ""
		for _, b := range []byte(secret) {
			percent += fmt.Sprintf("%%%02x", b)
		}
		forms = append(forms, digits, strings.ToUpper(digits), percent, strings.ToUpper(percent), reversed(secret))
		for before := range 3 {
			forms = append(forms, base64Within(base64.RawStdEncoding, secret, before), base64Within(base64.RawURLEncoding, secret, before))
		}
	}
	slices.SortFunc(forms, func(a, b string) int { return len(b) - len(a) }) // what holds another goes first
	return slices.Compact(forms)
}

// base64Within returns the letters that a secret always has in the base64 of a
// longer text, whatever stands around it, if the number of bytes before it
// leaves the given remainder on division by three.
func base64Within(encoding *base64.Encoding, secret string, before int) string {
	text := encoding.EncodeToString([]byte(strings.Repeat("-", before) + secret))
	if (before+len(secret))%3 != 0 {
		text = text[:len(text)-1] // holds bits of what follows too
	}
	return text[[]int{0, 2, 3}[before]:]
}

func reversed(text string) string {
	runes := []rune(text)
	slices.Reverse(runes)
	return string(runes)
}

// Clean removes the secrets from a value that is to be kept.
func (s *Scrubber) Clean(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, Redacted)
	}
	return text
}

// Quote makes a server's words safe for a message: without secrets, on one
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

// Said quotes what somebody else said within a message. What follows "; " in a
// message is advice, so the quote may not contain that.
func (s *Scrubber) Said(text string) string { return scanner.Said(s.Quote(text)) }
