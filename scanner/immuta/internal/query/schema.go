package query

import (
	"encoding/json"
	"regexp"
	"slices"
)

// TypeQuery asks for the type that its variable "name" names. Servers that
// limit introspection count how deep lists nest. This query is two levels deep,
// so the endpoint's types take a second query.
const TypeQuery = `query trailguardType($name: String!) { __type(name: $name) { kind name
 fields(includeDeprecated: true) { name type { ...T fields { name } ofType { ...T fields { name } ofType { ...T fields { name } ofType { ...T fields { name } } } } } }
 possibleTypes { name fields(includeDeprecated: true) { name type { ...T ofType { ...T ofType { ...T ofType { ...T } } } } } } } }
fragment T on __Type { kind name }`

// maxTypes bounds how many endpoint types a schema may have.
const maxTypes = 50

// graphqlName matches names. Nothing else that a server calls a type may get
// into a query.
var graphqlName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Type is a type of the tenant's schema.
type Type struct {
	Kind          string      `json:"kind"`
	Name          string      `json:"name"`
	Fields        []typeField `json:"fields"`
	PossibleTypes []Type      `json:"possibleTypes"`
	OfType        *Type       `json:"ofType"`
}

type typeField struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// unwrap removes non-null. A list stays a list, since no field that is asked
// for is one.
func (t *Type) unwrap() *Type {
	for t.Kind == "NON_NULL" && t.OfType != nil {
		t = t.OfType
	}
	return t
}

func (t *Type) leaf() bool {
	kind := t.unwrap().Kind
	return kind == "SCALAR" || kind == "ENUM"
}

func (t *Type) field(name string) (*Type, bool) {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return t.Fields[i].Type.unwrap(), true
		}
	}
	return nil, false
}

// leaves returns those of the names that the type has as plain values.
func (t *Type) leaves(names []string) []string {
	var found []string
	for _, name := range names {
		if f, ok := t.field(name); ok && f.leaf() {
			found = append(found, name)
		}
	}
	return found
}

// Choose returns what to ask of a configuration of this type, without its
// endpoint. It returns nil where the type has no id.
func Choose(configuration *Type) *Selection {
	chosen := &Selection{LeftOut: "the tenant's schema does not have it"}
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

// EndpointType returns the name of the endpoint's type. It returns "" where a
// configuration of this type has no endpoint that a query can ask for.
func EndpointType(configuration *Type) string {
	endpoint, ok := configuration.field("endpointConfiguration")
	if !ok || !graphqlName.MatchString(endpoint.Name) {
		return ""
	}
	return endpoint.Name
}

// AddEndpoint adds what to ask of each type that an endpoint can have.
func (s *Selection) AddEndpoint(endpoint *Type) {
	types := endpoint.PossibleTypes
	if len(types) == 0 {
		types = []Type{*endpoint}
	}
	s.endpoint = []fragment{}
	for i := range types {
		if graphqlName.MatchString(types[i].Name) && len(s.endpoint) < maxTypes {
			s.endpoint = append(s.endpoint, fragment{types[i].Name, types[i].leaves(endpointFields)})
		}
	}
}

// ParseType reads the answer to TypeQuery. It returns nil where the answer is
// about another type.
func ParseType(data json.RawMessage, name string) *Type {
	var answer struct {
		Type *Type `json:"__type"`
	}
	if json.Unmarshal(data, &answer) != nil || answer.Type == nil || answer.Type.Name != name {
		return nil
	}
	return answer.Type
}
