package aws

import (
	"context"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/events"
	"github.com/trailguard/trailguard/scanner/aws/internal/patience"
)

// Quota is what AWS counts requests by.
type Quota struct {
	// Account is whose credentials sign the requests; empty: it is not known.
	Account string
	Service string // s3, s3control, iam, sts, kms, cloudtrail or organizations
	Region  string // empty for IAM and Organizations, which have none
	// Class is ClassLookup for the calls that are counted apart, and empty for all
	// others.
	Class string
}

// ClassLookup are CloudTrail's LookupEvents.
const ClassLookup = "lookup"

// Budget says when requests may be sent, to processes that share AWS's quotas.
// It is safe for concurrent use.
type Budget interface {
	// Wait returns once a request of the quota may be sent. Its error ends the
	// call: the context is done, or whoever keeps the budget cannot be asked.
	Wait(ctx context.Context, q Quota) error
	// Throttled says that AWS refused a request of the quota because there were
	// too many.
	Throttled(ctx context.Context, q Quota)
}

// budgeted asks a budget before each attempt of clients, and tells it which of
// them AWS refused for load. That is before the attempt is signed, since the
// signature of one that waited long would have expired. A call's time stands
// still meanwhile: a full budget would otherwise look like a silent service.
func budgeted(b Budget, c *clients) func(*middleware.Stack) error {
	attempt := middleware.FinalizeMiddlewareFunc("trailguardBudget",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			q := quotaOf(ctx, c.account)
			resume := patience.Pause(ctx)
			err := b.Wait(ctx, q)
			resume()
			if err != nil {
				return middleware.FinalizeOutput{}, middleware.Metadata{}, &unsentError{err}
			}
			out, metadata, err := next.HandleFinalize(ctx, in)
			if throttles(ctx, err) {
				resume = patience.Pause(ctx)
				b.Throttled(ctx, q)
				resume()
			}
			return out, metadata, err
		})
	return func(stack *middleware.Stack) error {
		return stack.Finalize.Insert(attempt, "trailguardAttempt", middleware.After)
	}
}

// quotaOf is by what AWS counts the request that is about to be sent.
func quotaOf(ctx context.Context, account string) Quota {
	asked := questionOf(ctx).Request
	q := Quota{Account: account, Service: asked.Service, Region: awsmiddleware.GetRegion(ctx)}
	if q.Service == "iam" || q.Service == "organizations" {
		q.Region = ""
	}
	if asked.Service+":"+asked.Operation == events.CallLookup {
		q.Class = ClassLookup
	}
	return q
}

// throttles says whether AWS refused a request for load. That of credentials
// which the request needed is another quota's, and told by its own attempt.
func throttles(ctx context.Context, err error) bool {
	return err != nil && !isCredentialError(err) && classify(ctx, "", err, nil).reason == scanner.ReasonThrottled
}

// unsentError means that the budget gave no leave to send a request.
type unsentError struct{ error }

func (e *unsentError) Unwrap() error { return e.error }

// RetryableError keeps the SDK from trying again: the budget knows better for how
// long.
func (e *unsentError) RetryableError() bool { return false }
