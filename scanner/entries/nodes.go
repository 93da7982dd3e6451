package entries

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/nearest"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// Mapping returns the fields of a mapping that have a value, and reports every
// name that is unknown.
func (r *Reader) Mapping(node *yamlfile.Node, what string, names ...string) (map[string]*yamlfile.Node, bool) {
	if node.Kind != yamlfile.Mapping {
		r.Errorf(node.Line, "%s should be a mapping of %s", what, strings.Join(names, ", "))
		return nil, false
	}
	fields := map[string]*yamlfile.Node{}
	for _, f := range node.Fields {
		switch {
		case !slices.Contains(names, f.Name):
			r.unknown(f.Line, what, f.Name, names)
		case f.Value.Kind != yamlfile.Null:
			fields[f.Name] = f.Value
		}
	}
	return fields, true
}

func (r *Reader) unknown(line int, what, name string, names []string) {
	if near := nearest.Name(name, names); near != "" {
		r.Errorf(line, "%s has no field %q: did you mean %s?", what, name, near)
		return
	}
	r.Errorf(line, "%s has no field %q: it has %s", what, name, strings.Join(names, ", "))
}

// Need reports fields of an entry that are not there.
func (r *Reader) Need(fields map[string]*yamlfile.Node, line int, names ...string) {
	for _, name := range names {
		if fields[name] == nil {
			r.Errorf(line, "%s is missing", name)
		}
	}
}

// Sequence returns the entries of a list.
func (r *Reader) Sequence(node *yamlfile.Node, what string) []*yamlfile.Node {
	switch {
	case node == nil:
		return nil
	case node.Kind != yamlfile.List:
		r.Errorf(node.Line, "%s should be a list", what)
		return nil
	default:
		return node.Items
	}
}

// List returns a list of texts, or a single text as a list of one, and calls
// check with each and its line.
func (r *Reader) List(node *yamlfile.Node, what string, check func(line int, text string)) []string {
	if node == nil {
		return nil
	}
	nodes := []*yamlfile.Node{node}
	if node.Kind == yamlfile.List {
		nodes = node.Items
	}
	if len(nodes) == 0 {
		r.Errorf(node.Line, "%s is empty: name at least one", what)
	}
	var texts []string
	for _, n := range nodes {
		text := r.Text(n, what)
		switch {
		case text == "":
		case slices.Contains(texts, text):
			r.Errorf(n.Line, "%s names %q twice", what, text)
		default:
			check(n.Line, text)
			texts = append(texts, text)
		}
	}
	return texts
}

// Text returns a scalar as it is written, and reports one that is blank.
func (r *Reader) Text(node *yamlfile.Node, what string) string {
	if node == nil {
		return ""
	}
	if node.Kind != yamlfile.Scalar && node.Kind != yamlfile.Null {
		r.Errorf(node.Line, "%s should be a plain text", what)
		return ""
	}
	text := strings.TrimSpace(node.Text)
	if text == "" {
		r.Errorf(node.Line, "%s is blank", what)
	}
	return text
}
