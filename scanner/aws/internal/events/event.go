package events

import (
	"cmp"
	"encoding/json"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/redact"
)

// longest is how many characters of one text of an event are kept.
const longest = 256

// told is what an event says of itself, as far as it is read. A member that is of
// another type than expected says nothing.
type told struct {
	identity, context, issuer map[string]json.RawMessage
	event, parameters         map[string]json.RawMessage
}

func object(text json.RawMessage) map[string]json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil
	}
	return members
}

func member(of map[string]json.RawMessage, names ...string) string {
	for _, name := range names {
		var text string
		if json.Unmarshal(of[name], &text) == nil && text != "" {
			return text
		}
	}
	return ""
}

// eventOf is an event as it is kept, and whether its call changed anything: one that
// only reads does not, nor one that failed.
func eventOf(e *types.Event) (document.Event, bool) {
	var t told
	t.event = object(json.RawMessage(awssdk.ToString(e.CloudTrailEvent)))
	t.parameters = object(t.event["requestParameters"])
	t.identity = object(t.event["userIdentity"])
	t.context = object(t.identity["sessionContext"])
	t.issuer = object(t.context["sessionIssuer"])
	if awssdk.ToString(e.ReadOnly) == "true" || string(t.event["readOnly"]) == "true" || member(t.event, "errorCode", "errorMessage") != "" {
		return document.Event{}, false
	}
	name := awssdk.ToString(e.EventName)
	return document.Event{
		ID: kept(awssdk.ToString(e.EventId)), Time: awssdk.ToTime(e.EventTime).UTC().Truncate(time.Second),
		Source: kept(awssdk.ToString(e.EventSource)), Name: kept(name),
		Principal: kept(t.principal(awssdk.ToString(e.Username))), Issuer: kept(member(t.issuer, "arn")),
		AccessKey: redact.KeyID(cmp.Or(member(t.identity, "accessKeyId"), awssdk.ToString(e.AccessKeyId))),
		SourceIP:  kept(member(t.event, "sourceIPAddress")), UserAgent: kept(member(t.event, "userAgent")),
		Policy: kept(member(t.parameters, "policyArn", "policyName")), Carries: document.Carried(name, t.parameters),
	}, true
}

// principal is who called: by ARN, else the service of AWS that did, else what is
// told.
func (t *told) principal(user string) string {
	return cmp.Or(
		member(t.identity, "arn", "invokedBy"), user,
		strings.TrimSpace(member(t.identity, "type")+" "+member(t.identity, "accountId", "principalId")),
	)
}

// kept is a text of an event without keys, and no longer than it need be.
func kept(text string) string {
	text, _ = redact.Credentials(text)
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
