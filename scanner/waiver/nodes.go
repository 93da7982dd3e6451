package waiver

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/nearest"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// mapping returns the fields of a mapping that have a value, and reports every
// name that is unknown.
func (p *parsing) mapping(node *yamlfile.Node, what string, names ...string) (map[string]*yamlfile.Node, bool) {
	if node.Kind != yamlfile.Mapping {
		p.errorf(node.Line, "%s should be a mapping of %s", what, strings.Join(names, ", "))
		return nil, false
	}
	fields := map[string]*yamlfile.Node{}
	for _, f := range node.Fields {
		switch {
		case !slices.Contains(names, f.Name):
			p.unknown(f.Line, what, f.Name, names)
		case f.Value.Kind != yamlfile.Null:
			fields[f.Name] = f.Value
		}
	}
	return fields, true
}

func (p *parsing) unknown(line int, what, name string, names []string) {
	if near := nearest.Name(name, names); near != "" {
		p.errorf(line, "%s has no field %q: did you mean %s?", what, name, near)
		return
	}
	p.errorf(line, "%s has no field %q: it has %s", what, name, strings.Join(names, ", "))
}

// sequence returns the entries of a list.
func (p *parsing) sequence(node *yamlfile.Node, what string) []*yamlfile.Node {
	switch {
	case node == nil:
		return nil
	case node.Kind != yamlfile.List:
		p.errorf(node.Line, "%s should be a list", what)
		return nil
	default:
		return node.Items
	}
}

// list returns a list of texts, or a single text as a list of one, and calls
// check with each and its line.
func (p *parsing) list(node *yamlfile.Node, what string, check func(line int, text string)) []string {
	if node == nil {
		return nil
	}
	nodes := []*yamlfile.Node{node}
	if node.Kind == yamlfile.List {
		nodes = node.Items
	}
	if len(nodes) == 0 {
		p.errorf(node.Line, "%s is empty: name at least one", what)
	}
	var texts []string
	for _, n := range nodes {
		text := p.text(n, what)
		switch {
		case text == "":
		case slices.Contains(texts, text):
			p.errorf(n.Line, "%s names %q twice", what, text)
		default:
			check(n.Line, text)
			texts = append(texts, text)
		}
	}
	return texts
}

// text returns a scalar as it is written, and reports one that is blank.
func (p *parsing) text(node *yamlfile.Node, what string) string {
	if node == nil {
		return ""
	}
	if node.Kind != yamlfile.Scalar && node.Kind != yamlfile.Null {
		p.errorf(node.Line, "%s should be a plain text", what)
		return ""
	}
	text := strings.TrimSpace(node.Text)
	if text == "" {
		p.errorf(node.Line, "%s is blank", what)
	}
	return text
}
