package policytext

import (
	"net/url"
	"testing"
)

func TestDecodeDocument(t *testing.T) {
	const doc = `{"a":"100% +%41 é <&>"}`
	for name, encoded := range map[string]string{
		"plain":      doc,
		"RFC 3986":   url.PathEscape(doc),
		"everything": "%7B%22a%22%3A%22100%25%20%2B%2541%20%c3%a9%20%3C%26%3E%22%7D",
		"plus sign":  "%7B%22a%22%3A%22100%25%20+%2541%20%C3%A9%20%3C%26%3E%22%7D",
	} {
		if got, ok := Decode(encoded); got != doc || !ok {
			t.Errorf("%s: %q %t", name, got, ok)
		}
	}
	for _, encoded := range []string{"", "null", "[]", "%5B%5D", "<html>", "{", "%", "%7", "%7B", "{}{}"} {
		if got, ok := Decode(encoded); ok {
			t.Errorf("%q is taken for the document %q", encoded, got)
		}
	}
}

func FuzzDecodeDocument(f *testing.F) {
	f.Add(`{"a":"%41"}`)
	f.Add("%7B%7D")
	f.Add("%zz")
	f.Fuzz(func(t *testing.T, doc string) {
		if !IsObject(doc) {
			Decode(doc)
			return
		}
		for _, encoded := range []string{doc, url.PathEscape(doc)} {
			if got, ok := Decode(encoded); got != doc || !ok {
				t.Errorf("%q became %q", encoded, got)
			}
		}
	})
}
