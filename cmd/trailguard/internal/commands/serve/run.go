package serve

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/channels"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/service"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
)

// aboutRun is the program as the records of a run see it.
func (s *server) aboutRun(tenant string, deadline time.Time) *app.App {
	if deadline.IsZero() {
		deadline = s.app.Now()
	}
	return s.app.Of(slog.String("tenant", tenant), slog.String("run", deadline.UTC().Format(time.RFC3339)))
}

// scan scans a tenant as trailguard scan does.
func (s *server) scan(ctx context.Context, due service.Due) service.Result {
	a := s.aboutRun(due.Tenant, due.Deadline)
	exit := cli.Ending(ctx, s.scanned(ctx, a, due.Tenant))
	s.told(ctx, a, due.Tenant, exit)
	if cli.Interruption(ctx) != 0 {
		s.cut.Store(true)
	}
	a.Journal.End(exit.Status, a.Counts)
	s.verify(ctx)
	debug.FreeOSMemory() // a scan takes far more than waiting for the next one does
	r := service.Result{Status: exit.Status}
	r.Requests, r.Retries, r.Waited = a.Journal.Traffic()
	return r
}

// told says what a run came to.
func (s *server) told(ctx context.Context, a *app.App, tenant string, exit *cli.ExitError) {
	if exit.Err != nil {
		for line := range strings.SplitSeq(exit.Err.Error(), "\n") {
			a.Journal.Error(line)
		}
		s.failed(ctx, a, tenant, exit)
	}
	a.Note("the scan has ended: %s", service.Outcome(exit.Status))
}

// scanned returns what trailguard scan would exit with; nil: it was clean.
func (s *server) scanned(ctx context.Context, a *app.App, tenant string) (err error) {
	defer crash.Catch(&err)
	if err := s.hold.Keep(ctx); err != nil {
		return err
	}
	dir := filepath.Join(s.reports, tenant)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the latest report: %w", err)
	}
	run := s.scheduled(s.now(), tenant, dir)
	return scan.Configured(ctx, a, s.now(), run.Flags())
}

// scheduled is the scan of a tenant whose reports go to a folder.
func (s *server) scheduled(c *config.Config, tenant, dir string) *scan.Scheduled {
	return &scan.Scheduled{
		Tenant: tenant, History: s.history, Timeout: c.Serve.RunTimeout(), Tell: destinations(c),
		HTML: filepath.Join(dir, service.ReportName), Metrics: filepath.Join(dir, service.MetricsName),
	}
}

// destinations are whom the configuration tells.
func destinations(c *config.Config) []string {
	var names []string
	for _, d := range channels.Of(&c.Publish) {
		names = append(names, d.Name)
	}
	return names
}

// failed tells others that a run could not run. What reached its end has told them
// itself.
func (s *server) failed(ctx context.Context, a *app.App, tenant string, exit *cli.ExitError) {
	told := destinations(s.now())
	if exit.Status != scanner.ExitCannotRun || len(told) == 0 || !s.tells() {
		return
	}
	ctx = context.WithoutCancel(ctx)
	text, err := scan.CouldNotRun(a, exit)
	if err == nil {
		err = s.store.Tell(ctx, tenant, told, text)
	}
	if err != nil {
		a.Warn(fmt.Errorf("nobody is told of this: %w", err))
	}
}

// daily is how old the last look at the ledger may be.
const daily = 24 * time.Hour

// verify looks once a day whether the history is as it was recorded.
func (s *server) verify(ctx context.Context) {
	if l := s.ledger.Load(); ctx.Err() != nil || l != nil && s.app.Now().Sub(l.At) < daily {
		return
	}
	v, err := s.store.Verify(ctx)
	if err != nil {
		s.app.Warn(err)
		return
	}
	s.ledger.Store(&service.Ledger{Good: len(v.Problems) == 0, At: s.app.Now()})
	for i := range v.Problems {
		s.app.Warn(fmt.Errorf("the history is not as it was recorded: %s: %s", v.Problems[i].Table, v.Problems[i].Text))
	}
}
