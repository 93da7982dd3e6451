// Package events looks up in CloudTrail's event history who changed a resource:
// the management events of the last 90 days, which every account has without a
// trail.
//
// It judges nothing, and how a call is sent, retried and noted when it fails is
// not its concern. What an event says is somebody else's text: it is cut to a
// length, access key ids in it are masked, and nothing of a request's parameters is
// kept but a policy's name and the digest of its text.
package events

import (
	"context"
	"errors"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// CallLookup is the one call.
const CallLookup = "cloudtrail:LookupEvents"

const (
	pageSize = 50 // the most that CloudTrail gives
	// maxPages bounds what is read of one resource: whatever reads it leaves events
	// too, such as each time that Immuta assumes its role.
	maxPages = 20
)

// Ask sends one call, with its retries.
type Ask func(ctx context.Context, send func(context.Context) error) error

// Read looks up a resource by what CloudTrail may call it, one name after the
// other until one is known. It is for one reader of an account and region at a
// time. What was read before an error is returned with it.
func Read(ctx context.Context, client *cloudtrail.Client, region, arn string, since time.Time, pace *Pace, ask Ask) (document.EventHistory, error) {
	history := document.EventHistory{Since: since, Events: []document.Event{}}
	for _, name := range names(arn) {
		known, err := read(ctx, client, region, name, &history, pace, ask)
		if err != nil || known {
			return history, err
		}
	}
	return history, nil
}

// names are what the events of a resource call it: those of S3 a bucket by its name,
// those of IAM roles, users and groups by theirs and managed policies by ARN, those
// of KMS a key by either.
func names(arn string) []string {
	parsed, _ := iam.ParseARN(arn)
	short := parsed.Resource[strings.LastIndex(parsed.Resource, "/")+1:]
	switch {
	case parsed.Service == "iam" && strings.HasPrefix(parsed.Resource, "policy/"):
		return []string{arn}
	case parsed.Service == "kms":
		return []string{arn, short}
	default:
		return []string{short}
	}
}

func read(ctx context.Context, client *cloudtrail.Client, region, name string, history *document.EventHistory, pace *Pace, ask Ask) (known bool, err error) {
	input := &cloudtrail.LookupEventsInput{
		LookupAttributes: []types.LookupAttribute{{AttributeKey: types.LookupAttributeKeyResourceName, AttributeValue: &name}},
		StartTime:        &history.Since, MaxResults: awssdk.Int32(pageSize),
	}
	for page := 0; ; page++ {
		if page == maxPages {
			history.Left = true
			return true, nil
		}
		var out *cloudtrail.LookupEventsOutput
		err := ask(ctx, func(ctx context.Context) (err error) {
			out, err = client.LookupEvents(ctx, input, func(o *cloudtrail.Options) {
				o.Region = region
				o.APIOptions = append(o.APIOptions, pace.attempts)
			})
			if err == nil && out.Events == nil {
				return errEmpty
			}
			return err
		})
		if err != nil {
			history.Left = known
			return known, err
		}
		for i := range out.Events {
			known = true
			e, changes := eventOf(&out.Events[i])
			if !changes {
				continue
			}
			if len(history.Events) == document.MaxEvents {
				history.Left = true
				return true, nil
			}
			history.Events = append(history.Events, e)
		}
		if input.NextToken = out.NextToken; awssdk.ToString(input.NextToken) == "" {
			return known, nil
		}
	}
}

var errEmpty = &smithy.DeserializationError{Err: errors.New("an answer that lacks what was asked for")}
