package aws

import (
	"context"
	"log/slog"
	"reflect"
	"strings"
	"time"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

// lastAttempt receives how the latest attempt of a call ended.
type lastAttempt struct {
	err   error
	count int
	ended time.Time
}

type (
	lastAttemptKey struct{}
	targetKey      struct{}
)

// watchAttempts notes what each attempt ended with, below the SDK's retries:
// when time runs out while waiting for the next, the SDK keeps that to itself.
// It logs each attempt after the first.
func watchAttempts(log *slog.Logger, now func() time.Time) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("trailguardTarget",
			func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				return next.HandleInitialize(context.WithValue(ctx, targetKey{}, targetOf(in.Parameters)), in)
			}), middleware.Before); err != nil {
			return err
		}
		return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("trailguardLastAttempt",
			func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
				last, ok := ctx.Value(lastAttemptKey{}).(*lastAttempt)
				if !ok {
					return next.HandleFinalize(ctx, in)
				}
				if last.count > 0 {
					last.logAgain(ctx, log, now())
				}
				out, metadata, err := next.HandleFinalize(ctx, in)
				last.err, last.count, last.ended = err, last.count+1, now()
				return out, metadata, err
			}), "Retry", middleware.After)
	}
}

func (l *lastAttempt) logAgain(ctx context.Context, log *slog.Logger, now time.Time) {
	name := calledIn(ctx)
	f := classify(ctx, name, l.err, nil)
	log.InfoContext(ctx, "aws did not answer, trying again", slog.String("call", name), slog.String("target", targetIn(ctx)),
		slog.String("cause", strings.TrimSpace(string(f.reason)+" "+f.code)), slog.Int("attempt", l.count+1),
		slog.Float64("seconds", now.Sub(l.ended).Seconds()))
}

// calledIn is the call that is under way, such as s3:GetBucketPolicy.
func calledIn(ctx context.Context) string {
	service := strings.ToLower(strings.ReplaceAll(awsmiddleware.GetServiceID(ctx), " ", ""))
	return service + ":" + awsmiddleware.GetOperationName(ctx)
}

// targetIn is what the call under way asks about.
func targetIn(ctx context.Context) string {
	target, _ := ctx.Value(targetKey{}).(string)
	return target
}

// targetOf names what a call asks about, by the fields of its input that say so.
// None of them is a secret.
func targetOf(input any) string {
	v := reflect.Indirect(reflect.ValueOf(input))
	if v.Kind() != reflect.Struct {
		return ""
	}
	var parts []string
	for _, field := range []string{"AccountId", "Bucket", "RoleArn", "RoleName", "UserName", "GroupName", "PolicyArn", "PolicyName", "KeyId"} {
		if name, ok := reflect.TypeAssert[*string](orZero(v.FieldByName(field))); ok && name != nil {
			parts = append(parts, *name)
		}
	}
	return strings.Join(parts, "/")
}

// orZero returns a value that can be asked for its type.
func orZero(v reflect.Value) reflect.Value {
	if v.IsValid() {
		return v
	}
	return reflect.ValueOf("")
}
