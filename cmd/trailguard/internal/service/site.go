package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner/history"
)

// Site is what a service shows over HTTP: to read, and nothing else.
type Site struct {
	Service *Service
	Version string
	Now     func() time.Time
	// Loopback says that only this machine reaches the site.
	Loopback bool
	// Runs are the runs that ended, oldest first.
	Runs func(ctx context.Context) ([]history.RunSummary, error)
	// Untold are the notices that wait to be told.
	Untold func(ctx context.Context) ([]history.Notice, error)
	// Ready says why the history does not answer, or is not migrated.
	Ready func(ctx context.Context) error
	// Open opens a file of a tenant's latest report, and says when it was written; it
	// is fs.ErrNotExist where there is none.
	Open func(tenant, name string) (io.ReadSeekCloser, time.Time, error)
	// More are metrics besides those of the service. Nil: there are none.
	More func(ctx context.Context) ([]Gauge, error)
	// Ledger is what the last look at the history's ledger found; nil: none yet.
	Ledger func() *Ledger
	// Warn reports what could not be shown.
	Warn func(err error)
}

// Ledger is what a look at the history's ledger found.
type Ledger struct {
	Good bool
	At   time.Time
}

// The files of a tenant's latest report.
const (
	ReportName  = "report.html"
	MetricsName = "metrics.prom"
)

// readyTime bounds how long a readiness probe waits for the history.
const readyTime = 5 * time.Second

// Handler returns the whole site.
func (s *Site) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.Handle("GET /metrics", s.guarded(s.metrics))
	mux.Handle("GET /{$}", s.guarded(s.index))
	mux.Handle("GET /tenants/{tenant}/{$}", s.guarded(s.tenant))
	mux.Handle("GET /tenants/{tenant}/report", s.guarded(s.report))
	return s.careful(mux)
}

// careful refuses what no page needs, and tells browsers to do nothing but show
// what they get.
func (s *Site) careful(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", reporters.PagePolicy())
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			h.Set("Allow", "GET, HEAD")
			say(w, http.StatusMethodNotAllowed, "only GET and HEAD: nothing can be changed here")
		case r.ContentLength != 0:
			say(w, http.StatusBadRequest, "a request has no body here")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// guarded lets those in who may read: whoever knows the token, where there is
// one, and otherwise whoever is on this machine.
func (s *Site) guarded(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := s.Service.Settings().Token.Reveal()
		switch {
		case token != "" && !knows(r, token):
			w.Header().Set("WWW-Authenticate", `Bearer realm="trailguard"`)
			say(w, http.StatusUnauthorized, "send the token: Authorization: Bearer TOKEN")
		case token == "" && !s.Loopback:
			say(w, http.StatusForbidden, "the service has lost its token, and shows nothing without one")
		case token == "" && !isLoopback(r.Host):
			say(w, http.StatusMisdirectedRequest, "this address is for this machine alone: ask for 127.0.0.1 or localhost")
		default:
			next(w, r)
		}
	})
}

// knows says whether a request has the token. How long it takes tells nothing.
func knows(r *http.Request, token string) bool {
	scheme, sent, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(sent))), sha256.Sum256([]byte(token))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text + "\n")) // who does not wait for the answer gets none
}

// ready says whether the service can do its work: never what the last scan found.
func (s *Site) ready(w http.ResponseWriter, r *http.Request) {
	if s.Service.Draining() {
		say(w, http.StatusServiceUnavailable, "the service is about to end")
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), readyTime)
	defer cancel()
	if err := s.Ready(ctx); err != nil {
		s.Warn(err)
		say(w, http.StatusServiceUnavailable, "the history does not answer: the log says why")
		return
	}
	say(w, http.StatusOK, "ready")
}

// index shows all tenants.
func (s *Site) index(w http.ResponseWriter, r *http.Request) {
	s.page(w, r, func(b *bytes.Buffer, v *reporters.Service) error { return reporters.ServiceHTML(b, v) })
}

// tenant shows one tenant.
func (s *Site) tenant(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("tenant")
	if !s.Service.Settings().Tenant(name) {
		http.NotFound(w, r)
		return
	}
	s.page(w, r, func(b *bytes.Buffer, v *reporters.Service) error {
		for i := range v.Tenants {
			if v.Tenants[i].Name == name {
				v.Tenants[i].Report = s.kept(name)
				return reporters.TenantHTML(b, v, &v.Tenants[i])
			}
		}
		return fs.ErrNotExist
	})
}

func (s *Site) page(w http.ResponseWriter, r *http.Request, write func(*bytes.Buffer, *reporters.Service) error) {
	var b bytes.Buffer
	v, err := s.shown(r.Context())
	if err == nil {
		err = write(&b, v)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		http.NotFound(w, r)
	case err != nil:
		s.Warn(err)
		say(w, http.StatusServiceUnavailable, "the history does not answer: the log says why")
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(b.Bytes()) // who does not wait for the answer gets none
	}
}

// report shows the latest report of a tenant. The name that is opened is that of the
// settings: nothing of the request becomes a path.
func (s *Site) report(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("tenant")
	if !s.Service.Settings().Tenant(name) {
		http.NotFound(w, r)
		return
	}
	file, written, err := s.Open(name, ReportName)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		say(w, http.StatusNotFound, "no report is kept yet: the next run writes one")
		return
	case err != nil:
		s.Warn(err)
		say(w, http.StatusInternalServerError, "the report cannot be read: the log says why")
		return
	}
	defer file.Close() //nolint:errcheck // it was only read
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "", written, file)
}

// kept says whether there is a latest report of a tenant. One that cannot be read is
// there: asking for it says so.
func (s *Site) kept(tenant string) bool {
	file, _, err := s.Open(tenant, ReportName)
	if err == nil {
		_ = file.Close() // nothing was read
	}
	return !errors.Is(err, fs.ErrNotExist)
}

// Folder returns what opens the files of tenants' latest reports in a folder that has
// one for each tenant.
func Folder(dir string) func(tenant, name string) (io.ReadSeekCloser, time.Time, error) {
	return func(tenant, name string) (io.ReadSeekCloser, time.Time, error) {
		file, err := os.Open(filepath.Join(dir, tenant, name))
		if err != nil {
			return nil, time.Time{}, err
		}
		info, err := file.Stat()
		if err != nil {
			return nil, time.Time{}, errors.Join(err, file.Close())
		}
		return file, info.ModTime(), nil
	}
}
