package secretref_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/secretref"
)

const testKey = "dc28905bffff4a6c846e9e43"

// A secret is read from where the reference says, and no error repeats one.
func TestReferences(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file:" + path
	}
	t.Setenv("TG_KEY", testKey)
	t.Setenv("TG_EMPTY", "")
	t.Setenv("TG_TWO", "two words")
	for _, test := range []struct{ name, ref, says string }{
		{"environment", "env:TG_KEY", ""},
		{"file", write("key", testKey), ""},
		{"trailing newline", write("newline", testKey+"\n"), ""},
		{"trailing CRLF", write("crlf", testKey+"\r\n"), ""},
		{"unset", "env:TG_NOT_SET", "environment variable TG_NOT_SET is not set: export it with an Immuta API key"},
		{"empty variable", "env:TG_EMPTY", "environment variable TG_EMPTY is empty"},
		{"spaces", "env:TG_TWO", "holds a space"},
		{"empty file", write("empty", "\n"), "is empty: put an Immuta API key there"},
		{"two lines", write("lines", "a\nb\n"), "a line break"},
		{"large file", write("large", strings.Repeat("x", 64<<10+1)), "larger than 65536 bytes"},
		{"no file", "file:" + filepath.Join(dir, "absent"), "absent: no such file"},
		{"directory", "file:" + dir, "read apiKey"},
		{"no name", "env:", "without a name"},
		{"nothing", "", "apiKey is missing: write env:NAME or file:PATH"},
		{"inline", testKey, "keep the secret itself out"},
		{"inline with a colon", "key:" + testKey, "keep the secret itself out"},
		{"inline after env", "env:846e-9e43", "not the secret itself"},
		{"inline after env that could be a name", "env:dc28905bffff4a6c", "the environment variable that apiKey names is not set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			key, err := secretref.Read(secretref.Purpose{Key: "apiKey", Noun: "an Immuta API key"}, test.ref)
			switch {
			case test.says == "" && (err != nil || key.Reveal() != testKey):
				t.Errorf("key %q, error %v", key.Reveal(), err)
			case test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)):
				t.Errorf("error %v", err)
			case err != nil && (strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "9e43") || strings.Contains(err.Error(), "dc28905b")):
				t.Errorf("the error repeats the key: %v", err)
			}
		})
	}
}
