package immuta

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// minSecret is the shortest text that is looked for: replacing shorter ones
// would maul every message and protect nothing.
const minSecret = 4

// maxDetail bounds what a server's own words may take of a message, in bytes.
const maxDetail = 400

// scrubber removes the keys and tokens of this run from whatever a server says.
type scrubber struct {
	mu      sync.RWMutex
	secrets []string
}

func (s *scrubber) add(secret string) {
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

// clean removes the secrets from a value that is kept.
func (s *scrubber) clean(text string) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, secret := range s.secrets {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	return text
}

// quote makes a server's words fit for a message: without secrets, on one
// line, and short.
func (s *scrubber) quote(text string) string {
	text = strings.Join(strings.FieldsFunc(s.clean(text), func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || !unicode.IsPrint(r)
	}), " ")
	text, _ = maskCredentials(text)
	if len(text) > maxDetail {
		text = strings.ToValidUTF8(text[:maxDetail], "") + "…"
	}
	return text
}

var (
	accessKeyID = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{8,}([A-Z0-9]{4})\b`)
	signature   = regexp.MustCompile(`(?i)\b(sig|x-amz-signature|x-amz-security-token|sastoken)=[^&\s"']+`)
)

// maskCredentials shortens access key ids and removes the signatures of signed
// URLs from a text, and says whether there were any.
func maskCredentials(text string) (string, bool) {
	masked := accessKeyID.ReplaceAllString(text, "$1…$2")
	masked = signature.ReplaceAllString(masked, "$1="+redacted)
	return masked, masked != text
}

var secretNames = []string{
	"accesskey", "accountkey", "apikey", "authorization", "bearer", "connectionstring", "credential",
	"passwd", "password", "privatekey", "sastoken", "secret", "sessiontoken", "signature",
}

// secretName tells whether a field of this name would hold a secret.
func secretName(name string) bool {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
	if plain == "token" || plain == "sas" {
		return true
	}
	for _, part := range secretNames {
		if strings.Contains(plain, part) {
			return true
		}
	}
	return false
}
