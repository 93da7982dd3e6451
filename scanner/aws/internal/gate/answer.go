package gate

import (
	"context"
	"time"
)

// Answer is what is known of an answer besides what it says.
type Answer struct {
	Call      string    // "s3:GetBucketPolicy"
	RequestID string    // AWS's; empty: nothing was answered
	At        time.Time // when it was there
}

type answerKey struct{}

// Noted returns a context under which the gate notes the id of the last request that
// AWS answered.
func (a *Answer) Noted(ctx context.Context) context.Context {
	return context.WithValue(ctx, answerKey{}, a)
}

func note(ctx context.Context, id string) {
	if a, ok := ctx.Value(answerKey{}).(*Answer); ok {
		a.RequestID = id
	}
}
