package serve

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/channels"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/service"
	"github.com/trailguard/trailguard/scanner/fleet"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/secretref"
)

// server is what one process serves.
type server struct {
	app     *app.App
	flags   *flags
	service *service.Service
	store   *history.Store
	hold    *history.Hold
	fleet   *fleet.Fleet // nil: the history is a file, and this process does everything

	address          string // as it was asked for
	loopback         bool
	history, reports string

	config atomic.Pointer[config.Config]
	seen   [sha256.Size]byte // of the file, or the error, that was read last
	ledger atomic.Pointer[service.Ledger]
	cut    atomic.Bool // a run was cut off
	left   sync.Once
	ahead  atomic.Bool // this process schedules the fleet
}

func (s *server) now() *config.Config { return s.config.Load() }

func (s *server) names() []string {
	var names []string
	for i := range s.now().Tenants {
		names = append(names, s.now().Tenants[i].Name)
	}
	return names
}

// load reads the configuration, and puts it in the place of the one before where
// nothing is wrong with it.
func (s *server) load() (*service.Settings, error) {
	c, err := s.flags.config.Load()
	if err != nil {
		return nil, err
	}
	if len(c.Tenants) == 0 {
		return nil, fmt.Errorf("%s: there are no tenants to scan: write tenants: [...]", c.Path)
	}
	v := &service.Settings{Grace: c.Serve.GracePeriod()}
	for i := range c.Tenants {
		when, err := c.TenantSchedule(&c.Tenants[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Path, err)
		}
		v.Tenants = append(v.Tenants, service.Tenant{Name: c.Tenants[i].Name, Schedule: when})
	}
	if c.Serve.Token != "" {
		if v.Token, err = secretref.Read(config.ServeToken, c.Serve.Token); err != nil {
			return nil, err
		}
	}
	if s.service != nil && !s.loopback && v.Token.Reveal() == "" {
		return nil, errors.New("serve.token is gone, and other machines reach this service")
	}
	if s.service != nil && s.flags.listen == "" && c.Serve.Address() != s.address {
		s.app.Note("serve.listen is %s now: that takes a restart", c.Serve.Address())
	}
	if s.fleet != nil && (c.Serve.Slots() != s.now().Serve.Slots() || !maps.Equal(c.Serve.Rates(), s.now().Serve.Rates())) {
		s.app.Note("serve.workers or serve.budgets has changed: that takes a restart")
	}
	s.config.Store(c)
	return v, nil
}

// look reads the configuration's file, and says whether it is another than before. A
// wrong one, or an error, is another only once: it is not said again.
func (s *server) look() (other bool, err error) {
	text, err := os.ReadFile(s.now().Path)
	if err != nil {
		text = []byte(err.Error())
	}
	sum := sha256.Sum256(text)
	other, s.seen = sum != s.seen, sum
	return other, err
}

// reload reads the configuration where its file has changed, or always.
func (s *server) reload(always bool) (*service.Settings, error) {
	other, err := s.look()
	if !other && !always {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return s.load()
}

// options are what the service needs.
func (s *server) options() service.Options {
	o := service.Options{
		Now: s.app.Now, After: time.After, Parallel: 1, Scan: s.scan, Reload: s.reload, Note: s.note, Warn: s.warn,
		LastRun: func(ctx context.Context) (map[string]time.Time, error) {
			runs, err := s.store.Runs(ctx)
			if err != nil {
				return nil, err
			}
			last := map[string]time.Time{}
			for _, name := range s.names() {
				last[name] = service.LastScan(runs, name)
			}
			return last, nil
		},
	}
	if s.fleet != nil {
		o.Parallel, o.Detached, o.Scan, o.Leads = 0, true, s.haveScanned, s.leads
	}
	return o
}

func (s *server) note(tenant, text string) { s.about(tenant).Note("%s", text) }

func (s *server) warn(tenant string, err error) { s.about(tenant).Warn(err) }

// about is the program as a tenant's records see it.
func (s *server) about(tenant string) *app.App {
	if tenant == "" {
		return s.app
	}
	return s.app.Of(slog.String("tenant", tenant))
}

// site is what is shown.
func (s *server) site() *service.Site {
	site := &service.Site{
		Service: s.service, Version: s.app.Version, Now: s.app.Now, Loopback: s.loopback, Open: service.Folder(s.reports),
		Runs: s.store.Runs, Untold: s.store.Untold, Ready: s.ready, Ledger: s.ledger.Load, Warn: s.app.Warn,
	}
	if s.fleet != nil {
		site.Open, site.More = s.report, s.figures
	}
	return site
}

// ready says why the service could not work.
func (s *server) ready(ctx context.Context) error {
	if err := s.store.Ready(ctx); err != nil {
		return err
	}
	if s.fleet != nil {
		return s.fleet.Ready(ctx)
	}
	return s.hold.Keep(ctx)
}

// often is how often the outbox is looked at.
const often = 10 * time.Second

// tell tells others what waits in the outbox, until the context ends.
func (s *server) tell(ctx context.Context) {
	courier := &channels.Courier{
		Outbox: s.store, Now: s.app.Now, Traffic: s.app.Of().Journal, Note: s.note, Warn: s.warn,
		Publish: func() *config.Publish { return &s.now().Publish },
	}
	for {
		var err error
		if s.tells() {
			err = courier.Deliver(ctx)
		}
		if err != nil && ctx.Err() == nil {
			s.app.Warn(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(often):
		}
	}
}
