package redact

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestSecretPrintsAsRedacted(t *testing.T) {
	const key = "846e9e43c86a4c71be14290d95127d13"
	s := NewSecret(key)
	encoded, err := json.Marshal(map[string]any{"key": s})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%s %v %+v %#v %q %x %d %s %s", s, s, s, s, s, s, s, s.String(), encoded) + s.LogValue().String()
	if strings.Contains(text, key) || strings.Contains(text, fmt.Sprintf("%x", key)) || !strings.Contains(text, Redacted) {
		t.Error(text)
	}
}
