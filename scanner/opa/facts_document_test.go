package opa_test

import (
	"bytes"
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
	"github.com/trailguard/trailguard/scanner/facts"
)

const factsDocument = "../../docs/facts.md"

// TestFactsDocument keeps docs/facts.md what the schema, the comments of package
// facts and the rules' METADATA say; with -update it writes it.
func TestFactsDocument(t *testing.T) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(facts.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	d := &factsDoc{types: parseTypes(t, "../facts"), rules: load(t, shipped()).Rules()}
	want := d.render(&schema)
	for _, missing := range d.uncommented {
		t.Errorf("%s has no comment, and docs/facts.md nothing to say of it", missing)
	}
	compareDocument(t, factsDocument, want)
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

// parseTypes reads the structs of a package and their comments.
func parseTypes(t *testing.T, dir string) map[string]goType {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
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
	uncommented []string
	b           bytes.Buffer
}

func (d *factsDoc) render(schema *jsonschema.Schema) []byte {
	d.b.WriteString(`<!-- Generated from package scanner/facts and policies/ by: make docs -->

# Facts

What a rule reads is ` + "`input`" + `: ` + "`input.tenant`, `input.export`" + ` (not for rules about a tenant), and the facts, each below
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
		d.table(schema.Properties[part], d.types["Input"].fields[part].typ)
		d.b.WriteString("\n")
	}
	all := schema.Properties["facts"]
	export, tenant := facts.Names()
	d.b.WriteString("## All facts\n\n| Fact | Scope | Rules that read it |\n|---|---|---|\n")
	for _, scope := range [][]string{export, tenant} {
		for _, name := range scope {
			fmt.Fprintf(&d.b, "| [%s](#%s) | %s | %s |\n", name, name, scopeOf(name, tenant), d.readers(name))
		}
	}
	for _, name := range slices.Concat(export, tenant) {
		d.fact(name, all.Properties[name].Properties["value"])
	}
	return d.b.Bytes()
}

func scopeOf(name string, tenant []string) string {
	if slices.Contains(tenant, name) {
		return "tenant"
	}
	return "export"
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

func (d *factsDoc) fact(name string, value *jsonschema.Schema) {
	field := d.types["Facts"].fields[name]
	fmt.Fprintf(&d.b, "\n## %s\n\n%s\n", name, d.sentence(field.typ))
	if field.comment != "" {
		fmt.Fprintf(&d.b, "Here: %s.\n", strings.TrimSuffix(field.comment, "."))
	}
	d.b.WriteString("\n")
	d.table(value, field.typ)
}

// sentence is a type's comment without the type's name.
func (d *factsDoc) sentence(typ string) string {
	text := strings.Join(strings.Fields(d.types[typ].comment), " ")
	if text == "" {
		d.uncommented = append(d.uncommented, typ)
		return ""
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, typ+" "), "is ")
	return strings.ToUpper(text[:1]) + text[1:]
}

// table lists the fields of a struct, those of lists of structs included.
func (d *factsDoc) table(s *jsonschema.Schema, typ string) {
	d.b.WriteString("| Field | Type | Meaning |\n|---|---|---|\n")
	d.rows(s, typ, "")
}

func (d *factsDoc) rows(s *jsonschema.Schema, typ, prefix string) {
	names := slices.SortedFunc(maps.Keys(s.Properties), func(a, b string) int {
		return int(d.types[typ].fields[a].at - d.types[typ].fields[b].at)
	})
	for _, name := range names {
		property, field := s.Properties[name], d.types[typ].fields[name]
		kind, inner := property.Type, ""
		switch {
		case property.Items != nil && len(property.Items.Properties) > 0:
			kind, inner = "list", "[]."
		case property.Items != nil:
			kind = "list of " + property.Items.Type + "s"
		}
		fmt.Fprintf(&d.b, "| `%s%s` | %s | %s |\n", prefix, name, kind, d.meaning(typ, field))
		if inner != "" {
			d.rows(property.Items, field.typ, prefix+name+inner)
		}
	}
}

var goName = regexp.MustCompile(`\b[A-Z][A-Za-z]+\b`)

// meaning is a field's comment with the names that rules know.
func (d *factsDoc) meaning(typ string, field goField) string {
	jsonName := map[string]string{}
	for name, f := range d.types[typ].fields {
		jsonName[f.name] = name
	}
	text := strings.ReplaceAll(strings.Join(strings.Fields(field.comment), " "), "|", `\|`)
	return goName.ReplaceAllStringFunc(text, func(word string) string {
		if name, ok := jsonName[word]; ok && word != strings.ToUpper(word) {
			return "`" + name + "`"
		}
		return word
	})
}
