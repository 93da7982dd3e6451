package facts

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// statusSuccess is the one status text by which Immuta says that its
// connection test succeeded.
const statusSuccess = "SUCCESS"

// intervals are the hours of the intervals that Immuta documents.
var intervals = []int{2, 4, 6, 12, 24}

func (e *export) connection() *fact.Of[fact.Connection] {
	if status, planned := e.NotCreated(e.Resource); planned {
		return fact.Unresolved[fact.Connection](status)
	}
	if gap, missing := e.MissingField("connectionStatus"); missing {
		return fact.Unresolved[fact.Connection](fact.Unknown(e.Resource, "Immuta did not tell the result of its connection test", gap))
	}
	text := e.Config.ConnectionStatus
	role, principal := view.NamedInStatus(text)
	return fact.Known(
		fact.Connection{Status: text, Succeeded: text == statusSuccess, RoleARN: role, Principal: principal},
		e.FromConfig("/connectionStatus", fmt.Sprintf("Immuta's last connection test says %q", text)),
	)
}

func (e *export) enabled() *fact.Of[fact.Enabled] {
	if gap, missing := e.MissingField("enabled"); missing {
		return fact.Unresolved[fact.Enabled](fact.Unknown(e.Resource, "Immuta did not tell whether the export is enabled", gap))
	}
	text := "the export is enabled"
	if !e.Config.Enabled {
		text = "the export is disabled"
	}
	return fact.Known(fact.Enabled{Enabled: e.Config.Enabled}, e.FromConfig("/enabled", text))
}

func (e *export) interval() *fact.Of[fact.Interval] {
	if gap, missing := e.MissingField("interval"); missing {
		return fact.Unresolved[fact.Interval](fact.Unknown(e.Resource, "Immuta did not tell the export's interval", gap))
	}
	hours := intervalHours(e.Config.Interval)
	recognised := slices.Contains(intervals, hours)
	if !recognised {
		hours = 0
	}
	limit := intervalHours(e.Expect.MaxInterval)
	if e.Expect.MaxInterval != "" && limit == 0 {
		because := fmt.Sprintf("expect.maxInterval is %q, which is no interval; use one such as EVERY_12_HOURS", e.Expect.MaxInterval)
		return fact.Unresolved[fact.Interval](fact.Unknown(e.Resource, because,
			proof.Undetermined(document.KindConfiguration, e.Resource, scanner.Said(because))))
	}
	return fact.Known(
		fact.Interval{
			Literal: e.Config.Interval, Recognised: recognised, Hours: hours,
			MaxLiteral: e.Expect.MaxInterval, MaxHours: limit,
		},
		e.FromConfig("/interval", fmt.Sprintf("the export's interval is %q", e.Config.Interval)),
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
	ep := &e.Config.Endpoint
	if status, ok := e.WritesToS3(); !ok && status.State == scanner.FactUnknown {
		return fact.Unresolved[fact.Endpoint](status)
	}
	if gap, missing := e.MissingField("endpoint"); missing && ep.Type == scanner.EndpointS3 && ep.Bucket == "" {
		return fact.Unresolved[fact.Endpoint](fact.Unknown(e.Resource, "Immuta did not tell the export's bucket", gap))
	}
	value := fact.Endpoint{TypeName: ep.TypeName, Type: string(ep.Type), Form: e.Form, Bucket: ep.Bucket, Recognised: e.Form == destinations.FormBucket}
	text := "the destination is of type " + e.TypeName()
	if ep.Type == scanner.EndpointS3 {
		text = fmt.Sprintf("the destination is %q (%s)", ep.Bucket, strings.ReplaceAll(e.Form, "_", " "))
	}
	return fact.Known(value, e.FromConfig("/endpoint", text))
}

// authentication says how the export identifies itself. Immuta's oldest schema
// does not tell; the role that a status text names, or what the operator
// declared for the export, then decides unless both a role and a user were
// declared.
func (e *export) authentication() *fact.Of[fact.Authentication] {
	method, text := e.Method()
	if gap, missing := e.MissingField("endpoint"); missing && (method == "" || !e.Configured()) {
		return fact.Unresolved[fact.Authentication](fact.Unknown(e.Resource, "Immuta did not tell the export's endpoint", gap))
	}
	if method == "" {
		return fact.Unresolved[fact.Authentication](fact.Unknown(e.Resource, text,
			proof.Undetermined(document.KindConfiguration, e.Resource, scanner.Said(text))))
	}
	return fact.Known(fact.Authentication{Method: method}, e.FromConfig("/endpoint/authentication", text))
}
