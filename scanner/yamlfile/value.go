package yamlfile

import (
	"encoding/json"
	"math"
	"strconv"
)

// Value is any value, as JSON. It is nil where the file has nothing.
type Value json.RawMessage

// value converts a node by YAML's own rules of what is a number.
func (b *binder) value(n *Node) any {
	switch n.Kind {
	case Mapping:
		fields := make(map[string]any, len(n.Fields))
		for _, f := range n.Fields {
			fields[f.Name] = b.value(f.Value)
		}
		return fields
	case List:
		items := make([]any, len(n.Items))
		for i, item := range n.Items {
			items[i] = b.value(item)
		}
		return items
	case Scalar:
		return b.scalar(n)
	default:
		return nil
	}
}

func (b *binder) scalar(n *Node) any {
	value, problem := n.Value()
	if problem != "" {
		b.add(n.Line, "%s", problem)
	}
	return value
}

// Value is a scalar by YAML's own rules of what is a number, and what is wrong with it.
func (n *Node) Value() (value any, problem string) {
	switch n.tag {
	case "!!bool":
		yes, err := strconv.ParseBool(n.Text)
		if err != nil {
			return yes, "write true or false"
		}
		return yes, ""
	case "!!int":
		number, err := strconv.ParseInt(n.Text, 0, 64)
		if err != nil {
			return number, "a whole number beyond 64 bits: write it in quotes where it is a text"
		}
		return number, ""
	case "!!float":
		number, err := strconv.ParseFloat(n.Text, 64)
		if err != nil || math.IsInf(number, 0) || math.IsNaN(number) {
			return nil, "a number that JSON does not have: write it in quotes where it is a text"
		}
		return number, ""
	default:
		return n.Text, ""
	}
}
