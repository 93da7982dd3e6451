package redact

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
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

func TestScrubberKnowsEveryFormOfASecret(t *testing.T) {
	const key = "846e9e43c86a/71be+4290d95?27d13"
	var s Scrubber
	s.Add(NewSecret(key))
	percent := ""
	for _, b := range []byte(key) {
		percent += fmt.Sprintf("%%%02X", b)
	}
	quoted, err := json.Marshal(key)
	if err != nil {
		t.Fatal(err)
	}
	basic := func(user string) string { return base64.StdEncoding.EncodeToString([]byte(user + ":" + key + "\n")) }
	for name, said := range map[string]string{
		"as it is": key, "quoted": string(quoted), "query": url.QueryEscape(key), "path": url.PathEscape(key), "percent": percent,
		"hex": hex.EncodeToString([]byte(key)), "HEX": fmt.Sprintf("%X", key), "reversed": reversed(key),
		"base64": base64.StdEncoding.EncodeToString([]byte(key)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(key)),
		"basic authentication": basic("ab"), "after one byte more": basic("abc"), "after two bytes more": basic("abcd"),
	} {
		got := s.Clean("the server says " + said + " about it")
		// What may stay are letters that hold bits of the key's neighbours: at
		// most eight before and four after.
		if kept := len(got) - len("the server says "+Redacted+" about it"); !strings.Contains(got, Redacted) || kept > 12 {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := s.Clean("nothing to see"); got != "nothing to see" {
		t.Error(got)
	}
}
