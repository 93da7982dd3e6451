package resource

import (
	"bytes"
	"encoding/json"
)

// Values are a resource's attributes, before or after.
type Values struct {
	there              bool
	known              map[string]any
	unknown, sensitive map[string]any // what is marked, with the structure of known
	later              string
}

// NewValues returns the attributes that are known; nil: the resource is not there.
// What of them is unknown or sensitive is marked by true, in the structure of known.
// Later says when an unknown one is known: "known after apply".
func NewValues(known, unknown, sensitive any, later string) Values {
	v := Values{there: known != nil, later: later}
	v.known, _ = known.(map[string]any)
	v.unknown, _ = unknown.(map[string]any)
	v.sensitive, _ = sensitive.(map[string]any)
	return v
}

// state is what is known of an attribute.
type state int

const (
	absent  state = iota // null, or no such attribute
	known                // of a value
	unknown              // known after apply
	hidden               // sensitive
)

// attribute is a value with what is known of it.
type attribute struct {
	state state
	text  string // of a string
	value any
	later string // when it is known
}

// of returns an attribute. Where a part of it is not known, all of it is not.
func (v Values) of(name string) attribute {
	switch value := v.known[name]; {
	case marked(v.unknown[name]):
		return attribute{state: unknown, later: v.later}
	case marked(v.sensitive[name]):
		return attribute{state: hidden}
	case value == nil:
		return attribute{}
	default:
		text, _ := value.(string)
		return attribute{state: known, text: text, value: value}
	}
}

// text is of for a string: an empty one is none.
func (v Values) text(name string) attribute {
	a := v.of(name)
	if a.state == known && a.text == "" {
		return attribute{}
	}
	return a
}

// marked says whether anything in a value is true.
func marked(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case map[string]any:
		for _, member := range v {
			if marked(member) {
				return true
			}
		}
	case []any:
		for _, entry := range v {
			if marked(entry) {
				return true
			}
		}
	}
	return false
}

// why says in a clause why an attribute is not known; empty: it is.
func (a attribute) why(name string) string {
	switch a.state {
	case unknown:
		return "its " + name + " is " + a.later
	case hidden:
		return "its " + name + " is marked as sensitive, and is not shown to the rules, whose reports would quote it"
	default:
		return ""
	}
}

// into reads a block, which plans write as a list of one, or an attribute; false
// where it is of another form.
func (a attribute) into(target any) bool {
	text, err := json.Marshal(a.value)
	return err == nil && json.Unmarshal(text, target) == nil
}

// exactly is into for what must not hold more than the target has a place for.
func (a attribute) exactly(target any) bool {
	text, err := json.Marshal(a.value)
	if err != nil {
		return false
	}
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	return strict.Decode(target) == nil
}

// all is the JSON of some attributes, or of all, and why it is not known.
func (v Values) all(names ...string) (text, why string) {
	if len(names) == 0 {
		for name := range v.known {
			names = append(names, name)
		}
	}
	shown := map[string]any{}
	for _, name := range names {
		a := v.of(name)
		if why = a.why(name); why != "" {
			return "", why
		}
		shown[name] = a.value
	}
	out, err := json.Marshal(shown)
	if err != nil {
		return "", "it cannot be read"
	}
	return string(out), ""
}

// documents are those of a resource that is there.
func (v Values) documents(of func(Values) []doc) []doc {
	if !v.there {
		return nil
	}
	return of(v)
}
