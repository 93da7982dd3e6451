// Package trails asks CloudTrail in one account which events it logs in a
// region: its trails, the shadows of trails of other regions and of the
// organization, and the event data stores of CloudTrail Lake.
//
// It judges nothing, and does not decide how calls are sent, retried and
// recorded when they fail.
package trails

import (
	"cmp"
	"context"
	"errors"
	"slices"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// The calls by name.
const (
	CallDescribe  = "cloudtrail:DescribeTrails"
	CallStatus    = "cloudtrail:GetTrailStatus"
	CallSelectors = "cloudtrail:GetEventSelectors"
	CallStores    = "cloudtrail:ListEventDataStores"
	CallStore     = "cloudtrail:GetEventDataStore"
)

// Question asks for one document.
type Question struct {
	Kind     document.Kind
	Call     string
	Resource string // ARN
}

// Ask sends a question, and records the document or why there is none. It
// reports whether there is one.
type Ask func(ctx context.Context, q Question, send func(context.Context) (document any, err error)) (ok bool)

// Place says where CloudTrail is asked.
type Place struct {
	Partition, Account string
	Region             string // the one whose events matter
	// Elsewhere are further regions, whose event data stores may record the
	// events of all regions.
	Elsewhere []string
}

// Lists are the questions from whose answers all others follow.
func (p Place) Lists() []Question {
	lists := []Question{{document.KindTrails, CallDescribe, p.arn(p.Region, "trail/*")}}
	for _, region := range p.regions() {
		lists = append(lists, Question{document.KindEventDataStores, CallStores, p.arn(region, "eventdatastore/*")})
	}
	return lists
}

func (p Place) arn(region, resource string) string {
	return "arn:" + p.Partition + ":cloudtrail:" + region + ":" + p.Account + ":" + resource
}

func (p Place) regions() []string {
	regions := append([]string{p.Region}, p.Elsewhere...)
	slices.Sort(regions)
	return slices.Compact(regions)
}

// Read asks all questions.
func Read(ctx context.Context, client *cloudtrail.Client, p Place, ask Ask) {
	for _, q := range p.Lists() {
		if q.Kind == document.KindTrails {
			readTrails(ctx, client, p, q, ask)
		} else {
			readStores(ctx, client, q, ask)
		}
	}
}

func in(region string) func(*cloudtrail.Options) {
	return func(o *cloudtrail.Options) { o.Region = region }
}

func readTrails(ctx context.Context, client *cloudtrail.Client, p Place, q Question, ask Ask) {
	list := document.Trails{Trails: []document.Trail{}}
	if !ask(ctx, q, func(ctx context.Context) (any, error) {
		out, err := client.DescribeTrails(ctx, &cloudtrail.DescribeTrailsInput{IncludeShadowTrails: awssdk.Bool(true)}, in(p.Region))
		if err != nil {
			return nil, err
		}
		list.Trails = trailsOf(out.TrailList)
		if slices.ContainsFunc(list.Trails, func(t document.Trail) bool { return t.ARN == "" || t.HomeRegion == "" }) {
			return nil, errEmpty
		}
		return list, nil
	}) {
		return
	}
	for _, trail := range list.Trails {
		if trail.Logs(p.Region) {
			readTrail(ctx, client, p, trail, ask)
		}
	}
}

func trailsOf(listed []types.Trail) []document.Trail {
	list := []document.Trail{}
	for i := range listed {
		t := &listed[i]
		list = append(list, document.Trail{
			ARN: awssdk.ToString(t.TrailARN), HomeRegion: awssdk.ToString(t.HomeRegion),
			MultiRegion: awssdk.ToBool(t.IsMultiRegionTrail), Organization: awssdk.ToBool(t.IsOrganizationTrail),
		})
	}
	slices.SortFunc(list, func(a, b document.Trail) int { return cmp.Compare(a.ARN, b.ARN) })
	return list
}

// readTrail asks whether the trail logs in the region of the events. It asks
// for the selectors in the region where the trail was created.
func readTrail(ctx context.Context, client *cloudtrail.Client, p Place, trail document.Trail, ask Ask) {
	ask(ctx, Question{document.KindTrailStatus, CallStatus, trail.ARN}, func(ctx context.Context) (any, error) {
		out, err := client.GetTrailStatus(ctx, &cloudtrail.GetTrailStatusInput{Name: &trail.ARN}, in(p.Region))
		if err != nil {
			return nil, err
		}
		return document.TrailStatus{ARN: trail.ARN, IsLogging: out.IsLogging, DeliveryError: awssdk.ToString(out.LatestDeliveryError)}, nil
	})
	ask(ctx, Question{document.KindEventSelectors, CallSelectors, trail.ARN}, func(ctx context.Context) (any, error) {
		out, err := client.GetEventSelectors(ctx, &cloudtrail.GetEventSelectorsInput{TrailName: &trail.ARN}, in(trail.HomeRegion))
		if err != nil {
			return nil, err
		}
		if awssdk.ToString(out.TrailARN) != trail.ARN {
			return nil, errAnother
		}
		return document.EventSelectors{
			ARN: trail.ARN, Basic: basic(out.EventSelectors), Advanced: advanced(out.AdvancedEventSelectors),
		}, nil
	})
}

// maxPages bounds a list whose pages do not end. An account has ten stores in a
// region, unless its quota was raised.
const maxPages = 50

func readStores(ctx context.Context, client *cloudtrail.Client, q Question, ask Ask) {
	arn, _ := iam.ParseARN(q.Resource)
	list := document.EventDataStores{Stores: []document.EventDataStoreName{}}
	if !ask(ctx, q, func(ctx context.Context) (any, error) {
		input := &cloudtrail.ListEventDataStoresInput{}
		list.Stores = []document.EventDataStoreName{}
		for range maxPages {
			out, err := client.ListEventDataStores(ctx, input, in(arn.Region))
			if notOffered(err) {
				return list, nil
			}
			if err != nil {
				return nil, err
			}
			for i := range out.EventDataStores {
				list.Stores = append(list.Stores, document.EventDataStoreName{ARN: awssdk.ToString(out.EventDataStores[i].EventDataStoreArn)})
			}
			if input.NextToken = out.NextToken; awssdk.ToString(input.NextToken) == "" {
				slices.SortFunc(list.Stores, func(a, b document.EventDataStoreName) int { return cmp.Compare(a.ARN, b.ARN) })
				return list, nil
			}
		}
		return nil, errEndless
	}) {
		return
	}
	for _, store := range list.Stores {
		readStore(ctx, client, arn.Region, store.ARN, ask)
	}
}

// notOffered reports whether CloudTrail Lake is not available in a region, so
// that no store can be there.
func notOffered(err error) bool {
	var unsupported *types.UnsupportedOperationException
	return errors.As(err, &unsupported)
}

func readStore(ctx context.Context, client *cloudtrail.Client, region, arn string, ask Ask) {
	ask(ctx, Question{document.KindEventDataStore, CallStore, arn}, func(ctx context.Context) (any, error) {
		out, err := client.GetEventDataStore(ctx, &cloudtrail.GetEventDataStoreInput{EventDataStore: &arn}, in(region))
		if err != nil {
			return nil, err
		}
		if awssdk.ToString(out.EventDataStoreArn) != arn {
			return nil, errAnother
		}
		return document.EventDataStore{
			ARN: arn, Status: string(out.Status), MultiRegion: awssdk.ToBool(out.MultiRegionEnabled),
			Organization: awssdk.ToBool(out.OrganizationEnabled), Advanced: advanced(out.AdvancedEventSelectors),
		}, nil
	})
}

// Errors of answers that have the right form. They have the type of the SDK's
// own errors for answers that cannot be read.
var (
	errEmpty   = &smithy.DeserializationError{Err: errors.New("an answer that lacks what was asked for")}
	errAnother = &smithy.DeserializationError{Err: errors.New("an answer about something else")}
	errEndless = &smithy.DeserializationError{Err: errors.New("a list that does not end")}
)
