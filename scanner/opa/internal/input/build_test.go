package input_test

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/opa/internal/input"
)

// TestBuiltIsWhatIsWritten fills facts with all that their types can hold: what
// rules see must be what the schema and the JSON say.
func TestBuiltIsWhatIsWritten(t *testing.T) {
	b := builder(t)
	for seed := range uint64(300) {
		var in fact.Input
		fill(rand.New(rand.NewPCG(seed, 1)), reflect.ValueOf(&in).Elem(), 0)
		compare(t, b, &in)
	}
}

type (
	embedded struct {
		Inner string `json:"inner"`
		Out   string `json:"-"`
	}
	strange struct {
		embedded
		Untagged string
		Empty    []int          `json:"empty,omitempty"`
		None     *embedded      `json:"none,omitempty"`
		Nil      []string       `json:"nil"`
		Map      map[string]any `json:"map"`
		Time     time.Time      `json:"time"`
		Bytes    []byte         `json:"bytes"`
		Float    float64        `json:"float"`
		Numbers  map[int]string `json:"numbers"`
		Self     *strange       `json:"self"`
		hidden   string
	}
)

func TestBuiltOfWhateverJSONKnows(t *testing.T) {
	one := strange{
		embedded: embedded{"i", "o"}, Untagged: "u", Map: map[string]any{"a": []any{1, 2.5, nil, true, "\xff\xfe", json.RawMessage(`{"é":"\u00e9"}`)}},
		Time: time.Unix(0, 0).UTC(), Bytes: []byte("b"), Float: 1e21, Numbers: map[int]string{1: "one"}, hidden: "h",
	}
	for _, in := range []any{
		nil, one, &strange{Self: &one},
		[]strange{one},
		map[string]strange{"": one},
		(*strange)(nil), json.RawMessage(`[1]`), "", 7, -1, true,
		map[string]any(nil),
		[]any{},
		json.Number("1.50"),
	} {
		compare(t, builder(t), in)
	}
}

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	for _, in := range []any{json.RawMessage(`{`), json.RawMessage(`{"a":1,"a":2}`), json.RawMessage(nil), func() {}, struct {
		F any `json:"f"`
	}{make(chan int)}} {
		if value, err := builder(t).Build(in); err == nil {
			t.Errorf("%T was built as %v", in, value)
		}
	}
}

func builder(t *testing.T) *input.Builder {
	t.Helper()
	b, err := input.NewBuilder(fact.Schema())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compare(t *testing.T, b *input.Builder, in any) {
	t.Helper()
	text, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	want, err := ast.InterfaceToValue(json.RawMessage(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := b.Build(in)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if got.Compare(want) != 0 {
		t.Errorf("built   %v\nwritten %v", got, want)
	}
}

// fill sets everything that can be set to something, or leaves it empty.
func fill(r *rand.Rand, v reflect.Value, depth int) {
	const deep = 8
	if r.IntN(8) == 0 || depth > deep {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(r, v.Field(i), depth+1)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(r, v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(3), 3))
		for i := range v.Len() {
			fill(r, v.Index(i), depth+1)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(r, key, depth+1)
		fill(r, value, depth+1)
		v.SetMapIndex(key, value)
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(reflect.ValueOf([]any{json.RawMessage(`{"Statement":[1,null]}`), "text", map[string]any{"a": 1}}[r.IntN(3)]))
		}
	case reflect.String:
		v.SetString([]string{"acme", "<é>", "\xff", `"\`}[r.IntN(4)])
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(r.IntN(3000) - 1000))
	case reflect.Bool:
		v.SetBool(true)
	default:
	}
}
