package reporters_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	santhosh "github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

const (
	schemaFile       = "report.schema.json"
	periodSchemaFile = "period.schema.json"
)

// TestPublishedSchemaIsThatOfTheTypes fails when a field is added, renamed or
// removed without publishing it.
func TestPublishedSchemaIsThatOfTheTypes(t *testing.T) {
	for file, got := range map[string][]byte{
		schemaFile:       generateSchema[scanner.Report](t, schemaFile, "trailguard report", scanner.ReportFormatVersion),
		periodSchemaFile: generateSchema[scanner.Period](t, periodSchemaFile, "trailguard report of a period", scanner.PeriodFormatVersion),
	} {
		published(t, file, got)
	}
}

func published(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(file, got, 0o600))
		return
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not that of the types; raise formatVersion if it breaks readers, then run make golden (-published +types):\n%s", file, diff)
	}
}

func TestReportsFollowThePublishedSchema(t *testing.T) {
	schema, err := santhosh.NewCompiler().Compile(schemaFile)
	must(t, err)
	reports := cases()
	reports["could not run"] = func() *scanner.Report {
		return scanner.CouldNotRun(scanner.Tool{Name: "trailguard"}, time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC), scanner.ExitCannotRun, "no tenant could be read")
	}
	reports["bare"] = func() *scanner.Report {
		return &scanner.Report{FormatVersion: 1, Findings: []scanner.Finding{{Status: scanner.StatusFail, Severity: scanner.SeverityLow}}}
	}
	for name, report := range reports {
		t.Run(name, func(t *testing.T) {
			text := render(t, "json", report(), reporters.Options{})
			value, err := santhosh.UnmarshalJSON(strings.NewReader(text))
			must(t, err)
			must(t, schema.Validate(value))
		})
	}
}

func TestSchemaRefusesWhatIsNoReport(t *testing.T) {
	schema, err := santhosh.NewCompiler().Compile(schemaFile)
	must(t, err)
	good := render(t, "json", fullReport(), reporters.Options{})
	for _, change := range [][2]string{
		{`"status": "fail"`, `"status": "failed"`},
		{`"severity": "critical"`, `"severity": "urgent"`},
		{`"needs": []`, `"needs": null`},
		{`"formatVersion": 1`, `"formatVersion": 2`},
		{`"collectedAt": "2026-03-01T08:00:00Z"`, `"collectedAt": 17`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("the report has no %s", change[0])
		}
		value, err := santhosh.UnmarshalJSON(strings.NewReader(bad))
		must(t, err)
		if schema.Validate(value) == nil {
			t.Errorf("the schema accepts %s", change[1])
		}
	}
}

// generateSchema derives the schema from a report's Go types, and its
// descriptions from their comments.
func generateSchema[T any](t *testing.T, file, title string, formatVersion int) []byte {
	t.Helper()
	enum := func(values any) *jsonschema.Schema {
		s := &jsonschema.Schema{Type: "string"}
		for v := range reflect.ValueOf(values).Len() {
			s.Enum = append(s.Enum, reflect.ValueOf(values).Index(v).String())
		}
		return s
	}
	schema, err := jsonschema.For[T](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[time.Time]():            {Type: "string", Format: "date-time"},
		reflect.TypeFor[scanner.Status]():       enum(scanner.Statuses()),
		reflect.TypeFor[scanner.Severity]():     enum(scanner.Severities()),
		reflect.TypeFor[scanner.State]():        enum(constants(t, "State")),
		reflect.TypeFor[scanner.Effect]():       enum(constants(t, "Effect")),
		reflect.TypeFor[scanner.ControlState](): enum(scanner.ControlStates()),
		reflect.TypeFor[scanner.GapReason]():    enum(constants(t, "GapReason")),
		reflect.TypeFor[scanner.DayState]():     enum(constants(t, "DayState")),

		reflect.TypeFor[scanner.AttestedResult]():   enum(scanner.AttestedResults()),
		reflect.TypeFor[scanner.AttestationState](): enum(constants(t, "AttestationState")),
	}})
	must(t, err)
	schema.Schema = "https://json-schema.org/draft/2020-12/schema"
	schema.ID = "https://github.com/trailguard/trailguard/reporters/" + file
	schema.Title = title
	var version any = formatVersion
	schema.Properties["formatVersion"].Const = &version
	describe(reflect.TypeFor[T](), schema, comments(t))
	text, err := json.Marshal(schema)
	must(t, err)
	var out bytes.Buffer
	must(t, json.Indent(&out, text, "", "  "))
	return append(out.Bytes(), '\n')
}

// describe sets descriptions, and makes lists what they are in a report: never
// null.
func describe(goType reflect.Type, s *jsonschema.Schema, comments map[string]string) {
	switch goType.Kind() {
	case reflect.Pointer:
		describe(goType.Elem(), s, comments)
	case reflect.Slice:
		s.Type, s.Types = "array", nil
		describe(goType.Elem(), s.Items, comments)
	case reflect.Map:
		describe(goType.Elem(), s.AdditionalProperties, comments)
	case reflect.Struct:
		for _, field := range reflect.VisibleFields(goType) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if property := s.Properties[name]; property != nil {
				owner := goType
				for _, i := range field.Index[:len(field.Index)-1] {
					owner = owner.Field(i).Type
				}
				if owner.Kind() == reflect.Pointer {
					owner = owner.Elem()
					together(owner, s)
				}
				property.Description = comments[owner.Name()+"."+field.Name]
				describe(field.Type, property, comments)
			}
		}
	default: // scalars say all by their type
	}
}

// together makes the members of an embedded pointer what they are: all there, or none.
func together(embedded reflect.Type, s *jsonschema.Schema) {
	var names []string
	for _, field := range reflect.VisibleFields(embedded) {
		if name, options, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" && options == "" {
			names = append(names, name)
		}
	}
	s.Required = slices.DeleteFunc(s.Required, func(name string) bool { return slices.Contains(names, name) })
	s.DependentRequired = map[string][]string{}
	for _, name := range names {
		s.DependentRequired[name] = slices.DeleteFunc(slices.Clone(names), func(other string) bool { return other == name })
	}
}

// comments reads the comments of all fields in package scanner.
func comments(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	inspect(t, func(n ast.Node) {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return
		}
		structure, ok := spec.Type.(*ast.StructType)
		if !ok {
			return
		}
		for _, field := range structure.Fields.List {
			text := strings.Join(strings.Fields(field.Doc.Text()+" "+field.Comment.Text()), " ")
			for _, name := range field.Names {
				found[spec.Name.Name+"."+name.Name] = text
			}
		}
	})
	return found
}

// constants reads the values of all constants of a type in package scanner.
func constants(t *testing.T, typeName string) []string {
	t.Helper()
	var values []string
	inspect(t, func(n ast.Node) {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil || len(spec.Values) != 1 {
			return
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if name, named := spec.Type.(*ast.Ident); ok && named && name.Name == typeName {
			values = append(values, strings.Trim(literal.Value, `"`))
		}
	})
	if len(values) == 0 {
		t.Fatalf("no constant of type %s", typeName)
	}
	return values
}

func inspect(t *testing.T, visit func(ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "scanner", "*.go"))
	must(t, err)
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool { visit(n); return true })
	}
}
