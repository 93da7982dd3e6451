package view

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
)

// MissingField returns the gap of a field of the configuration that Immuta did not
// give, and whether it is missing. Without the configuration's own document
// every field is.
func (v *View) MissingField(field string) (scanner.Gap, bool) {
	if v.Configured() && !slices.Contains(v.Config.Missing, field) {
		return scanner.Gap{}, false
	}
	for _, g := range v.Record.Gaps {
		if g.Kind == document.KindConfiguration && (g.Name == field || g.Name == "") {
			return g, true
		}
	}
	return scanner.Gap{
		Kind: document.KindConfiguration, Resource: v.Resource, Name: field, Reason: scanner.ReasonUnsupported,
		Detail: "Immuta did not tell the export's " + field,
	}, true
}

// Configured says that the configuration's document is there.
func (v *View) Configured() bool {
	_, read := v.Record.Find(document.KindConfiguration, "", "")
	return read
}

// ConfigAt is a place in the configuration's document.
func (v *View) ConfigAt(pointer string) string { return scanner.At(v.ConfigRef, pointer) }

// NotCreated says whether the export is not made yet, and with which status nothing can
// be said of what comes of making it: Immuta's test, what arrives, and what is declared
// under its id.
func (v *View) NotCreated(resource string) (scanner.FactStatus, bool) {
	return fact.NotApplicable(resource, "the export is not created yet"), v.Config.Planned
}

// FromConfig is the status of a fact that the configuration alone decides.
func (v *View) FromConfig(pointer, text string) scanner.FactStatus {
	return fact.Rests(v.Resource, []string{v.ConfigRef}, fact.Note(v.ConfigAt(pointer), text))
}

// TypeName is the destination's type as Immuta calls it, else as we do.
func (v *View) TypeName() string {
	if v.Config.Endpoint.TypeName != "" {
		return v.Config.Endpoint.TypeName
	}
	return string(v.Config.Endpoint.Type)
}

// The methods of authentication as facts name them.
const (
	MethodRole      = "role"
	MethodAccessKey = "access_key"
	methodSASToken  = "sas_token"
)

// Method returns how the export authenticates, empty where it is not known,
// and a clause that says so.
func (v *View) Method() (method, text string) {
	ep := &v.Config.Endpoint
	switch ep.Authentication {
	case scanner.AuthenticationAssumedRole:
		return MethodRole, "the export assumes a role"
	case scanner.AuthenticationAccessKey:
		return MethodAccessKey, "the export uses an IAM user's access key"
	case scanner.AuthenticationSASToken:
		return methodSASToken, "the export uses a SAS token"
	case scanner.AuthenticationUnknown:
	}
	role, user := ep.RoleARN != "" || v.Hint.RoleARN != "", ep.UserARN != "" || v.Hint.UserARN != ""
	told := ep.RoleARN != "" && (ep.RoleARNSource == sourceImmuta || ep.RoleARNSource == sourceStatus)
	switch {
	case told, role && !user:
		return MethodRole, "the export assumes a role, as the " + sourceName(ep.RoleARNSource) + " says"
	case user && !role:
		return MethodAccessKey, "the export uses a user's access key, as the operator's configuration says"
	default:
		return "", "Immuta did not tell how the export authenticates: set " + v.Config.Setting("roleArn") + " or .userArn"
	}
}

// Where the role's ARN is from, as Endpoint.RoleARNSource has it.
const (
	sourceImmuta = "immuta"
	sourceStatus = "status"
)

// sourceName puts Endpoint.RoleARNSource into words.
func sourceName(source string) string {
	switch source {
	case sourceImmuta:
		return "export configuration"
	case sourceStatus:
		return "connection status text"
	default:
		return "operator's configuration"
	}
}

// NamedInStatus finds the role and the calling principal in the text of a
// failed test: "Error testing access to S3 using AssumedRole <role> - User:
// <principal> is not authorized to perform: sts:AssumeRole on resource: <role>".
func NamedInStatus(text string) (role, principal string) {
	return arnAfter(text, "AssumedRole "), arnAfter(text, "User: ")
}

func arnAfter(text, marker string) string {
	_, rest, found := strings.Cut(text, marker)
	if !found {
		return ""
	}
	word, _, _ := strings.Cut(rest, " ")
	if !strings.HasPrefix(word, "arn:") {
		return ""
	}
	return strings.TrimRight(word, ".,;")
}
