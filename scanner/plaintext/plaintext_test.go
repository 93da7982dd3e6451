package plaintext_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner/plaintext"
)

func TestDecode(t *testing.T) {
	for text, want := range map[string]string{
		"a: 1\n":                  "a: 1\n",
		"\ufeffa: 1\n":            "a: 1\n",
		"":                        "",
		"\xff\xfea\x00":           "error: UTF-16",
		"\xfe\xff\x00a":           "error: UTF-16",
		"a\x00:\x00":              "error: UTF-16",
		"\x00a\x00:":              "error: UTF-16",
		"caf\xe9":                 "error: not UTF-8",
		"a \ufeff in the middle ": "a \ufeff in the middle ",
	} {
		got, err := plaintext.Decode([]byte(text))
		if problem, fails := strings.CutPrefix(want, "error: "); fails {
			if err == nil || !strings.Contains(err.Error(), problem) {
				t.Errorf("%q: error %v, want %q", text, err, problem)
			}
		} else if err != nil || string(got) != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
		got, err = io.ReadAll(plaintext.NewReader(strings.NewReader(text)))
		if wide := want == "error: UTF-16"; wide != (err != nil) || (!strings.HasPrefix(want, "error") && string(got) != want) {
			t.Errorf("%q as a stream: %q, %v", text, got, err)
		}
	}
}

func TestReadFileBoundsTheSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "large.yaml")
	for size, refused := range map[int]bool{plaintext.MaxSize: false, plaintext.MaxSize + 1: true} {
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		text, err := plaintext.ReadFile(path)
		if refused != (err != nil) || (err == nil && len(text) != size) {
			t.Errorf("%d bytes: read %d, %v", size, len(text), err)
		}
		if err != nil && !strings.HasPrefix(err.Error(), path+": larger than 1 MB") {
			t.Errorf("error %v", err)
		}
	}
}
