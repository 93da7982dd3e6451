package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner/facts/internal/proof"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
)

// statusSuccess is the one status text by which Immuta says that its
// connection test succeeded.
const statusSuccess = "SUCCESS"

// intervals are the hours of the intervals that Immuta documents.
var intervals = []int{2, 4, 6, 12, 24}

func (e *export) connection() *fact.Of[fact.Connection] {
	if gap, missing := e.missing("connectionStatus"); missing {
		return fact.Unresolved[fact.Connection](fact.Unknown(e.resource, "Immuta did not tell the result of its connection test", gap))
	}
	text := e.cfg.ConnectionStatus
	role, principal := namedInStatus(text)
	return fact.Known(
		fact.Connection{Status: text, Succeeded: text == statusSuccess, RoleARN: role, Principal: principal},
		e.fromConfig("/connectionStatus", fmt.Sprintf("Immuta's last connection test says %q", text)),
	)
}

// namedInStatus finds the role and the calling principal in the text of a
// failed test: "Error testing access to S3 using AssumedRole <role> - User:
// <principal> is not authorized to perform: sts:AssumeRole on resource: <role>".
func namedInStatus(text string) (role, principal string) {
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

func (e *export) enabled() *fact.Of[fact.Enabled] {
	if gap, missing := e.missing("enabled"); missing {
		return fact.Unresolved[fact.Enabled](fact.Unknown(e.resource, "Immuta did not tell whether the export is enabled", gap))
	}
	text := "the export is enabled"
	if !e.cfg.Enabled {
		text = "the export is disabled"
	}
	return fact.Known(fact.Enabled{Enabled: e.cfg.Enabled}, e.fromConfig("/enabled", text))
}

func (e *export) interval() *fact.Of[fact.Interval] {
	if gap, missing := e.missing("interval"); missing {
		return fact.Unresolved[fact.Interval](fact.Unknown(e.resource, "Immuta did not tell the export's interval", gap))
	}
	hours := intervalHours(e.cfg.Interval)
	recognised := slices.Contains(intervals, hours)
	if !recognised {
		hours = 0
	}
	limit := intervalHours(e.expect.MaxInterval)
	if e.expect.MaxInterval != "" && limit == 0 {
		because := fmt.Sprintf("expect.maxInterval is %q, which is no interval; use one such as EVERY_12_HOURS", e.expect.MaxInterval)
		return fact.Unresolved[fact.Interval](fact.Unknown(e.resource, because, proof.Undetermined(document.KindConfiguration, e.resource, scanner.Said(because))))
	}
	return fact.Known(
		fact.Interval{
			Literal: e.cfg.Interval, Recognised: recognised, Hours: hours,
			MaxLiteral: e.expect.MaxInterval, MaxHours: limit,
		},
		e.fromConfig("/interval", fmt.Sprintf("the export's interval is %q", e.cfg.Interval)),
	)
}

// intervalHours reads a literal such as EVERY_12_HOURS; 0 where it is of
// another form. Whether Immuta documents the interval is another question.
func intervalHours(literal string) int {
	middle, ok := strings.CutPrefix(literal, "EVERY_")
	if !ok {
		return 0
	}
	number, ok := strings.CutSuffix(middle, "_HOURS")
	if !ok || number == "" || len(number) > 4 || number[0] < '1' || number[0] > '9' {
		return 0
	}
	hours, err := strconv.Atoi(number)
	if err != nil {
		return 0
	}
	return hours
}

func (e *export) endpoint() *fact.Of[fact.Endpoint] {
	ep := &e.cfg.Endpoint
	if status, ok := e.storage(); !ok && status.State == scanner.FactUnknown {
		return fact.Unresolved[fact.Endpoint](status)
	}
	if gap, missing := e.missing("endpoint"); missing && ep.Type == scanner.EndpointS3 && ep.Bucket == "" {
		return fact.Unresolved[fact.Endpoint](fact.Unknown(e.resource, "Immuta did not tell the export's bucket", gap))
	}
	value := fact.Endpoint{TypeName: ep.TypeName, Type: string(ep.Type), Form: e.form, Bucket: ep.Bucket, Recognised: e.form == destinations.FormBucket}
	text := "the destination is of type " + e.typeName()
	if ep.Type == scanner.EndpointS3 {
		text = fmt.Sprintf("the destination is %q (%s)", ep.Bucket, strings.ReplaceAll(e.form, "_", " "))
	}
	return fact.Known(value, e.fromConfig("/endpoint", text))
}

// authentication says how the export identifies itself. Immuta's oldest schema
// does not tell; the role that a status text names, or what the operator
// declared for the export, then decides unless both a role and a user were
// declared.
func (e *export) authentication() *fact.Of[fact.Authentication] {
	method, text := e.method()
	if gap, missing := e.missing("endpoint"); missing && (method == "" || !e.configured()) {
		return fact.Unresolved[fact.Authentication](fact.Unknown(e.resource, "Immuta did not tell the export's endpoint", gap))
	}
	if method == "" {
		return fact.Unresolved[fact.Authentication](fact.Unknown(e.resource, text, proof.Undetermined(document.KindConfiguration, e.resource, scanner.Said(text))))
	}
	return fact.Known(fact.Authentication{Method: method}, e.fromConfig("/endpoint/authentication", text))
}

// The methods of authentication as facts name them.
const (
	methodRole      = "role"
	methodAccessKey = "access_key"
	methodSASToken  = "sas_token"
)

// method returns how the export authenticates, empty where it is not known,
// and a clause that says so.
func (e *view) method() (method, text string) {
	ep := &e.cfg.Endpoint
	switch ep.Authentication {
	case scanner.AuthenticationAssumedRole:
		return methodRole, "the export assumes a role"
	case scanner.AuthenticationAccessKey:
		return methodAccessKey, "the export uses an IAM user's access key"
	case scanner.AuthenticationSASToken:
		return methodSASToken, "the export uses a SAS token"
	case scanner.AuthenticationUnknown:
	}
	role, user := ep.RoleARN != "" || e.hint.RoleARN != "", ep.UserARN != "" || e.hint.UserARN != ""
	told := ep.RoleARN != "" && (ep.RoleARNSource == sourceImmuta || ep.RoleARNSource == sourceStatus)
	switch {
	case told, role && !user:
		return methodRole, "the export assumes a role, as the " + sourceName(ep.RoleARNSource) + " says"
	case user && !role:
		return methodAccessKey, "the export uses a user's access key, as the operator's configuration says"
	default:
		return "", "Immuta did not tell how the export authenticates: set exports." + e.cfg.ID + ".roleArn or .userArn"
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
