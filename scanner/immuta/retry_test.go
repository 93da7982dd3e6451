package immuta

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
)

// failing lets the first n requests fail in some way, and then answers.
func failing(n int32, fail http.HandlerFunc, then http.Handler) (http.HandlerFunc, *atomic.Int32) {
	var count atomic.Int32
	return func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) <= n {
			fail(w, r)
			return
		}
		then.ServeHTTP(w, r)
	}, &count
}

// cutOff promises more than it sends.
func cutOff(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", "1000")
	_, _ = io.WriteString(w, `{"data":{"getAllExportConfigurations":[`)
}

// reset drops the connection without an answer.
func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func TestTroubleThatPasses(t *testing.T) {
	for name, fail := range map[string]http.HandlerFunc{
		"502 HTML":      answering(502, "text/html", page),
		"503":           answering(503, "application/json", `{}`),
		"429":           answering(429, "application/json", `{}`),
		"cut off":       cutOff,
		"reset":         reset,
		"Retry-After 0": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Retry-After", "0"); w.WriteHeader(429) },
	} {
		t.Run(name, func(t *testing.T) {
			handler, count := failing(2, fail, newFake(t, schemaFull, false, roleConfiguration()))
			source := serve(t, handler, func(o *Options) { o.RetryMax = 3 })
			tenant, records := mustList(t, source)
			if len(records) != 1 || !tenant.Complete || count.Load() != 5 {
				t.Errorf("%d records, complete %v, after %d requests", len(records), tenant.Complete, count.Load())
			}
		})
	}
}

func TestBodyThatStopsHalfWay(t *testing.T) {
	_, _, err := serve(t, http.HandlerFunc(cutOff), nil).List(context.Background())
	if failure.KindOf(err) != failure.Malformed || !strings.Contains(err.Error(), "stops half-way, after 39 bytes") {
		t.Errorf("error %v", err)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	var times []time.Time
	var before time.Time
	fake := newFake(t, schemaFull, false, roleConfiguration())
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		times = append(times, time.Now())
		if len(times) == 1 {
			before = time.Now()
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fake.ServeHTTP(w, r)
	})
	mustList(t, serve(t, handler, func(o *Options) { o.RetryMax = 1 }))
	// A lower bound, which no slow machine breaks.
	if waited := times[1].Sub(before); waited < 900*time.Millisecond {
		t.Errorf("asked again after %s, the server had asked for a second", waited)
	}
}

func TestRetryAfterBeyondReasonIsReported(t *testing.T) {
	for _, asked := range []string{"86400", "99999999999999999", testTime.Add(time.Hour).Format(http.TimeFormat)} {
		handler, count := failing(100, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", asked)
			w.WriteHeader(http.StatusTooManyRequests)
		}, nil)
		_, _, err := serve(t, handler, func(o *Options) { o.RetryMax = 5 }).List(context.Background())
		if failure.KindOf(err) != failure.Throttled || !strings.Contains(err.Error(), "to be asked again in") || count.Load() != 1 {
			t.Errorf("%v after %d requests", err, count.Load())
		}
	}
}

func TestHangIsATimeout(t *testing.T) {
	done := make(chan struct{})
	defer close(done)
	for name, handler := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-r.Context().Done():
			case <-done:
			}
		},
		"slow drip": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			for {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
					return
				case <-done:
					return
				case <-time.After(5 * time.Millisecond):
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := serve(t, handler, func(o *Options) { o.Timeout = 50 * time.Millisecond }).List(context.Background())
			if failure.KindOf(err) != failure.Timeout || !strings.Contains(err.Error(), "within 50ms") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestContextStopsRetries(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "50")
		w.WriteHeader(http.StatusTooManyRequests)
		cancel()
	})
	tenant, _, err := serve(t, handler, func(o *Options) { o.RetryMax = 5 }).List(ctx)
	if failure.KindOf(err) != failure.Interrupted || !errors.Is(err, context.Canceled) || tenant.Gaps[0].Reason != scanner.ReasonInterrupted {
		t.Errorf("error %v, tenant %+v", err, tenant)
	}
	late, stop := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer stop()
	_, _, err = serve(t, handler, nil).List(late)
	if failure.KindOf(err) != failure.Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}
