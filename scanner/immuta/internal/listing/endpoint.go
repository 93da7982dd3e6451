package listing

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/answer"
	"github.com/trailguard/trailguard/scanner/immuta/internal/query"
)

// alias matches what this program's queries put before an endpoint's field.
var alias = regexp.MustCompile(`^t\d+_`)

// foreignAliases are the aliases in the queries of Immuta's documents.
var foreignAliases = map[string]string{"adlsPath": "path", "s3Path": "path", "s3Bucket": "bucket", "s3Region": "region"}

// endpoint reads where the export writes. If a field is missing that is needed
// to say where, so is the endpoint as a whole, though its type may be known.
func (r *reading) endpoint() {
	e := &r.configuration.Endpoint
	e.Type, e.Authentication = scanner.EndpointOther, scanner.AuthenticationUnknown
	raw, ok := r.members["endpointConfiguration"]
	if !ok {
		r.absent("endpoint")
		return
	}
	fields := answer.Object(raw)
	if fields == nil {
		r.missing("endpoint", scanner.ReasonMalformed, "immuta gave no endpoint for this configuration, or one of an unknown form: look at it in Immuta")
		return
	}
	fields = unalias(fields)
	e.TypeName = r.keep("endpointConfiguration.__typename", answer.Text(fields["__typename"]))
	e.Type, e.Authentication = classify(e.TypeName, fields)
	for _, f := range []struct {
		name string
		to   *string
	}{
		{"bucket", &e.Bucket},
		{"path", &e.Path},
		{"region", &e.Region},
		{"roleArn", &e.RoleARN},
		{"storageAccount", &e.StorageAccount},
		{"fileSystem", &e.FileSystem},
	} {
		*f.to = r.keep("endpointConfiguration."+f.name, answer.Scalar(fields[f.name]))
		if answer.Filled(fields[f.name]) && answer.Scalar(fields[f.name]) == "" {
			r.odd("endpoint")
		}
	}
	if e.RoleARN != "" {
		e.RoleARNSource = "immuta"
	}
	r.needed(fields)
}

// needed records which of the fields that every endpoint of its type has are
// missing.
func (r *reading) needed(fields map[string]json.RawMessage) {
	switch r.configuration.Endpoint.Type {
	case scanner.EndpointS3:
		r.require(fields, "bucket", "endpoint", true)
		r.require(fields, "path", "endpoint", false)
		r.require(fields, "region", "region", true)
	case scanner.EndpointADLS:
		r.require(fields, "storageAccount", "endpoint", true)
		r.require(fields, "fileSystem", "endpoint", true)
		r.require(fields, "path", "endpoint", false)
	case scanner.EndpointOther: // of an unknown type nobody knows what it needs
		if r.configuration.Endpoint.TypeName == "" {
			r.missing("endpoint", scanner.ReasonUndetermined, "neither the type of the endpoint nor a field that tells it was given: look at the configuration in Immuta")
		}
	}
}

// require records a member as missing where the field was not given. An empty
// path that was given means the whole bucket; one that was not given is
// unknown.
func (r *reading) require(fields map[string]json.RawMessage, name, missing string, value bool) {
	raw, given := fields[name]
	switch {
	case !given:
		r.missing(missing, scanner.ReasonUnsupported, "the endpoint's "+name+" is not known: "+r.list.LeftOut)
	case value && !answer.Filled(raw):
		r.missing(missing, scanner.ReasonUndetermined, "immuta gave no "+name+" for this endpoint: look at the configuration in Immuta")
	}
}

// unalias restores the names of fields. Where two aliases stand for one field,
// at most one has a value, since each fragment applies to one type.
func unalias(fields map[string]json.RawMessage) map[string]json.RawMessage {
	plain := make(map[string]json.RawMessage, len(fields))
	for _, name := range slices.Sorted(maps.Keys(fields)) { // sorted, so that the same one wins each time
		to := alias.ReplaceAllString(name, "")
		if known, ok := foreignAliases[to]; ok {
			to = known
		}
		if have, ok := plain[to]; !ok || !answer.Filled(have) {
			plain[to] = fields[name]
		}
	}
	return plain
}

// classify determines type and authentication by the name of the endpoint's
// type. A saved answer may lack the name. Then the fields determine the type,
// and only a role determines the authentication.
func classify(typeName string, fields map[string]json.RawMessage) (scanner.EndpointType, scanner.Authentication) {
	switch typeName {
	case query.TypeAccessKey:
		return scanner.EndpointS3, scanner.AuthenticationAccessKey
	case query.TypeAssumedRole:
		return scanner.EndpointS3, scanner.AuthenticationAssumedRole
	case query.TypeSASToken:
		return scanner.EndpointADLS, scanner.AuthenticationSASToken
	case query.TypeLegacy:
		return scanner.EndpointS3, scanner.AuthenticationUnknown
	case "":
	default:
		return scanner.EndpointOther, scanner.AuthenticationUnknown
	}
	switch {
	case answer.Filled(fields["roleArn"]):
		return scanner.EndpointS3, scanner.AuthenticationAssumedRole
	case answer.Filled(fields["storageAccount"]):
		return scanner.EndpointADLS, scanner.AuthenticationUnknown
	case answer.Filled(fields["bucket"]):
		return scanner.EndpointS3, scanner.AuthenticationUnknown
	}
	return scanner.EndpointOther, scanner.AuthenticationUnknown
}

var (
	statusRole   = regexp.MustCompile(`AssumedRole\s+(arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]+)\s`)
	statusTarget = regexp.MustCompile(`sts:AssumeRole on resource:\s*(arn:[a-z0-9-]+:iam::\d{12}:role/[\w+=,.@/-]+)`)
	statusCaller = regexp.MustCompile(`User:\s*(arn:[a-z0-9-]+:(?:iam|sts)::\d{12}:[\w+=,.@/-]+) is not authorized to perform: sts:AssumeRole\b`)
)

// fromStatus takes role and caller out of the one error text whose form is
// known. A text that names two roles does not say which is meant: then neither
// is used.
func fromStatus(status string) (role, caller string) {
	if m := statusRole.FindStringSubmatch(status); m != nil {
		role = m[1]
	}
	if m := statusTarget.FindStringSubmatch(status); m != nil {
		switch target := m[1]; {
		case role == "":
			role = strings.TrimRight(target, ".,")
		case target != role && strings.TrimRight(target, ".,") != strings.TrimRight(role, ".,"):
			role = ""
		}
	}
	if m := statusCaller.FindStringSubmatch(status); m != nil {
		caller = m[1]
	}
	return role, caller
}

// role adds the role or user that writes: from Immuta's field, else from its
// status text, else from the operator's hints.
func (r *reading) role() {
	c := &r.configuration
	role, caller := fromStatus(c.ConnectionStatus)
	if caller != "" {
		r.principals = append(r.principals, caller)
	}
	if c.Endpoint.Type != scanner.EndpointS3 {
		return
	}
	e, hint := &c.Endpoint, r.list.Hints[c.ID]
	if e.Authentication != scanner.AuthenticationAssumedRole {
		e.UserARN = hint.UserARN
	}
	if e.Authentication != scanner.AuthenticationAccessKey && e.RoleARN == "" {
		switch {
		case role != "":
			e.RoleARN, e.RoleARNSource = role, "status"
		case hint.RoleARN != "":
			e.RoleARN, e.RoleARNSource = hint.RoleARN, "configuration"
		}
	}
	r.writerGaps()
}

// writerGaps records what is not known about the writer.
func (r *reading) writerGaps() {
	c := &r.configuration
	e := &c.Endpoint
	switch {
	case e.Authentication == scanner.AuthenticationAssumedRole && e.RoleARN == "":
		r.gap("roleArn", scanner.ReasonSubjectMissing,
			"immuta does not tell which role this export assumes: set "+c.Setting("roleArn")+" in the configuration")
	case e.Authentication == scanner.AuthenticationAccessKey && e.UserARN == "":
		r.gap("userArn", scanner.ReasonSubjectMissing,
			"immuta never tells whose access key this export uses: set "+c.Setting("userArn")+" in the configuration")
	case e.Authentication == scanner.AuthenticationUnknown:
		r.gap("authentication", scanner.ReasonUnsupported,
			"immuta does not tell whether this export assumes a role or uses an access key: ask for the endpoint's __typename, or upgrade Immuta")
	}
}
