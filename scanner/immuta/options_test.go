package immuta

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/redact"
)

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
