package immuta

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
)

// watched remembers what traffic is told.
type watched struct {
	mu      sync.Mutex
	answers []string // requests with their statuses
	retries []scanner.Retry
}

func (w *watched) Sent(r scanner.Request) func(int) {
	return func(status int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.answers = append(w.answers, fmt.Sprintf("%s:%s %s %d", r.Service, r.Operation, r.Target, status))
	}
}

func (w *watched) Retrying(r scanner.Retry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retries = append(w.retries, r)
}

func (w *watched) String() string { return fmt.Sprint(w.answers, w.retries) }

// Every attempt is told, and each retry says why and how long it waits.
func TestTrafficIsTold(t *testing.T) {
	tenant := &tokenTenant{next: newFake(t, schemaFull, false, roleConfiguration()), key: testKey, lifetime: 1000}
	busy := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	handler, _ := failing(1, busy, tenant)
	handler, _ = failing(1, reset, handler)
	var told watched
	mustList(t, serve(t, handler, func(o *Options) { o.RetryMax, o.Traffic = 3, &told }))
	if diff := cmp.Diff([]string{
		"immuta:introspection acme 0",
		"immuta:introspection acme 503",
		"immuta:introspection acme 401",
		"immuta:authenticate acme 200",
		"immuta:introspection acme 200",
		"immuta:introspection acme 200",
		"immuta:getAllExportConfigurations acme 200",
	}, told.answers); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if len(told.retries) != 2 {
		t.Fatalf("retries %+v", told.retries)
	}
	first, second := told.retries[0], told.retries[1]
	if !strings.HasPrefix(first.Cause, "no connection") || first.Attempt != 2 || first.Target != "acme" || first.Operation != "introspection" {
		t.Errorf("first retry %+v", first)
	}
	if second.Cause != "HTTP status 503" || second.Attempt != 3 || second.Wait != time.Second {
		t.Errorf("second retry %+v", second)
	}
}
