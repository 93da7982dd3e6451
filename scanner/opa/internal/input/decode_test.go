package input

import (
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
)

const tinySchema = `{"type":"object","properties":{"facts":{"type":"object","properties":{"name":{"type":"string"}}}}}`

// FuzzDecode compares with OPA's own reading of JSON: whatever is read is the
// same value, and whatever is refused there is refused here. That this one is
// stricter (no name twice, no broken UTF-8) is meant.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{}`, `[]`, `null`, `"é\u00e9\n"`, `{"facts":{"name":"x","list":[1,-2.5e3,true,false,null,[],{}]}}`,
		`{"n\u0061me":1}`, `{"a":1}x`, `{"a":1,"a":2}`, `{"a"`, ``, `[1,`, "\"\xff\"", `1e400`, `00`,
	} {
		f.Add(text)
	}
	d, err := NewDecoder([]byte(tinySchema))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := d.Decode([]byte(text))
		if err != nil {
			return
		}
		want, err := ast.ValueFromReader(strings.NewReader(text))
		if err != nil {
			t.Fatalf("%q was read, but OPA refuses it: %v", text, err)
		}
		if got.Compare(want) != 0 {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	d, err := NewDecoder([]byte(tinySchema))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{``, `{`, `{"a":1}{}`, `{"a":1,"a":2}`, `{"a"}`, `[1,]`, `{"a":[1}`, "\"\xff\""} {
		if value, err := d.Decode([]byte(text)); err == nil {
			t.Errorf("%q was read as %v", text, value)
		}
	}
}
