package aws

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/redact"
)

// watching tells the operator's traffic of each attempt, those of the SDK's
// own credential chain included.
func watching(traffic scanner.Traffic) func(*middleware.Stack) error {
	name := middleware.InitializeMiddlewareFunc("trailguardQuestion",
		func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(middleware.WithStackValue(ctx, questionKey{}, &question{requestOf(ctx, in.Parameters), 0}), in)
		})
	attempt := middleware.FinalizeMiddlewareFunc("trailguardAttempt",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			q := questionOf(ctx)
			q.attempts++
			out, metadata, err := next.HandleFinalize(ctx, in)
			if last, ok := ctx.Value(lastAttemptKey{}).(*lastAttempt); ok {
				last.err = err
			}
			if err != nil {
				err = &attemptError{err, *q}
			}
			return out, metadata, err
		})
	send := middleware.DeserializeMiddlewareFunc("trailguardTraffic",
		func(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
			answered := traffic.Sent(questionOf(ctx).Request)
			out, metadata, err := next.HandleDeserialize(ctx, in)
			answered(answeredWith(out, err))
			return out, metadata, err
		})
	return func(stack *middleware.Stack) error {
		return errors.Join(
			stack.Initialize.Add(name, middleware.After),              // some services are named in this step
			stack.Finalize.Insert(attempt, "Retry", middleware.After), // each attempt passes what is below
			stack.Deserialize.Add(send, middleware.Before),
		)
	}
}

// question is one operation of the SDK, with all of its attempts.
type question struct {
	scanner.Request
	attempts int
}

type questionKey struct{}

func questionOf(ctx context.Context) *question {
	if q, ok := middleware.GetStackValue(ctx, questionKey{}).(*question); ok {
		return q
	}
	return &question{}
}

// lastAttempt receives the error of the latest attempt of a call: when time
// runs out while waiting for the next, the SDK keeps that to itself.
type lastAttempt struct{ err error }

type lastAttemptKey struct{}

// attemptError is the error of an attempt at a question.
type attemptError struct {
	error
	question question
}

func (e *attemptError) Unwrap() error { return e.error }

// retryer tells the operator's traffic of each retry.
type retryer struct {
	awssdk.RetryerV2
	traffic scanner.Traffic
}

// RetryDelay implements aws.Retryer. The SDK waits for what it returns.
func (r retryer) RetryDelay(attempt int, err error) (time.Duration, error) {
	wait, noWait := r.RetryerV2.RetryDelay(attempt, err)
	var failed *attemptError
	if noWait == nil && errors.As(err, &failed) {
		r.traffic.Retrying(scanner.Retry{Request: failed.question.Request, Cause: causeOf(err), Wait: wait, Attempt: failed.question.attempts + 1})
	}
	return wait, noWait
}

// causeOf says why an attempt failed, without the words of whoever answered.
func causeOf(err error) string {
	f := classify(context.Background(), "", err, nil)
	switch {
	case f.status == 0:
		return f.detail
	case f.code == "":
		return fmt.Sprintf("HTTP status %d", f.status)
	default:
		return fmt.Sprintf("HTTP status %d %s", f.status, f.code)
	}
}

// requestOf is what the SDK is about to ask.
func requestOf(ctx context.Context, input any) scanner.Request {
	service := strings.ToLower(strings.ReplaceAll(awsmiddleware.GetServiceID(ctx), " ", ""))
	return scanner.Request{Service: cmp.Or(service, "credentials"), Operation: awsmiddleware.GetOperationName(ctx), Target: targetOf(input)}
}

// targetOf is what a question is about: the first of the fields by which the
// SDK's inputs name that.
func targetOf(input any) string {
	fields := reflect.Indirect(reflect.ValueOf(input))
	if fields.Kind() != reflect.Struct {
		return ""
	}
	for _, name := range []string{"Bucket", "RoleArn", "RoleName", "UserName", "GroupName", "PolicyArn", "KeyId", "AccountId", "AccessKeyId"} {
		field := fields.FieldByName(name)
		if !field.IsValid() {
			continue
		}
		target, _ := field.Interface().(*string)
		if name == "AccessKeyId" {
			return redact.KeyID(deref(target))
		}
		return deref(target)
	}
	return ""
}

// answeredWith is the HTTP status of an answer; 0: there was none.
func answeredWith(out middleware.DeserializeOutput, err error) int {
	var malformed *gate.MalformedError
	if errors.As(err, &malformed) {
		return malformed.Status
	}
	if response, ok := out.RawResponse.(*smithyhttp.Response); ok && response != nil && response.Response != nil {
		return response.StatusCode
	}
	return 0
}
