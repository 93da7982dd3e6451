// Package yamlfile reads YAML that an operator wrote into a plain tree. It
// resolves anchors, aliases and merge keys, refuses duplicate names, and bounds
// size, depth and what aliases expand to before it allocates anything for them.
// Its messages quote no value, since somebody may have pasted a secret there.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/trailguard/trailguard/scanner/plaintext"
)

const (
	// maxDepth is far beyond what any file of ours needs.
	maxDepth = 50
	// maxNodes bounds what a text and its aliases may expand to.
	maxNodes = 1 << 19
	// maxProblems are as many as anybody reads.
	maxProblems = 50
)

// Kind is the kind of a node.
type Kind int

// The kinds of nodes.
const (
	Null Kind = iota
	Scalar
	List
	Mapping
)

// Node is a value and its place in the file.
type Node struct {
	Kind   Kind
	Line   int    // 1-based
	Text   string // of a scalar, as it is written
	Items  []*Node
	Fields []Field // in the order of the file; merged fields come after the mapping's own
	tag    string  // of a scalar
}

// Field is a name in a mapping, with its value.
type Field struct {
	Name  string
	Line  int // of the name
	Value *Node
}

// Problem is one thing that is wrong with a file.
type Problem struct {
	Line int // 1-based; 0: of the whole file
	Text string
}

// In returns the problem as a message that begins with its file and line.
func (p Problem) In(name string) string {
	if p.Line == 0 {
		return name + ": " + p.Text
	}
	return fmt.Sprintf("%s:%d: %s", name, p.Line, p.Text)
}

// Parse reads the one document of a text. The node is nil where the text holds
// nothing but comments. Top-level keys that begin with x- are left out: they
// only hold what other keys refer to.
func Parse(text []byte) (*Node, []Problem) {
	top, problems := ParseTagged(text, func(string) string { return "" })
	if top != nil {
		top.Fields = slices.DeleteFunc(top.Fields, func(f Field) bool { return strings.HasPrefix(f.Name, "x-") })
	}
	return top, problems
}

// ParseTagged is Parse for a language that gives its own tags a meaning, and keys that
// begin with x- none. Long returns the name that a tag stands for, and a tagged value
// becomes the mapping of that one name; empty: the tag is a mistake.
func ParseTagged(text []byte, long func(tag string) string) (*Node, []Problem) {
	if len(text) > plaintext.MaxSize {
		return nil, []Problem{{0, "larger than 1 MB: is it the file that you meant?"}}
	}
	text, err := plaintext.Decode(text)
	if err != nil {
		return nil, []Problem{{0, err.Error()}}
	}
	documents, problem := load(text)
	if problem != nil {
		return nil, []Problem{*problem}
	}
	r := &resolver{left: maxNodes, long: long}
	var top *Node
	for _, document := range documents {
		node := r.resolve(document.Content[0])
		switch {
		case node.Kind == Null:
		case top == nil:
			top = node
		default:
			r.add(node.Line, "a second YAML document: put everything into one")
		}
	}
	if r.left < 0 {
		return nil, []Problem{{0, "its aliases refer to more than can be read: write less, or without aliases"}}
	}
	if more := len(r.problems) - maxProblems; more > 0 {
		r.problems = append(r.problems[:maxProblems], Problem{0, fmt.Sprintf("and %d more of the kind", more)})
	}
	return top, r.problems
}

// load reads all documents of a text.
func load(text []byte) ([]*yaml.Node, *Problem) {
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithPlugin(loaderlimits.New(
		loaderlimits.DepthFunc(func(depth int, _ *loaderlimits.DepthContext) error {
			if depth > maxDepth {
				return fmt.Errorf("nested more than %d deep", maxDepth)
			}
			return nil
		}))))
	if err != nil {
		return nil, &Problem{0, err.Error()}
	}
	var documents []*yaml.Node
	for {
		document := &yaml.Node{}
		err := loader.Load(document)
		if errors.Is(err, io.EOF) {
			return documents, nil
		}
		if err != nil {
			return nil, invalid(err)
		}
		if len(document.Content) > 0 {
			documents = append(documents, document)
		}
	}
}

// invalid describes a text that the library refuses.
func invalid(err error) *Problem {
	if e, ok := errors.AsType[*yaml.LoadError](err); ok {
		line := e.Mark.Line
		// The library notices something that was opened and never closed far
		// below it.
		if e.ContextMsg != "" && !strings.Contains(e.ContextMsg, "block") {
			line = e.ContextMark.Line
		}
		return &Problem{max(line, 1), "not valid YAML: " + e.Message}
	}
	line, _, _ := strings.Cut(err.Error(), "\n")
	return &Problem{0, "not valid YAML: " + line}
}

// resolver makes the plain tree.
type resolver struct {
	problems []Problem
	left     int // nodes that may still be made
	open     []*yaml.Node
	long     func(tag string) string
}

func (r *resolver) add(line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{line, fmt.Sprintf(format, args...)})
}

func (r *resolver) resolve(n *yaml.Node) *Node {
	r.left--
	out := &Node{Line: n.Line}
	if r.left < 0 {
		return out
	}
	if n.Style&yaml.TaggedStyle != 0 {
		if name := r.long(n.Tag); name != "" {
			plain := *n
			plain.Style &^= yaml.TaggedStyle
			if plain.Tag = ""; plain.Kind == yaml.ScalarNode {
				plain.Tag = "!!str"
			}
			return &Node{Kind: Mapping, Line: n.Line, Fields: []Field{{name, n.Line, r.resolve(&plain)}}}
		}
		r.add(n.Line, "a tag, such as !x, means nothing here: leave it out")
		return out
	}
	switch n.Kind {
	case yaml.AliasNode:
		if slices.Contains(r.open, n.Alias) {
			r.add(n.Line, "*%s refers to what it is a part of", n.Value)
			return out
		}
		aliased := *r.resolve(n.Alias)
		aliased.Line = n.Line // where the alias is used, since that is what has to be edited
		return &aliased
	case yaml.ScalarNode:
		if n.ShortTag() != "!!null" {
			out.Kind, out.Text, out.tag = Scalar, n.Value, n.ShortTag()
		}
	case yaml.SequenceNode:
		out.Kind = List
		r.open = append(r.open, n)
		for _, item := range n.Content {
			out.Items = append(out.Items, r.resolve(item))
		}
		r.open = r.open[:len(r.open)-1]
	case yaml.MappingNode:
		out.Kind = Mapping
		r.open = append(r.open, n)
		r.fields(out, n)
		r.open = r.open[:len(r.open)-1]
	default:
	}
	return out
}

// fields reads a mapping. Its own fields win over merged ones, and of several
// merged ones the first wins.
func (r *resolver) fields(out *Node, n *yaml.Node) {
	seen := map[string]int{} // the line of each name
	var merged []Field
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], r.resolve(n.Content[i+1])
		switch {
		case key.Kind == yaml.ScalarNode && key.ShortTag() == "!!merge":
			merged = append(merged, r.merged(value)...)
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null":
			r.add(key.Line, "a name is missing: write a plain text before the colon")
		case seen[key.Value] != 0:
			r.add(key.Line, "%s is given twice", key.Value)
		default:
			seen[key.Value] = key.Line
			out.Fields = append(out.Fields, Field{key.Value, key.Line, value})
		}
	}
	for _, f := range merged {
		if seen[f.Name] == 0 {
			seen[f.Name] = f.Line
			out.Fields = append(out.Fields, f)
		}
	}
}

// merged returns the fields that << brings in.
func (r *resolver) merged(value *Node) []Field {
	switch value.Kind {
	case Mapping:
		return value.Fields
	case List:
		var fields []Field
		for _, item := range value.Items {
			fields = append(fields, r.merged(item)...)
		}
		return fields
	default:
		r.add(value.Line, "<< wants a mapping, such as *name")
		return nil
	}
}

// LineOf returns the line of a path of names and indices. Where the path does
// not exist as a whole, it is the line of its deepest part that does.
func (n *Node) LineOf(path ...any) int {
	if n == nil {
		return 1
	}
	for _, step := range path {
		next := n.child(step)
		if next == nil {
			break
		}
		n = next
	}
	return n.Line
}

func (n *Node) child(step any) *Node {
	switch s := step.(type) {
	case int:
		if s < len(n.Items) {
			return n.Items[s]
		}
	case string:
		for _, f := range n.Fields {
			if f.Name == s {
				return f.Value
			}
		}
	}
	return nil
}
