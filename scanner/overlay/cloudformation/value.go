package cloudformation

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// value is what a node comes to.
type value struct {
	v       any
	unknown bool // some of it is known to CloudFormation alone
	secret  bool // some of it is a parameter with NoEcho
	none    bool // AWS::NoValue, or nothing
	// like is the name that is not known, with an asterisk for what is not.
	like string
}

var unknown = value{unknown: true, like: "*"}

// text is a known text; empty: it is none.
func (v value) text() string {
	if v.unknown || v.none {
		return ""
	}
	switch of := v.v.(type) {
	case string:
		return of
	case bool:
		return strconv.FormatBool(of)
	case int64:
		return strconv.FormatInt(of, 10)
	case float64:
		return strconv.FormatFloat(of, 'f', -1, 64)
	default:
		return ""
	}
}

// json is a policy as a text.
func (v value) json() value {
	if _, text := v.v.(string); text || v.unknown || v.none {
		return v
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(v.v); err != nil {
		return unknown
	}
	v.v = strings.TrimSpace(out.String())
	return v
}

// add takes over what is not known of a part.
func (v *value) add(part value) {
	v.unknown, v.secret = v.unknown || part.unknown, v.secret || part.secret
}

// maxOpen bounds what refers to what.
const maxOpen = 50

// within resolves something by a name, unless that leads back to itself.
func (t *template) within(name string, resolve func() value) value {
	if slices.Contains(t.open, name) || len(t.open) > maxOpen {
		return unknown
	}
	t.open = append(t.open, name)
	defer func() { t.open = t.open[:len(t.open)-1] }()
	return resolve()
}

// eval resolves a node.
func (t *template) eval(n *yamlfile.Node) value {
	if n == nil {
		return value{none: true}
	}
	switch n.Kind {
	case yamlfile.Mapping:
		if len(n.Fields) == 1 {
			if name := n.Fields[0].Name; name == "Ref" || strings.HasPrefix(name, "Fn::") {
				return t.call(name, n.Fields[0].Value)
			}
		}
		all, out := map[string]any{}, value{}
		for _, f := range n.Fields {
			if strings.HasPrefix(f.Name, "Fn::") {
				return unknown // such as Fn::ForEach, which makes fields
			}
			if part := t.eval(f.Value); !part.none {
				all[f.Name] = part.v
				out.add(part)
			}
		}
		out.v = all
		return out
	case yamlfile.List:
		all, out := []any{}, value{}
		for _, item := range n.Items {
			if part := t.eval(item); !part.none {
				all = append(all, part.v)
				out.add(part)
			}
		}
		out.v = all
		return out
	case yamlfile.Scalar:
		v, problem := n.Value()
		return value{v: v, unknown: problem != ""}
	default:
		return value{none: true}
	}
}

// call resolves a function. What is not listed here only CloudFormation knows.
func (t *template) call(name string, n *yamlfile.Node) value {
	switch name {
	case "Ref":
		return t.ref(n.Text)
	case "Fn::GetAtt":
		id, attribute, _ := strings.Cut(n.Text, ".")
		if len(n.Items) == 2 {
			id, attribute = n.Items[0].Text, n.Items[1].Text
		}
		return t.attribute(id, attribute)
	case "Fn::Sub":
		return t.sub(n)
	case "Fn::Join":
		return t.join(n)
	case "Fn::If":
		return t.choose(n)
	case "Fn::Select":
		return t.pick(n)
	case "Fn::Split":
		return t.split(n)
	case "Fn::FindInMap":
		return t.find(n)
	case "Fn::ToJsonString":
		return t.eval(n).json()
	default:
		return unknown
	}
}

func (t *template) choose(n *yamlfile.Node) value {
	if len(n.Items) != 3 {
		return unknown
	}
	switch t.condition(n.Items[0]) {
	case yes:
		return t.eval(n.Items[1])
	case no:
		return t.eval(n.Items[2])
	default:
		return unknown
	}
}

func (t *template) join(n *yamlfile.Node) value {
	if len(n.Items) != 2 {
		return unknown
	}
	list := t.eval(n.Items[1])
	parts, ok := list.v.([]any)
	if !ok {
		return unknown
	}
	out := value{unknown: list.unknown, secret: list.secret}
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = value{v: part}.text()
	}
	out.v = strings.Join(texts, n.Items[0].Text)
	return out.liken()
}

// liken gives a text that is not known whole the name that matches all.
func (v value) liken() value {
	if v.unknown {
		v.like = "*"
	}
	return v
}

func (t *template) split(n *yamlfile.Node) value {
	if len(n.Items) != 2 || n.Items[0].Text == "" {
		return unknown
	}
	out := t.eval(n.Items[1])
	var parts []any
	for _, part := range strings.Split(out.text(), n.Items[0].Text) {
		parts = append(parts, part)
	}
	out.v = parts
	return out.liken()
}

func (t *template) pick(n *yamlfile.Node) value {
	if len(n.Items) != 2 {
		return unknown
	}
	list := t.eval(n.Items[1])
	items, ok := list.v.([]any)
	at, err := strconv.Atoi(t.eval(n.Items[0]).text())
	if !ok || err != nil || at < 0 || at >= len(items) || list.unknown {
		return unknown
	}
	return value{v: items[at], secret: list.secret}
}

func (t *template) find(n *yamlfile.Node) value {
	if len(n.Items) != 3 {
		return unknown
	}
	at := t.mappings
	var node *yamlfile.Node
	for _, item := range n.Items {
		key := t.eval(item)
		if node = at[key.text()]; node == nil || key.unknown {
			return unknown
		}
		at = fields(node)
	}
	return t.eval(node)
}

// reference is ${Name}, ${Resource.Attribute} or ${!Literal} in Fn::Sub.
var reference = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

func (t *template) sub(n *yamlfile.Node) value {
	text, given := n.Text, map[string]*yamlfile.Node{}
	if len(n.Items) == 2 {
		text, given = n.Items[0].Text, fields(n.Items[1])
	}
	out := value{}
	out.v = reference.ReplaceAllStringFunc(text, func(found string) string {
		parts := reference.FindStringSubmatch(found)
		name := strings.TrimSpace(parts[2])
		if parts[1] != "" {
			return "${" + name + "}"
		}
		var part value
		if of, ok := given[name]; ok {
			part = t.eval(of)
		} else if id, attribute, dotted := strings.Cut(name, "."); dotted {
			part = t.attribute(id, attribute)
		} else {
			part = t.ref(name)
		}
		out.add(part)
		return part.text()
	})
	return out.liken()
}
