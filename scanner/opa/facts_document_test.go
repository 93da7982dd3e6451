package opa_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

const (
	factsDocument  = "../../docs/facts.md"
	factsDescribed = "../facts/internal/described/facts.json"
)

// TestFactsDocument keeps docs/facts.md, and what the program itself says of facts,
// what the schema, the comments of package fact and the rules' METADATA say; with
// -update it writes both.
func TestFactsDocument(t *testing.T) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(fact.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	d := &factsDoc{types: parseTypes(t, "../facts/fact", "../facts/internal/documents"), rules: load(t, shipped()).Rules()}
	want := d.render(&schema)
	for _, missing := range d.uncommented {
		t.Errorf("%s has no comment, and docs/facts.md nothing to say of it", missing)
	}
	compareDocument(t, factsDocument, want)
	described, err := json.MarshalIndent(d.facts, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	compareDocument(t, factsDescribed, append(described, '\n'))
}

// goField is what the source says of one field.
type goField struct {
	name, comment string
	typ           string // the struct that it holds, by whatever way
	at            token.Pos
}

// goType is what the source says of one struct, with its fields by their JSON
// names.
type goType struct {
	comment string
	fields  map[string]goField
}

// parseTypes reads the structs of packages and their comments.
func parseTypes(t *testing.T, dirs ...string) map[string]goType {
	t.Helper()
	var files []string
	for _, dir := range dirs {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	types := map[string]goType{}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			decl, ok := n.(*ast.GenDecl)
			if !ok || decl.Tok != token.TYPE {
				return true
			}
			for _, spec := range decl.Specs {
				spec := spec.(*ast.TypeSpec)
				if s, ok := spec.Type.(*ast.StructType); ok {
					types[spec.Name.Name] = goType{decl.Doc.Text(), fieldsOf(s)}
				}
			}
			return false
		})
	}
	return types
}

func fieldsOf(s *ast.StructType) map[string]goField {
	fields := map[string]goField{}
	for _, f := range s.Fields.List {
		if f.Tag == nil || len(f.Names) != 1 {
			continue
		}
		tag, _, _ := strings.Cut(reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("json"), ",")
		typ := ""
		ast.Inspect(f.Type, func(n ast.Node) bool {
			if ident, ok := n.(*ast.Ident); ok {
				typ = ident.Name // the innermost one comes last
			}
			return true
		})
		fields[tag] = goField{f.Names[0].Name, strings.TrimSpace(f.Doc.Text() + " " + f.Comment.Text()), typ, f.Pos()}
	}
	return fields
}

// factsDoc renders docs/facts.md.
type factsDoc struct {
	types       map[string]goType
	rules       []scanner.Rule
	facts       []fact.Description
	uncommented []string
	b           bytes.Buffer
}

func (d *factsDoc) render(schema *jsonschema.Schema) []byte {
	d.b.WriteString(`<!-- Generated from package scanner/facts/fact and policies/ by: make docs -->

# Facts

What a rule reads is ` + "`input`" + `: ` + "`input.tenant`, `input.export`" + ` (not for rules about a tenant), ` + "`input.settings` and `input.documents`" + ` for rules
that read them (see [Rules of your own](rules.md#rules-of-your-own)), and the facts, each below
` + "`input.facts.NAME`" + ` with a ` + "`state`" + ` and a ` + "`value`" + `. The value is there only when the state is ` + "`known`" + `, but for
lists of changes. A rule that reads a fact which is *unknown* is unknown unless it denies something, and one that reads a
fact which is *not applicable* does not apply: neither is its business.

A field ` + "`at`" + ` is a place in a document, to be handed back as a finding's ` + "`pointer`; a field `key`" + ` tells several findings
about one resource apart. Strings are empty, and lists have no entry, where there is nothing to say.

What the configuration itself says is unknown where Immuta does not tell it.
Facts about a bucket do not apply where the destination is no plain S3 bucket, or the bucket does not exist, which only the
fact ` + "`bucket`" + ` says. Facts about a role's trust policy do not apply where the export signs in with an access key, or the role
does not exist, which only ` + "`external_id_accepted` and `writer`" + ` say.

`)
	for _, part := range []string{"tenant", "export"} {
		fmt.Fprintf(&d.b, "## input.%s\n\n", part)
		d.table(d.fields(schema.Properties[part], d.types["Input"].fields[part].typ, ""))
		d.b.WriteString("\n")
	}
	d.documents(schema.Properties["documents"].Properties)
	all := schema.Properties["facts"]
	export, tenant := fact.Names()
	d.b.WriteString("## All facts\n\n| Fact | Scope | Rules that read it |\n|---|---|---|\n")
	for _, name := range slices.Concat(export, tenant) {
		x := d.describe(name, all.Properties[name].Properties["value"])
		if x.Scope = scanner.ScopeExport; slices.Contains(tenant, name) {
			x.Scope = scanner.ScopeTenant
		}
		d.facts = append(d.facts, x)
		fmt.Fprintf(&d.b, "| [%s](#%s) | %s | %s |\n", name, name, x.Scope, d.readers(name))
	}
	for _, x := range d.facts {
		parts := slices.DeleteFunc([]string{x.Text, x.NotApplicable, x.Unknown}, func(s string) bool { return s == "" })
		fmt.Fprintf(&d.b, "\n## %s\n\n%s\n\n", x.Name, strings.Join(parts, " "))
		d.table(x.Fields)
	}
	return d.b.Bytes()
}

// documents describes input.documents, whose kinds all have the same fields.
func (d *factsDoc) documents(kinds map[string]*jsonschema.Schema) {
	names := slices.Sorted(maps.Keys(kinds))
	d.b.WriteString("## input.documents.KIND\n\nA list: some kinds have several documents. KIND is one of `" + strings.Join(names, "`, `") + "`;\n" +
		"rules about a tenant have `tenant` alone.\n\n")
	d.table(d.fields(kinds[names[0]].Items, "Document", ""))
	d.b.WriteString("\n")
}

// readers are the shipped rules that require a fact.
func (d *factsDoc) readers(name string) string {
	var links []string
	for i := range d.rules {
		if slices.Contains(d.rules[i].Requires, name) {
			links = append(links, fmt.Sprintf("[%s](rules.md#%s)", d.rules[i].ID, d.rules[i].ID))
		}
	}
	if len(links) == 0 {
		return "none"
	}
	return strings.Join(links, ", ")
}

// describe is what the comment of a fact's type says, and that of its use.
func (d *factsDoc) describe(name string, value *jsonschema.Schema) fact.Description {
	field := d.types["Facts"].fields[name]
	x := fact.Description{Name: name, Fields: d.fields(value, field.typ, "")}
	var text []string
	for _, sentence := range sentences.FindAllString(d.sentence(field.typ), -1) {
		switch sentence = strings.TrimSpace(sentence); {
		case strings.HasPrefix(sentence, "Unknown "):
			x.Unknown = sentence
		case strings.HasPrefix(sentence, "Not applicable "):
			x.NotApplicable = sentence
		default:
			text = append(text, sentence)
		}
	}
	if field.comment != "" {
		text = append(text, "Here: "+strings.TrimSuffix(field.comment, ".")+".")
	}
	x.Text = strings.Join(text, " ")
	return x
}

var sentences = regexp.MustCompile(`.+?\.( |$)`)

// sentence is a type's comment without the type's name.
func (d *factsDoc) sentence(typ string) string {
	text := strings.Join(strings.Fields(d.types[typ].comment), " ")
	if text == "" {
		d.uncommented = append(d.uncommented, typ)
		return ""
	}
	text = strings.TrimPrefix(strings.TrimPrefix(strings.TrimPrefix(text, typ+" "), "is "), "are ")
	return strings.ToUpper(text[:1]) + text[1:]
}

func (d *factsDoc) table(fields []fact.Field) {
	d.b.WriteString("| Field | Type | Meaning |\n|---|---|---|\n")
	for _, f := range fields {
		fmt.Fprintf(&d.b, "| `%s` | %s | %s |\n", f.Name, f.Type, strings.ReplaceAll(f.Text, "|", `\|`))
	}
}

// fields are those of a struct, and those of lists of structs in it.
func (d *factsDoc) fields(s *jsonschema.Schema, typ, prefix string) []fact.Field {
	names := slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		return int(d.types[typ].fields[a].at - d.types[typ].fields[b].at)
	})
	var list []fact.Field
	for _, name := range names {
		property, field := s.Properties[name], d.types[typ].fields[name]
		kind, inner := cmp.Or(property.Type, "any"), ""
		switch {
		case property.Items != nil && len(property.Items.Properties) > 0:
			kind, inner = "list", "[]."
		case property.Items != nil:
			kind = "list of " + property.Items.Type + "s"
		}
		list = append(list, fact.Field{Name: prefix + name, Type: kind, Text: d.meaning(typ, name)})
		if inner != "" {
			list = append(list, d.fields(property.Items, field.typ, prefix+name+inner)...)
		}
	}
	return list
}

// meaning is a field's comment with the names that rules know. A word is one where
// no other word is written so: RoleARN, and the first where it is the field's own.
func (d *factsDoc) meaning(typ, name string) string {
	field := d.types[typ].fields[name]
	if field.comment == "" {
		d.uncommented = append(d.uncommented, typ+"."+field.name)
	}
	jsonName := map[string]string{}
	for name, f := range d.types[typ].fields {
		if strings.ToLower(f.name[1:]) != f.name[1:] && f.name != strings.ToUpper(f.name) {
			jsonName[f.name] = "`" + name + "`"
		}
	}
	text := strings.Join(strings.Fields(field.comment), " ")
	if rest, ok := strings.CutPrefix(text, field.name+" "); ok {
		text = "`" + name + "` " + rest
	}
	return goName.ReplaceAllStringFunc(text, func(word string) string { return cmp.Or(jsonName[word], word) })
}

var goName = regexp.MustCompile(`\b[A-Z][A-Za-z]+\b`)

// TestDriftFacts: without a baseline, whoever requires one of them has nothing to
// look at, and a control that rests on it is not assessed.
func TestDriftFacts(t *testing.T) {
	var names []string
	for field := range reflect.TypeFor[fact.Facts]().Fields() {
		if field.Type == reflect.TypeFor[*fact.Of[fact.Drift]]() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if want := scanner.DriftFacts(); !slices.Equal(names, want) {
		t.Errorf("the facts about changes are %q, and scanner.DriftFacts has %q", names, want)
	}
}
