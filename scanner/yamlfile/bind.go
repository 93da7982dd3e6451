package yamlfile

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"

	"github.com/trailguard/trailguard/scanner/nearest"
)

// Bind fills a struct through a pointer, by its yaml tags, and returns
// everything that does not fit: names that no field has, with the nearest one,
// and values of another form. It handles structs, pointers to them, maps by
// text, lists, texts, whole numbers, yes or no, [Texts], and [Value].
func Bind(n *Node, into any) []Problem {
	b := &binder{}
	v := reflect.ValueOf(into).Elem()
	b.known = names(v.Type())
	if n != nil {
		b.bind(n, v)
	}
	return b.problems
}

// Texts is a list of texts. In the file a single text may stand for a list of
// one. It is nil where the file has nothing.
type Texts []string

type binder struct {
	known    []string // of the whole file
	problems []Problem
}

func (b *binder) add(line int, format string, args ...any) {
	b.problems = append(b.problems, Problem{line, fmt.Sprintf(format, args...)})
}

// forms are what kinds of values are called.
func form(t reflect.Type) (Kind, string) {
	switch t.Kind() {
	case reflect.Struct, reflect.Map:
		return Mapping, "a mapping"
	case reflect.Slice:
		return List, "a list"
	case reflect.Int:
		return Scalar, "a whole number"
	case reflect.Bool:
		return Scalar, "true or false"
	default:
		return Scalar, "a text"
	}
}

func (b *binder) bind(n *Node, v reflect.Value) {
	if n.Kind == Null {
		return
	}
	if v.Kind() == reflect.Pointer {
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	if v.Type() == reflect.TypeFor[Value]() {
		text, err := json.Marshal(b.value(n))
		if err != nil {
			b.add(n.Line, "not a value: %s", err)
		}
		v.SetBytes(text)
		return
	}
	kind, what := form(v.Type())
	if v.Type() == reflect.TypeFor[Texts]() {
		what = "a text or a list"
		if n.Kind == Scalar {
			v.Set(reflect.ValueOf(Texts{n.Text}))
			return
		}
	}
	if n.Kind != kind {
		b.add(n.Line, "%s should stand here", what)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		b.fields(n, v)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for _, f := range n.Fields {
			element := reflect.New(v.Type().Elem()).Elem()
			b.bind(f.Value, element)
			v.SetMapIndex(reflect.ValueOf(f.Name), element)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
		for i, item := range n.Items {
			b.bind(item, v.Index(i))
		}
	default:
		if !set(v, n.Text) {
			b.add(n.Line, "%s should stand here", what)
		}
	}
}

// set reports whether a value can hold a text, and stores it.
func set(v reflect.Value, text string) bool {
	switch v.Kind() {
	case reflect.Int:
		number, err := strconv.Atoi(text)
		v.SetInt(int64(number))
		return err == nil
	case reflect.Bool:
		yes, err := strconv.ParseBool(text)
		v.SetBool(yes)
		return err == nil
	default:
		v.SetString(text)
		return true
	}
}

func (b *binder) fields(n *Node, v reflect.Value) {
	fields := map[string]int{}
	var own []string
	for i := range v.NumField() {
		if name := tag(v.Type().Field(i)); name != "" {
			fields[name], own = i, append(own, name)
		}
	}
	for _, f := range n.Fields {
		if i, ok := fields[f.Name]; ok {
			b.bind(f.Value, v.Field(i))
			continue
		}
		near := nearest.Name(f.Name, own)
		if near == "" {
			near = nearest.Name(f.Name, b.known)
		}
		if near != "" {
			near = fmt.Sprintf("; did you mean %q?", near)
		}
		b.add(f.Line, "unknown key %q%s", f.Name, near)
	}
}

func tag(f reflect.StructField) string {
	if name := f.Tag.Get("yaml"); name != "-" {
		return name
	}
	return ""
}

// names lists every name that a type knows, at whatever depth, sorted.
func names(t reflect.Type) []string {
	var all []string
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		switch t.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Map:
			walk(t.Elem())
		case reflect.Struct:
			for i := range t.NumField() {
				if name := tag(t.Field(i)); name != "" {
					all = append(all, name)
					walk(t.Field(i).Type)
				}
			}
		default:
		}
	}
	walk(t)
	slices.Sort(all)
	return slices.Compact(all)
}
