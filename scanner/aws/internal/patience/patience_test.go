package patience

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// below is the key of a layer that wraps the context.
type below struct{}

// elapsed runs a call of ten seconds that pauses as given, and returns when and
// why it ended.
func elapsed(ctx context.Context, t *testing.T, pauses func(context.Context)) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	ctx, cancel := With(ctx, 10*time.Second, time.Now)
	defer cancel()
	go pauses(context.WithValue(ctx, below{}, true))
	<-ctx.Done()
	return time.Since(began), ctx.Err()
}

func TestPausesDoNotCount(t *testing.T) {
	for name, c := range map[string]struct {
		pauses func(context.Context)
		want   time.Duration
	}{
		"none": {func(context.Context) {}, 10 * time.Second},
		"two": {func(ctx context.Context) {
			for range 2 {
				time.Sleep(4 * time.Second)
				resume := Pause(ctx)
				time.Sleep(time.Minute)
				resume()
			}
		}, 10*time.Second + 2*time.Minute},
		"one within another": {func(ctx context.Context) {
			outer, inner := Pause(ctx), Pause(ctx)
			time.Sleep(time.Minute)
			inner()
			time.Sleep(time.Minute)
			outer()
		}, 10*time.Second + 2*time.Minute},
		"after the end": {func(ctx context.Context) {
			time.Sleep(11 * time.Second)
			Pause(ctx)()
		}, 10 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := elapsed(t.Context(), t, c.pauses)
				if got != c.want || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("ended after %s by %v, want %s", got, err, c.want)
				}
				time.Sleep(time.Minute) // until whatever pauses is done
			})
		})
	}
}

// TestCallerEndsPauses: neither a pause nor the time that is left keeps a call
// going whose caller is gone.
func TestCallerEndsPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		got, err := elapsed(ctx, t, func(ctx context.Context) { Pause(ctx) })
		if got != time.Second || !errors.Is(err, context.Canceled) {
			t.Errorf("ended after %s by %v", got, err)
		}
	})
}

// TestChildrenEnd: what is derived from the context ends with it, for the same
// reason.
func TestChildrenEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := With(t.Context(), time.Second, time.Now)
		child, release := context.WithTimeout(ctx, time.Minute)
		defer release()
		<-child.Done()
		if !errors.Is(child.Err(), context.DeadlineExceeded) {
			t.Errorf("ended by %v", child.Err())
		}
		cancel()
		Pause(context.WithoutCancel(t.Context()))() // has no time
	})
}
