package waiver

import (
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/trailguard/trailguard/scanner/nearest"
)

// lineOf returns the line that a node starts in.
func lineOf(node ast.Node) int {
	switch n := node.(type) {
	case nil:
		return 1
	case *ast.MappingNode:
		// The node's own token is its first colon or brace.
		if len(n.Values) > 0 && n.Values[0].Key != nil {
			return lineOf(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return lineOf(n.Key)
	}
	if token := node.GetToken(); token != nil && token.Position != nil {
		return token.Position.Line
	}
	return 1
}

// mapping returns the fields of a mapping that have a value, and reports every
// name that is unknown or given twice.
func (p *parsing) mapping(node ast.Node, what string, names ...string) (map[string]ast.Node, bool) {
	m, ok := node.(ast.MapNode)
	if !ok {
		p.errorf(lineOf(node), "%s should be a mapping of %s", what, strings.Join(names, ", "))
		return nil, false
	}
	fields, seen := map[string]ast.Node{}, map[string]bool{}
	for entries := m.MapRange(); entries.Next(); {
		key := entries.Key()
		name := key.GetToken().Value
		switch {
		case key.Type() != ast.StringType || !slices.Contains(names, name):
			p.unknown(lineOf(key), what, name, names)
		case seen[name]:
			p.errorf(lineOf(key), "%s is given twice", name)
		case entries.Value() != nil && entries.Value().Type() != ast.NullType:
			fields[name] = entries.Value()
		}
		seen[name] = true
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
func (p *parsing) sequence(node ast.Node, what string) []ast.Node {
	if node == nil {
		return nil
	}
	list, ok := node.(*ast.SequenceNode)
	if !ok {
		p.errorf(lineOf(node), "%s should be a list", what)
		return nil
	}
	return list.Values
}

// list returns a list of texts, or a single text as a list of one, and calls
// check with each and its line.
func (p *parsing) list(node ast.Node, what string, check func(line int, text string)) []string {
	if node == nil {
		return nil
	}
	nodes := []ast.Node{node}
	if sequence, ok := node.(*ast.SequenceNode); ok {
		nodes = sequence.Values
	}
	if len(nodes) == 0 {
		p.errorf(lineOf(node), "%s is empty: name at least one", what)
	}
	var texts []string
	for _, n := range nodes {
		text := p.text(n, what)
		switch {
		case text == "":
		case slices.Contains(texts, text):
			p.errorf(lineOf(n), "%s names %q twice", what, text)
		default:
			check(lineOf(n), text)
			texts = append(texts, text)
		}
	}
	return texts
}

// text returns a scalar as it is written, and reports one that is blank.
func (p *parsing) text(node ast.Node, what string) string {
	if node == nil {
		return ""
	}
	var text string
	switch n := node.(type) {
	case *ast.StringNode:
		text = n.Value
	case *ast.LiteralNode:
		text = n.Value.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		text = n.GetToken().Value // a ticket may be a bare number
	case *ast.NullNode:
	default:
		p.errorf(lineOf(node), "%s should be a plain text", what)
		return ""
	}
	text = strings.TrimSpace(text)
	if text == "" {
		p.errorf(lineOf(node), "%s is blank", what)
	}
	return text
}
