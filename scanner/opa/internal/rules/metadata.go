package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/trailguard/trailguard/scanner"
)

// frameworks is the order in which a rule's controls are shown. Others follow
// in alphabetical order.
var frameworks = []string{"NIST 800-53r5", "ISO 27001:2022", "SOC 2", "PCI DSS 4.0", "HIPAA", "CIS AWS"}

// customFields are those of METADATA's custom section.
var customFields = []string{"controls", "id", "remediation", "requires", "severity"}

// NamePattern is what folders, packages and ids are made of.
var NamePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// describe returns the rules among the modules with their METADATA. Every
// module must be a rule or a helper: what never runs is a mistake.
func describe(modules []module, p *problems) []Rule {
	var rules []Rule
	packages := map[string]string{} // package or id -> file
	for i := range modules {
		m := &modules[i]
		if !checkPackage(m, p) || m.lib() {
			continue
		}
		name := strings.Join(m.path, ".")
		if other, clash := packages[name]; clash {
			p.add(m.file, m.ast.Package.Location.Row, "package %s is also in %s: a rule has one file", name, other)
			continue
		}
		packages[name] = m.file
		r, ok := describeRule(m, p)
		if !ok {
			continue
		}
		if other, clash := packages["id "+r.ID]; clash {
			p.add(m.file, r.line, "rule %s is also in %s", r.ID, other)
			continue
		}
		packages["id "+r.ID] = m.file
		rules = append(rules, r)
	}
	return rules
}

// checkPackage says whether a module's package has a form that is read. A
// shipped rule is in trailguard.<group>.<rule>, a user's in <root>.<rule>, and
// helpers are in <root>.lib and below.
func checkPackage(m *module, p *problems) bool {
	loc := m.ast.Package.Location
	name := strings.Join(m.path, ".")
	for _, part := range m.path {
		if !NamePattern.MatchString(part) {
			p.at(loc, "package %s: use small letters, digits and _ in names", name)
			return false
		}
	}
	depth := 2
	switch {
	case m.shipped:
		depth = 3
	case m.path[0] == ShippedRoot:
		p.at(loc, "package %s: the root package %s is kept for shipped rules: choose another", name, ShippedRoot)
		return false
	}
	if !m.lib() && len(m.path) != depth {
		p.at(loc, "package %s would never run: a rule's package is <root>.<rule>, helpers are in <root>.%s", name, LibPackage)
		return false
	}
	return true
}

func describeRule(m *module, p *problems) (Rule, bool) {
	before := len(*p)
	checkDeny(m, p)
	annotation := packageAnnotation(m)
	if annotation == nil {
		p.at(m.ast.Package.Location, "the rule has no METADATA: put a # METADATA block with scope: package above the package line")
		return Rule{}, false
	}
	d := &describer{at: annotation.Location, custom: annotation.Custom, problems: p}
	last := m.path[len(m.path)-1]
	r := Rule{
		Rule: scanner.Rule{
			ID: last, Group: m.path[len(m.path)-2],
			Title:       d.required("title", annotation.Title),
			Description: d.required("description", annotation.Description),
			Severity:    d.severity(),
			Requires:    d.strings("requires"),
			Controls:    d.controls(),
			Remediation: d.text("remediation"),
			References:  []string{},
		},
		Path: m.ast.Package.Path.Append(ast.StringTerm("deny")),
		file: m.file, line: annotation.Location.Row,
	}
	if !m.shipped {
		r.ID = m.path[0] + "." + last
	}
	if id := d.text("id"); id != "" && id != r.ID {
		p.at(annotation.Location, "METADATA says id %s, but package %s makes it %s", id, strings.Join(m.path, "."), r.ID)
	}
	if len(annotation.Schemas) > 0 {
		p.at(annotation.Location, "METADATA must not set schemas: the input's schema is the program's")
	}
	d.unknown()
	for _, resource := range annotation.RelatedResources {
		r.References = append(r.References, resource.Ref.String())
	}
	return r, len(*p) == before
}

// checkDeny refuses a package whose deny is missing, or is not a set.
func checkDeny(m *module, p *problems) {
	found := false
	for _, r := range m.ast.Rules {
		ref := r.Head.Ref()
		if len(ref) == 0 || ref[0].Value.Compare(ast.Var("deny")) != 0 {
			continue
		}
		found = true
		if r.Default || len(r.Head.Args) > 0 || r.Head.RuleKind() != ast.MultiValue || len(ref) != 1 {
			p.at(r.Location, "deny must be a set: write deny contains {\"message\": …} if { … }")
		}
	}
	if !found {
		p.at(m.ast.Package.Location, "package %s has no deny: it would never say anything", strings.Join(m.path, "."))
	}
}

func packageAnnotation(m *module) *ast.Annotations {
	for _, a := range m.ast.Annotations {
		if a.Scope == "package" {
			return a
		}
	}
	return nil
}

// describer reads the fields of one METADATA block.
type describer struct {
	at       *ast.Location
	custom   map[string]any
	problems *problems
}

func (d *describer) required(field, value string) string {
	if strings.TrimSpace(value) == "" {
		d.problems.at(d.at, "METADATA has no %s", field)
	}
	// Texts are folded over lines for the reader of the source only.
	return strings.Join(strings.Fields(value), " ")
}

func (d *describer) text(field string) string {
	value, ok := d.custom[field].(string)
	if _, given := d.custom[field]; given && !ok {
		d.problems.at(d.at, "METADATA custom.%s must be a text", field)
		return ""
	}
	return d.required("custom."+field, value)
}

func (d *describer) severity() scanner.Severity {
	text := d.text("severity")
	if text == "" {
		return ""
	}
	severity, err := scanner.ParseSeverity(text)
	if err != nil {
		d.problems.at(d.at, "METADATA custom.severity: %v", err)
	}
	return severity
}

// strings reads a list of texts that must have an entry.
func (d *describer) strings(field string) []string {
	list, err := texts(d.custom[field])
	if err != nil || len(list) == 0 {
		d.problems.at(d.at, "METADATA custom.%s must be a list of texts with at least one entry", field)
	}
	return list
}

// controls reads the map from frameworks to their requirements. An
// organisation's own rule need not bear on any.
func (d *describer) controls() []scanner.Control {
	controls := []scanner.Control{}
	byFramework, ok := d.custom["controls"].(map[string]any)
	if _, given := d.custom["controls"]; given && !ok {
		d.problems.at(d.at, "METADATA custom.controls must map frameworks to lists of requirements")
	}
	names := slices.SortedFunc(maps.Keys(byFramework), func(a, b string) int {
		if x, y := frameworkRank(a), frameworkRank(b); x != y {
			return x - y
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		ids, err := texts(byFramework[name])
		if err != nil || len(ids) == 0 {
			d.problems.at(d.at, "METADATA custom.controls: %s must be a list of texts: quote what YAML reads as a number", name)
		}
		controls = append(controls, scanner.Control{Framework: name, IDs: ids})
	}
	return controls
}

func frameworkRank(name string) int {
	if i := slices.Index(frameworks, name); i >= 0 {
		return i
	}
	return len(frameworks)
}

// unknown reports the fields that nobody reads, which are misspelt ones.
func (d *describer) unknown() {
	for _, field := range slices.Sorted(maps.Keys(d.custom)) {
		if !slices.Contains(customFields, field) {
			d.problems.at(d.at, "METADATA custom.%s is not known%s: there are %s",
				field, DidYouMean(field, customFields), strings.Join(customFields, ", "))
		}
	}
}

func texts(value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("not a list")
	}
	out := make([]string, 0, len(list))
	for _, item := range list {
		text, ok := item.(string)
		if !ok || text == "" {
			return nil, fmt.Errorf("not a text: %v", item)
		}
		out = append(out, text)
	}
	return out, nil
}
