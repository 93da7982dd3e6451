package immuta

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/redact"
)

func TestKeyRefs(t *testing.T) {
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
		{"large file", write("large", strings.Repeat("x", maxKeyBytes+1)), "larger than 65536 bytes"},
		{"no file", "file:" + filepath.Join(dir, "absent"), "absent: no such file"},
		{"directory", "file:" + dir, "read the API key"},
		{"no name", "env:", "without a name"},
		{"nothing", "", "set apiKey to env:NAME or file:PATH"},
		{"inline", testKey, "keep the key itself out"},
		{"inline with a colon", "key:" + testKey, "keep the key itself out"},
		{"inline after env", "env:846e-9e43", "not the key itself"},
		{"inline after env that could be a name", "env:dc28905bffff4a6c", "the environment variable that apiKey names is not set"},
	} {
		t.Run(test.name, func(t *testing.T) {
			ref, err := ParseKeyRef(test.ref)
			var key Secret
			if err == nil {
				key, err = ref.Read()
			}
			switch {
			case test.says == "" && (err != nil || key.Reveal() != testKey):
				t.Errorf("key %q, error %v", key.Reveal(), err)
			case test.says != "" && (failure.KindOf(err) != failure.Configured || !strings.Contains(err.Error(), test.says)):
				t.Errorf("error %v", err)
			case err != nil && (strings.Contains(err.Error(), testKey) || strings.Contains(err.Error(), "9e43") || strings.Contains(err.Error(), "dc28905b")):
				t.Errorf("the error repeats the key: %v", err)
			}
		})
	}
	if _, err := (KeyRef{}).Read(); failure.KindOf(err) != failure.Configured {
		t.Errorf("error %v", err)
	}
}

func TestPathPrefixIsKept(t *testing.T) {
	fake := newFake(t, schemaFull, false)
	source := serve(t, fake, func(o *Options) { o.URL += "/tools" })
	if _, _, err := source.List(t.Context()); failure.KindOf(err) != failure.NotFound {
		t.Errorf("the prefix was lost: %v", err)
	}
}

func TestOptionsThatCannotWork(t *testing.T) {
	good := Options{URL: "https://acme.example.com", Key: redact.NewSecret(testKey), Now: func() time.Time { return testTime }}
	noPEM := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(noPEM, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		change func(*Options)
		says   string
	}{
		{"url", func(o *Options) { o.URL = "acme" }, "names no host"},
		{"clock", func(o *Options) { o.Now = nil }, "no clock"},
		{"key", func(o *Options) { o.Key = Secret{} }, "is empty"},
		{"absent bundle", func(o *Options) { o.CABundle = noPEM + "x" }, "read caBundle"},
		{"empty bundle", func(o *Options) { o.CABundle = noPEM }, "holds no PEM certificate"},
	} {
		o := good
		test.change(&o)
		if _, err := New(o); failure.KindOf(err) != failure.Configured || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	source, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	if source.o.Timeout != DefaultTimeout || source.o.MaxBytes != DefaultMaxBytes || source.o.RetryMax != DefaultRetryMax {
		t.Errorf("defaults %+v", source.o)
	}
}
