package immuta

import (
	"context"
	"encoding/json"
	"regexp"
	"slices"
)

// typeQuery asks for one type. Servers that limit introspection count how deep
// lists nest: this is two deep, so that the endpoint's types need a second
// query.
const typeQuery = `query trailguardType($name: String!) { __type(name: $name) { kind name
 fields(includeDeprecated: true) { name type { ...T fields { name } ofType { ...T fields { name } ofType { ...T fields { name } ofType { ...T fields { name } } } } } }
 possibleTypes { name fields(includeDeprecated: true) { name type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } }
fragment T on __Type { kind name }`

// maxTypes bounds how many endpoint types a schema may have.
const maxTypes = 50

// graphqlName keeps whatever a server calls its types from becoming syntax.
var graphqlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

type schemaType struct {
	Kind          string        `json:"kind"`
	Name          string        `json:"name"`
	Fields        []schemaField `json:"fields"`
	PossibleTypes []schemaType  `json:"possibleTypes"`
	OfType        *schemaType   `json:"ofType"`
}

type schemaField struct {
	Name string     `json:"name"`
	Type schemaType `json:"type"`
}

// unwrap removes non-null. A list stays one: nothing that is asked for is one.
func (t *schemaType) unwrap() *schemaType {
	for t.Kind == "NON_NULL" && t.OfType != nil {
		t = t.OfType
	}
	return t
}

func (t *schemaType) leaf() bool {
	kind := t.unwrap().Kind
	return kind == "SCALAR" || kind == "ENUM"
}

func (t *schemaType) field(name string) (*schemaType, bool) {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return t.Fields[i].Type.unwrap(), true
		}
	}
	return nil, false
}

// leaves are those of the names that the type has as plain values.
func (t *schemaType) leaves(names []string) []string {
	var found []string
	for _, name := range names {
		if f, ok := t.field(name); ok && f.leaf() {
			found = append(found, name)
		}
	}
	return found
}

// introspect builds the query from what the tenant's schema has. It returns
// nil where the schema does not tell enough; the error is that of a tenant
// that cannot be asked at all.
func (s *Source) introspect(ctx context.Context) (*selection, error) {
	configuration, err := s.describe(ctx, "ExportConfiguration")
	if configuration == nil || err != nil {
		return nil, err
	}
	chosen := choose(configuration)
	if chosen == nil {
		return nil, nil
	}
	endpoint, ok := configuration.field("endpointConfiguration")
	if !ok || !graphqlName.MatchString(endpoint.Name) {
		return chosen, nil
	}
	described, err := s.describe(ctx, endpoint.Name)
	if described == nil || err != nil {
		return nil, err // the fixed forms may know the types
	}
	chosen.endpoint = fragments(described)
	return chosen, nil
}

// choose returns what to ask of a configuration, or nil where it has no id.
func choose(configuration *schemaType) *selection {
	chosen := &selection{name: "introspected", leftOut: "the tenant's schema does not have it"}
	for _, f := range configurationFields {
		have, ok := configuration.field(f.name)
		switch {
		case !ok:
		case have.leaf():
			chosen.fields = append(chosen.fields, field{name: f.name})
		case f.sub != "" && len(have.Fields) > 0:
			if _, ok := have.field(f.sub); ok {
				chosen.fields = append(chosen.fields, f)
			}
		}
	}
	if !slices.ContainsFunc(chosen.fields, func(f field) bool { return f.name == "id" }) {
		return nil
	}
	return chosen
}

// fragments returns what to ask of each type that an endpoint can be.
func fragments(endpoint *schemaType) []fragment {
	types := endpoint.PossibleTypes
	if len(types) == 0 {
		types = []schemaType{*endpoint}
	}
	parts := []fragment{}
	for i := range types {
		if graphqlName.MatchString(types[i].Name) && len(parts) < maxTypes {
			parts = append(parts, fragment{types[i].Name, types[i].leaves(endpointFields)})
		}
	}
	return parts
}

// describe asks for one type; nil where the tenant does not tell.
func (s *Source) describe(ctx context.Context, name string) (*schemaType, error) {
	data, err := s.query(ctx, "schema of "+name, typeQuery, map[string]string{"name": name})
	switch KindOf(err) {
	case KindUnauthorized, KindTimeout, KindUnreachable, KindThrottled, KindInterrupted, KindConfigured, KindTooLarge:
		return nil, err // the next query would end likewise
	default:
		if err != nil {
			return nil, nil //nolint:nilerr // a tenant may refuse introspection in any way: the query itself decides
		}
	}
	return parseType(data, name), nil
}

func parseType(data json.RawMessage, name string) *schemaType {
	var answer struct {
		Type *schemaType `json:"__type"`
	}
	if json.Unmarshal(data, &answer) != nil || answer.Type == nil || answer.Type.Name != name {
		return nil
	}
	return answer.Type
}
