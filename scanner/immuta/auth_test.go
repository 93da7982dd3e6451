package immuta

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/transport"
)

// tokenTenant takes Bearer tokens only, which it makes for keys and which
// expire after some uses.
type tokenTenant struct {
	next      http.Handler
	key       string // the right one
	inHeader  bool   // takes the key for exchange in the header alone
	lifetime  int    // uses of a token
	refuseAll bool   // takes no token at all

	mu        sync.Mutex
	exchanges int
	left      int
	tokens    []string
}

func (t *tokenTenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if r.URL.Path == transport.ExchangePath {
		t.exchange(w, r)
		return
	}
	current := ""
	if len(t.tokens) > 0 {
		current = t.tokens[len(t.tokens)-1]
	}
	if t.refuseAll || current == "" || r.Header.Get("Authorization") != "Bearer "+current || t.left == 0 {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		// A server that repeats what it was sent must not make us do so.
		fmt.Fprintf(w, `{"errors":[{"message":"bad authorization %s"}]}`, r.Header.Get("Authorization"))
		return
	}
	t.left--
	t.next.ServeHTTP(w, r)
}

func (t *tokenTenant) exchange(w http.ResponseWriter, r *http.Request) {
	var body struct {
		APIKey string `json:"apikey"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	key := body.APIKey
	if t.inHeader {
		key = r.Header.Get("Authorization")
	}
	if key != t.key {
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, "bad key "+key)
		return
	}
	t.exchanges++
	t.left = t.lifetime
	t.tokens = append(t.tokens, fmt.Sprintf("dea464c07bd07300095caa8-%d", t.exchanges))
	_ = json.NewEncoder(w).Encode(map[string]any{"authenticated": true, "token": t.tokens[len(t.tokens)-1]})
}

func TestKeyIsExchangedAndTokensRenewed(t *testing.T) {
	for _, inHeader := range []bool{false, true} {
		tenant := &tokenTenant{next: newFake(t, schemaFull, false, roleConfiguration()), key: testKey, inHeader: inHeader, lifetime: 2}
		source := serve(t, tenant, nil)
		for range 2 { // three queries each
			if _, records := mustList(t, source); len(records) != 1 {
				t.Errorf("%d records", len(records))
			}
		}
		if tenant.exchanges != 3 {
			t.Errorf("%d exchanges for six queries of two a token", tenant.exchanges)
		}
	}
}

func TestRawKeyIsEnoughWhereItIsTaken(t *testing.T) {
	fake := newFake(t, schemaFull, false, roleConfiguration())
	mustList(t, serve(t, fake, nil))
	for _, authorization := range fake.auth {
		if authorization != testKey {
			t.Errorf("Authorization %q", authorization)
		}
	}
}

func TestConcurrentListsExchangeOnce(t *testing.T) {
	tenant := &tokenTenant{next: newFake(t, schemaFull, false, roleConfiguration()), key: testKey, lifetime: 1000}
	source := serve(t, tenant, nil)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, _, err := source.List(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if tenant.exchanges != 1 {
		t.Errorf("%d exchanges", tenant.exchanges)
	}
}

func TestExchangesThatFail(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		kind   failure.Kind
		says   string
	}{
		{"nothing there", 404, "", failure.Unauthorized, "there is nothing at /bim/apikey/authenticate"},
		{"refused", 401, "", failure.Unauthorized, "answered 401 Unauthorized"},
		{"HTML", 200, page, failure.Unauthorized, "not JSON"},
		{"no token", 200, `{"authenticated":false}`, failure.Unauthorized, "without a token"},
		{"a token that breaks headers", 200, `{"token":"a\r\nX-Evil: 1"}`, failure.Unauthorized, "without a token"},
		{"down", 503, "", failure.Unavailable, "503"},
		{"busy", 429, "", failure.Throttled, "429"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != transport.ExchangePath {
					w.WriteHeader(http.StatusUnauthorized)
					return
				}
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			}), nil)
			_, _, err := source.List(context.Background())
			if failure.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v", failure.KindOf(err), err)
			}
		})
	}
	hung := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == transport.ExchangePath {
			reset(w, r)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
	}), nil)
	if _, _, err := hung.List(context.Background()); failure.KindOf(err) != failure.Unreachable || !strings.Contains(err.Error(), "exchange the API key") {
		t.Errorf("%v", err)
	}
}

// Whatever happens, neither the key nor a token is in a log line, an error, a
// gap or a record.
func TestNoSecretEverShows(t *testing.T) {
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			said := r.Header.Get("Authorization") + " " + strings.ReplaceAll(string(body), `"`, `'`)
			w.Header().Set("X-Request-Id", said)
			w.Header().Set("Location", "/"+said)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(map[string]any{
				"errors": []any{map[string]any{"message": said, "path": []any{"x"}}},
				"data": map[string]any{"getAllExportConfigurations": []any{map[string]any{
					"id": "a " + said, "connectionStatus": said, "interval": said, "createdBy": map[string]any{"id": said},
					"endpointConfiguration": map[string]any{"__typename": said, "bucket": said, "apiKey" + said: said},
				}}},
			})
		}
	}
	handlers := map[string]http.Handler{
		"expired for ever": &tokenTenant{key: testKey, refuseAll: true},
		"tokens":           &tokenTenant{next: newFake(t, schemaFull, true, roleConfiguration()), key: testKey, lifetime: 3},
		"echo with tokens": &tokenTenant{next: echo(200), key: testKey, lifetime: 10},
		"wrong key":        &tokenTenant{key: "another", inHeader: true},
		"garbage": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			conn, buffer, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = buffer.WriteString(r.Header.Get("Authorization") + "\r\n\r\n")
				_ = buffer.Flush()
				_ = conn.Close()
			}
		}),
	}
	for _, status := range []int{200, 302, 400, 401, 403, 404, 418, 429, 500} {
		handlers[fmt.Sprint("echo ", status)] = echo(status)
	}
	for name, handler := range handlers {
		t.Run(name, func(t *testing.T) {
			var told watched
			source := serve(t, handler, func(o *Options) {
				o.RetryMax = 1
				o.Traffic = &told
			})
			tenant, records, err := source.List(context.Background())
			everything := fmt.Sprintf("%s %+v %+v %v %#v %+v %v", told.String(), tenant, records, err, source.o, source.o.Key, source.session.authorization())
			for err := err; err != nil; {
				everything += fmt.Sprintf(" %+v %#v", err, err)
				wrapped, ok := err.(interface{ Unwrap() error })
				if !ok {
					break
				}
				err = wrapped.Unwrap()
			}
			tokens := []string{testKey, "dea464c07bd07300095caa8"}
			for _, secret := range tokens {
				if at := strings.Index(everything, secret); at >= 0 {
					t.Errorf("a secret shows: …%s…", everything[max(0, at-100):at+len(secret)])
				}
			}
			if len(told.answers) == 0 {
				t.Error("nothing was told: this test proves nothing")
			}
		})
	}
}
