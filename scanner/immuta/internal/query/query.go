package query

import (
	"fmt"
	"slices"
	"strings"
)

// The operation that is asked for, and its name in evidence and gaps.
const (
	Operation = "getAllExportConfigurations"
	Call      = "immuta:" + Operation
)

// Selection is what one form of the query asks for.
type Selection struct {
	fields []field // of ExportConfiguration, without the endpoint
	// endpoint is nil where the query does not ask for it. An empty list asks
	// only for its __typename.
	endpoint []fragment
	// LeftOut says why the query does not ask for everything.
	LeftOut string
}

type field struct {
	name string
	sub  string // what to ask of an object; empty for a scalar
}

type fragment struct {
	typeName string
	fields   []string
}

// The names of the endpoint types in Immuta's documents.
const (
	TypeAccessKey   = "S3AccessKeyEndpointConfiguration"
	TypeAssumedRole = "S3AssumedRoleEndpointConfiguration"
	TypeSASToken    = "AdlsSasTokenEndpointConfiguration" //nolint:gosec // a type's name, no credential
	TypeLegacy      = "S3EndpointConfiguration"
)

// endpointFields are all fields that any query asks of an endpoint. None of
// them is a secret.
var endpointFields = []string{"bucket", "path", "region", "roleArn", "storageAccount", "fileSystem"}

// configurationFields are all fields that any query asks of a configuration.
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

// Steps returns the forms of the query, the fullest first, for tenants that do
// not show their schema.
func Steps() []Selection {
	accessKey := fragment{TypeAccessKey, []string{"bucket", "path", "region"}}
	role := fragment{TypeAssumedRole, []string{"bucket", "path", "region"}}
	withARN := fragment{TypeAssumedRole, append(slices.Clone(role.fields), "roleArn")}
	adls := fragment{TypeSASToken, []string{"storageAccount", "fileSystem", "path"}}
	legacy := fragment{TypeLegacy, []string{"bucket", "path", "region"}}
	withoutStatus := slices.DeleteFunc(slices.Clone(configurationFields), func(f field) bool { return f.name == "connectionStatus" })
	return []Selection{
		{fields: configurationFields, endpoint: []fragment{accessKey, withARN, adls}},
		{fields: configurationFields, endpoint: []fragment{accessKey, role, adls}},
		{fields: configurationFields, endpoint: []fragment{accessKey, role}},
		{fields: withoutStatus, endpoint: []fragment{legacy}},
		{fields: plain("id", "interval", "enabled", "connectionStatus"), endpoint: []fragment{}},
		{fields: plain("id", "connectionStatus")},
	}
}

// Query returns the selection as GraphQL. The fields of each fragment get
// aliases of their own: two fragments with a field of one name would fail
// validation where only one of the types lets it be null.
func (s *Selection) Query() string {
	var b strings.Builder
	b.WriteString("query trailguard { " + Operation + " {")
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
