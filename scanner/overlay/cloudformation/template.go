// Package cloudformation reads what a template of CloudFormation says that documents of
// a snapshot will be.
//
// A template has no state: it tells what its resources will be, and neither what they
// are nor what it no longer holds. What it does not mention is taken to stay. What
// hangs on something that only CloudFormation knows is unknown.
package cloudformation

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/overlay"
	"github.com/trailguard/trailguard/scanner/overlay/internal/resource"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// Options are what a template is read with.
type Options struct {
	// Name is that of the file, as messages have it, and File as findings do; empty: it
	// has none.
	Name, File string
	// Parameters are the values of parameters, and of pseudo parameters such as
	// AWS::Region, by name.
	Parameters map[string]string
	// Names are those of resources that the template does not name, by logical id; of
	// a key it is the ARN.
	Names map[string]string
	// Account and Partition are those of the snapshot; empty: there are several.
	Account, Partition string
}

// Plan is what one template says.
type Plan struct {
	Changes []overlay.Change
	// Stacks are the resources that are templates of their own, which nobody has read.
	Stacks []string
	// Used are the options' parameters and names that the template has.
	Used map[string]bool
}

// template is one that is being read.
type template struct {
	o          Options
	parameters map[string]*yamlfile.Node
	resources  map[string]*yamlfile.Node
	conditions map[string]*yamlfile.Node
	mappings   map[string]*yamlfile.Node
	open       []string // what is being resolved, against circles
	reader     *resource.Reader
}

// long is the name of a function by its short form; empty: there is none.
func long(tag string) string {
	name := strings.TrimPrefix(tag, "!")
	switch name {
	case "Ref", "Condition":
		return name
	case "Base64", "Cidr", "And", "Equals", "If", "Not", "Or", "FindInMap", "GetAtt", "GetAZs", "ImportValue", "Join", "Select",
		"Split", "Sub", "Transform", "ToJsonString", "Length":
		return "Fn::" + name
	default:
		return ""
	}
}

// Read takes a template apart, in JSON or YAML. An error says why nothing can be said
// of it.
func Read(text []byte, o Options) (*Plan, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return nil, fmt.Errorf("%s is empty: give a template of CloudFormation, or what `terraform show -json FILE` prints of a plan", o.Name)
	}
	top, problems := yamlfile.ParseTagged(text, long)
	if len(problems) > 0 {
		return nil, errors.New(problems[0].In(o.Name))
	}
	sections := fields(top)
	if len(fields(sections["Resources"])) == 0 {
		return nil, fmt.Errorf("%s: this is no template of CloudFormation: it has no Resources; of a plan of Terraform give what `terraform show -json FILE` prints", o.Name)
	}
	if transform := sections["Transform"]; transform != nil {
		return nil, fmt.Errorf("%s:%d: its Transform %s", o.Name, transform.Line, processed)
	}
	t := &template{
		o: o, parameters: fields(sections["Parameters"]), resources: fields(sections["Resources"]),
		conditions: fields(sections["Conditions"]), mappings: fields(sections["Mappings"]), reader: resource.NewReader(),
	}
	if err := t.check(sections["Resources"]); err != nil {
		return nil, err
	}
	t.reader.In(t.pseudo("AWS::AccountId").text())
	p := &Plan{Used: map[string]bool{}}
	for name := range o.Parameters {
		p.Used[name] = t.parameters[name] != nil || isPseudo(name)
	}
	for name := range o.Names {
		p.Used[name] = t.resources[name] != nil
	}
	var all []resource.Resource
	for _, f := range sections["Resources"].Fields {
		if t.typeOf(f.Name) == "AWS::CloudFormation::Stack" {
			p.Stacks = append(p.Stacks, f.Name)
		}
		all = append(all, t.translate(f.Name, f.Line)...)
	}
	for i := range all {
		t.reader.Know(all[i].Type, all[i].After)
	}
	for i := range all {
		p.Changes = append(p.Changes, t.reader.Changes(&all[i])...)
	}
	return p, nil
}

const processed = "makes another template of it: give that one, which `aws cloudformation get-template --template-stage Processed` and change sets show"

// check refuses values that CloudFormation would refuse, and resources of which nobody
// knows what they are.
func (t *template) check(resources *yamlfile.Node) error {
	for _, name := range slices.Sorted(maps.Keys(t.o.Parameters)) {
		allowed := fields(t.parameters[name])["AllowedValues"]
		if allowed == nil {
			continue
		}
		var values []string
		for _, item := range allowed.Items {
			values = append(values, item.Text)
		}
		if !slices.Contains(values, t.o.Parameters[name]) {
			return fmt.Errorf("--parameter %s: %s allows %s, and nothing else", name, t.o.Name, strings.Join(values, ", "))
		}
	}
	for _, f := range resources.Fields {
		if f.Name == "Fn::Transform" {
			return fmt.Errorf("%s:%d: its Transform %s", t.o.Name, f.Line, processed)
		}
		if t.typeOf(f.Name) == "" {
			return fmt.Errorf("%s:%d: the resource %s has no Type, so that nobody knows what it is", t.o.Name, f.Line, f.Name)
		}
	}
	return nil
}

// fields are those of a mapping by name; none of anything else.
func fields(n *yamlfile.Node) map[string]*yamlfile.Node {
	all := map[string]*yamlfile.Node{}
	if n != nil {
		for _, f := range n.Fields {
			all[f.Name] = f.Value
		}
	}
	return all
}

func (t *template) typeOf(id string) string {
	if n := fields(t.resources[id])["Type"]; n != nil {
		return n.Text
	}
	return ""
}

func (t *template) properties(id string) map[string]*yamlfile.Node {
	return fields(fields(t.resources[id])["Properties"])
}
