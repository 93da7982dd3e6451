package redact

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	accessKeyID = regexp.MustCompile(`\b(AKIA|ASIA)[A-Z0-9]{8,}([A-Z0-9]{4})\b`)
	signature   = regexp.MustCompile(`(?i)\b(sig|x-amz-signature|x-amz-security-token|sastoken)=[^&\s"']+`)
)

// Credentials shortens access key ids and removes the signatures of signed URLs
// from a text, and reports whether there were any.
func Credentials(text string) (string, bool) {
	masked := accessKeyID.ReplaceAllString(text, "$1…$2")
	masked = signature.ReplaceAllString(masked, "$1="+Redacted)
	return masked, masked != text
}

// KeyID leaves enough of an access key's id to tell it from the user's other one.
// Nothing stays nothing.
func KeyID(id string) string {
	if id == "" {
		return ""
	}
	return "…" + id[max(0, len(id)-4):]
}

var secretNames = []string{
	"accesskey", "accountkey", "apikey", "authorization", "bearer", "connectionstring", "credential",
	"passwd", "password", "privatekey", "sastoken", "secret", "sessiontoken", "signature",
}

// SecretName reports whether a field of this name would hold a secret.
func SecretName(name string) bool {
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
