package immuta

import (
	"fmt"
	"slices"
	"strings"
)

// selection is what one form of the query asks for.
type selection struct {
	name   string  // for the log
	fields []field // of ExportConfiguration, without the endpoint
	// endpoint is nil where it is not asked for; an empty list asks for its
	// __typename alone.
	endpoint []fragment
	// leftOut says why the selection lacks what it lacks.
	leftOut string
}

type field struct {
	name string
	sub  string // what is asked of an object; empty for a scalar
}

type fragment struct {
	typeName string
	fields   []string
}

// The names of the endpoint types that documents know.
const (
	typeAccessKey   = "S3AccessKeyEndpointConfiguration"
	typeAssumedRole = "S3AssumedRoleEndpointConfiguration"
	typeSASToken    = "AdlsSasTokenEndpointConfiguration" //nolint:gosec // a type's name, no credential
	typeLegacy      = "S3EndpointConfiguration"
)

// endpointFields are all that is ever asked of an endpoint. No secret is
// among them.
var endpointFields = []string{"bucket", "path", "region", "roleArn", "storageAccount", "fileSystem"}

// configurationFields are all that is ever asked of a configuration.
var configurationFields = []field{
	{"id", ""},
	{"interval", ""},
	{"enabled", ""},
	{"connectionStatus", ""},
	{"createdAt", ""},
	{"createdBy", "id"},
	{"updatedAt", ""},
	{"updatedBy", "id"},
}

func plain(names ...string) []field {
	var fields []field
	for _, name := range names {
		fields = append(fields, field{name: name})
	}
	return fields
}

// steps are the forms of the query, the fullest first. They are for tenants
// whose schema cannot be asked for.
func steps() []selection {
	accessKey := fragment{typeAccessKey, []string{"bucket", "path", "region"}}
	role := fragment{typeAssumedRole, []string{"bucket", "path", "region"}}
	withARN := fragment{typeAssumedRole, append(slices.Clone(role.fields), "roleArn")}
	adls := fragment{typeSASToken, []string{"storageAccount", "fileSystem", "path"}}
	legacy := fragment{typeLegacy, []string{"bucket", "path", "region"}}
	withoutStatus := slices.DeleteFunc(slices.Clone(configurationFields), func(f field) bool { return f.name == "connectionStatus" })
	return []selection{
		{name: "full", fields: configurationFields, endpoint: []fragment{accessKey, withARN, adls}},
		{name: "without roleArn", fields: configurationFields, endpoint: []fragment{accessKey, role, adls}},
		{name: "without ADLS", fields: configurationFields, endpoint: []fragment{accessKey, role}},
		{name: "legacy", fields: withoutStatus, endpoint: []fragment{legacy}},
		{name: "type name only", fields: plain("id", "interval", "enabled", "connectionStatus"), endpoint: []fragment{}},
		{name: "status only", fields: plain("id", "connectionStatus")},
	}
}

// query is the selection as GraphQL. Each fragment's fields get aliases of
// their own: two fragments with a field of one name and differing nullability
// would fail validation.
func (s *selection) query() string {
	var b strings.Builder
	b.WriteString("query trailguard { getAllExportConfigurations {")
	for _, f := range s.fields {
		b.WriteString(" " + f.name)
		if f.sub != "" {
			b.WriteString(" { " + f.sub + " }")
		}
	}
	if s.endpoint != nil {
		b.WriteString(" endpointConfiguration { __typename")
		for i, part := range s.endpoint {
			if len(part.fields) == 0 {
				continue
			}
			fmt.Fprintf(&b, " ... on %s {", part.typeName)
			for _, name := range part.fields {
				fmt.Fprintf(&b, " t%d_%s: %s", i, name, name)
			}
			b.WriteString(" }")
		}
		b.WriteString(" }")
	}
	b.WriteString(" } }")
	return b.String()
}
