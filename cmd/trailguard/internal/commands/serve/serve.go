// Package serve has the command that scans on schedules and shows what came of it,
// for as long as its process lives. Who is due, and what is shown, is the business
// of package service.
package serve

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/service"
	"github.com/trailguard/trailguard/scanner/history"
)

// flags are those of serve.
type flags struct {
	config                   scan.ConfigFlags
	listen, history, reports string
	role                     cli.Choice
	workers                  cli.Count
}

// The roles of a process in a fleet.
const (
	all       = "all"
	scheduler = "scheduler"
	worker    = "worker"
)

// New returns the command serve.
func New(a *app.App) *cobra.Command {
	f := &flags{}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Scan each tenant on its schedule, and show what came of it over HTTP",
		Long: `serve scans each tenant as scan does, when schedule in the configuration says, one
at a time: whoever has waited longest is first. It records every run, tells the
destinations of publish what changed, and shows metrics (/metrics), its health
(/livez, /readyz) and the latest report of each tenant, to read only.

With a history in Postgres, any number of processes on any machines share the work:
one of those whose --role is all or scheduler says who is due, and those that are all
or worker collect and judge, a shard of 500 exports at a time. The configuration has
to be the same everywhere.

SIGTERM and SIGINT let the run that goes on come to its end within serve.grace; a
second one ends at once. SIGHUP, or a changed file, reads the configuration again.

Exit status: 0 told to end, and nothing was cut off; 3 could not run; 130, 143 a run
was cut off.`,
		Example: "  trailguard serve\n  trailguard serve --config /etc/trailguard.yaml --listen 127.0.0.1:9000\n  trailguard serve --history postgres://trailguard@db.example.com/trailguard --role worker --workers 8",
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return serve(cmd.Context(), a, f) },
	}
	f.config.RegisterFile(cmd.Flags())
	cmd.Flags().StringVar(&f.listen, "listen", "", "`HOST:PORT` to listen on (default: serve.listen, else "+config.DefaultListen+")")
	cmd.Flags().StringVar(&f.history, "history", "", "record the runs in this `FILE` or postgres:// URL (default: the configuration's, else in your state folder)")
	cmd.Flags().StringVar(&f.reports, "reports", "", "keep the latest reports below `DIR` (default: serve.reports, else beside the history)")
	f.role.Register(cmd.Flags(), "role", all, "part in a fleet, `ROLE`: all, scheduler or worker", "role", all, scheduler, worker)
	cmd.Flags().Var(&f.workers, "workers", "steps of a fleet that this process takes at once (default: serve.workers, else "+strconv.Itoa(config.DefaultWorkers)+")")
	return cmd
}

// serve serves until a signal ends it.
func serve(ctx context.Context, a *app.App, f *flags) error {
	s := &server{app: a, flags: f}
	settings, err := s.load()
	if err != nil {
		return err
	}
	if _, err := s.look(); err != nil {
		return err
	}
	if err := s.place(); err != nil {
		return err
	}
	if s.store, err = history.Open(ctx, s.history, history.Options{}); err != nil {
		return err
	}
	defer s.store.Close() //nolint:errcheck // what was recorded is committed
	if err := s.join(ctx); err != nil {
		return err
	}
	defer s.leave(ctx)
	address := cmp.Or(f.listen, s.now().Serve.Address())
	listener, loopback, err := service.Listen(ctx, address, settings.Token.Reveal() != "")
	if err != nil {
		return err
	}
	s.loopback, s.address = loopback, address
	if s.service, err = service.New(ctx, settings, s.options()); err != nil {
		return errors.Join(err, listener.Close())
	}
	if s.fleet != nil {
		if err := s.fleet.Start(ctx); err != nil {
			return errors.Join(err, listener.Close())
		}
	}
	a.Note("serving %s on http://%s/, recording in %s", strings.Join(s.names(), ", "), listener.Addr(), s.store.Name())
	return s.run(ctx, listener)
}

// place finds out where runs are recorded and reports are kept.
func (s *server) place() error {
	c := s.now()
	s.history = cmp.Or(s.flags.history, c.History, recorded.Default())
	if s.history == "" || s.history == recorded.None {
		return cli.Usage("serve needs a history, which tells when each tenant was last scanned: name one with --history FILE")
	}
	if history.IsURL(s.history) {
		switch {
		case s.flags.reports != "":
			return cli.Usage("--reports %s: a fleet keeps the latest reports in its database", s.flags.reports)
		case s.flags.role.Value == scheduler && s.flags.workers > 0:
			return cli.Usage("--workers %d: a scheduler takes no steps", s.flags.workers)
		case c.Serve.Reports != "":
			s.app.Note("serve.reports is not used: a fleet keeps the latest reports in its database")
		}
		return nil
	}
	if s.flags.role.Value != all || s.flags.workers > 0 {
		return cli.Usage("--role and --workers need a history that processes share: name a database with --history postgres://USER@HOST/DATABASE")
	}
	s.reports = cmp.Or(s.flags.reports, c.Serve.Reports, filepath.Join(filepath.Dir(s.history), "reports"))
	return nil
}

// closing is how long the last answers may take.
const closing = 2 * time.Second

// run serves pages, scans, and tells others, until the context ends.
func (s *server) run(ctx context.Context, listener net.Listener) error {
	web := service.NewServer(s.site().Handler())
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	background, stop := context.WithCancel(context.WithoutCancel(ctx))
	told := make(chan struct{})
	go func() {
		defer close(told)
		s.tell(background)
	}()
	hung := onHangup(s.service.Reload)
	working, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() {
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			fail(err)
		}
	}()
	err := s.service.Run(working)
	hung()
	s.leave(ctx) // which may take as long as the steps that were begun
	stop()
	<-told
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
	defer cancel()
	if web.Shutdown(ending) != nil {
		_ = web.Close() // whoever still waits is cut off
	}
	return s.ended(ctx, working, err)
}

// ended is what the program exits with.
func (s *server) ended(ctx, working context.Context, err error) error {
	status := cli.Interruption(ctx)
	switch {
	case status == 0: // the listener failed
		return context.Cause(working)
	case err != nil:
		return &cli.ExitError{Status: status, Err: err}
	case s.cut.Load():
		return &cli.ExitError{Status: status}
	default:
		return nil
	}
}
