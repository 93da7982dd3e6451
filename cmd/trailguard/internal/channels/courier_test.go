package channels_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/channels"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

type silent struct{}

func (silent) Sent(scanner.Request) func(int) { return func(int) {} }
func (silent) Retrying(scanner.Retry)         {}

const report = `{"formatVersion":1,"scan":{"evaluatedAt":"2026-06-10T12:00:00Z","complete":true},"new":[{"ruleId":"versioned","severity":"high","status":"fail","state":"new","tenant":"acme","fingerprint":"NAME"}]}`

// What a receiver does not take now waits, in its order, until it does; what no receiver
// takes any more is dropped, and said.
func TestCourier(t *testing.T) {
	store, err := history.Open(t.Context(), filepath.Join(t.TempDir(), "h.db"), history.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	status := http.StatusUnauthorized
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if status == http.StatusOK {
			got = append(got, string(body))
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	t.Setenv("HOOK", server.URL)
	t.Setenv("HOOK_SECRET", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0")
	now := time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC)
	var said []string
	c := channels.Courier{
		Outbox: store, Now: func() time.Time { return now }, Traffic: silent{},
		Publish: func() *config.Publish {
			return &config.Publish{Webhook: []config.Webhook{{Name: "siem", URL: "env:HOOK", Secret: "env:HOOK_SECRET"}}}
		},
		Note: func(_, text string) { said = append(said, text) },
		Warn: func(_ string, err error) { said = append(said, err.Error()) },
	}
	waiting := func() []history.Notice {
		list, err := store.Untold(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	for destination, names := range map[string][]string{"siem": {"first", "second"}, "gone": {"third"}} {
		for _, name := range names {
			if err := store.Tell(t.Context(), "acme", []string{destination}, []byte(strings.Replace(report, "NAME", name, 1))); err != nil {
				t.Fatal(err)
			}
		}
	}
	deliver := func(ctx context.Context) {
		if err := c.Deliver(ctx); err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	deliver(t.Context())
	if list := waiting(); len(list) != 2 || list[0].Attempts != 1 || list[0].Why == "" || list[1].Attempts != 0 || !strings.Contains(strings.Join(said, "\n"), "no destination gone any more") {
		t.Fatalf("%+v, %q", list, said)
	}
	status = http.StatusOK
	deliver(t.Context())
	if len(got) != 0 {
		t.Errorf("told before its time: %q", got)
	}
	now = now.Add(time.Minute)
	deliver(t.Context())
	if list := waiting(); len(list) != 0 || len(got) != 2 || !strings.Contains(got[0], "first") || !strings.Contains(got[1], "second") {
		t.Errorf("%+v, %q, %q", list, got, said)
	}
	if strings.Contains(strings.Join(said, "\n"), "whsec") {
		t.Errorf("%q tells the secret", said)
	}
}
