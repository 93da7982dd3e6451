//go:build integration && unix

package history_test

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/postgres"
	"github.com/trailguard/trailguard/scanner/history"
)

func TestIntegrationPostgres(t *testing.T) {
	server := postgres.Start(t)
	store := func(t *testing.T) *history.Store { return open(t, server.Database(t)) }
	suite(t, store)
	t.Run("tampering", func(t *testing.T) {
		testTampering(t, false, func(t *testing.T) *history.Store {
			t.Helper()
			s := store(t)
			threeDays(t, s)
			return s
		})
	})
	t.Run("messages hide the password", func(t *testing.T) { testSecrets(t, server) })
	t.Run("tenants side by side", func(t *testing.T) { testFleet(t, server) })
	t.Run("killed", func(t *testing.T) { testKilledServerSide(t, server) })
	t.Run("gone", func(t *testing.T) { testServerGone(t, postgres.Start(t)) })
	t.Run("read only", func(t *testing.T) {
		place := server.Database(t)
		w := newWorld(3)
		recordRun(t, open(t, place), w)
		s, err := history.Open(t.Context(), place, history.Options{ReadOnly: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		verify(t, s)
		w.day = 1
		_, err = s.BeginRun(t.Context(), w.info())
		mention(t, err, "right to write")
	})
}

func testSecrets(t *testing.T, server *postgres.Server) {
	good, err := url.Parse(server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	secret := "another-s3cr3t"
	wrong, gone, noDatabase, query := *good, *good, *good, *good
	wrong.User = url.UserPassword(postgres.User, secret)
	gone.User, gone.Host = wrong.User, "127.0.0.1:1"
	noDatabase.Path = "/none"
	query.User, query.RawQuery = url.User(postgres.User), "sslmode=disable&password="+secret
	for _, place := range []string{
		wrong.String(), gone.String(), noDatabase.String(), query.String(),
		"postgres://ada:" + secret + "@127.0.0.1:port/x", "postgres://ada:" + secret + "@127.0.0.1:5432/x?sslmode=" + secret,
		"postgres://ada:" + secret + "%zz@127.0.0.1/x", "postgresql://ada:" + secret + "@[::1/x",
	} {
		_, err := history.Open(t.Context(), place, history.Options{})
		if err == nil {
			t.Error("a wrong URL was opened")
			continue
		}
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), postgres.Password) || strings.Contains(err.Error(), url.QueryEscape(postgres.Password)) {
			t.Errorf("the message shows the password: %v", err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), secret) {
				t.Errorf("an error within shows the password: %v", e)
			}
		}
	}
	s := open(t, server.Database(t))
	if strings.Contains(s.Name(), postgres.User) || strings.Contains(s.Name(), "p%40ss") {
		t.Errorf("the name shows user or password: %s", s.Name())
	}
}

// testFleet records runs of several tenants at once, the shards of one of them
// side by side, and finds each as if it had been alone.
func testFleet(t *testing.T, server *postgres.Server) {
	place := server.Database(t)
	s := open(t, place)
	var group sync.WaitGroup
	for _, tenant := range []string{"acme", "beacon", "cobalt"} {
		group.Go(func() {
			for day := range 3 {
				w := newWorld(60)
				w.tenant, w.day, w.policy[day] = tenant, day, 1
				w.failing[day] = true
				if err := recordSideBySide(t.Context(), s, w); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	runs, err := s.Runs(t.Context())
	if err != nil || len(runs) != 9 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	for _, r := range runs {
		export(t, s, r.ID) // checks the digest
	}
	episodes, err := s.Findings(t.Context(), history.Filter{Tenant: "beacon", Ended: true})
	if err != nil || len(episodes) != 3 {
		t.Errorf("episodes of one tenant: %+v, %v", episodes, err)
	}
	verify(t, s)
	other, err := history.Open(t.Context(), place, history.Options{Wait: 200 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	w := newWorld(2)
	w.day = 9
	run, err := s.BeginRun(t.Context(), w.info())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.BeginRun(t.Context(), w.info()); !errors.Is(err, history.ErrBusy) {
		t.Errorf("the same tenant at once: %v", err)
	}
	if _, err := other.Prune(t.Context(), start); !errors.Is(err, history.ErrBusy) {
		t.Errorf("pruning while a run is recorded: %v", err)
	}
	if err := run.Abandon(t.Context()); err != nil {
		t.Error(err)
	}
}

func recordSideBySide(ctx context.Context, s *history.Store, w *world) error {
	run, err := s.BeginRun(ctx, w.info())
	if err != nil {
		return err
	}
	var group sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	number := 0
	for part := range slices.Chunk(w.records(), 20) {
		n := number
		number++
		group.Go(func() {
			err := s.Within(ctx, func(tx *sql.Tx) error { return s.RecordShard(ctx, tx, run.ID, n, part) })
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, err)
		})
	}
	group.Wait()
	r := w.judged()
	var textErr error
	_, r.Scan.SnapshotDigest, textErr = w.text()
	if err := errors.Join(append(errs, textErr)...); err != nil {
		return err
	}
	_, err = run.Finish(ctx, r)
	return err
}

// testKilledServerSide kills recording processes, and compares the result with
// that of one that was left alone.
func testKilledServerSide(t *testing.T, server *postgres.Server) {
	place := server.Database(t)
	for n := range 8 {
		cmd := childProcess(t, place, 1<<20)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(150+90*n) * time.Millisecond)
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
	s := open(t, place)
	runs, err := s.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	other := server.Database(t)
	for _, p := range []string{place, other} {
		if out, err := childProcess(t, p, len(runs)+1).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	compareStores(t, open(t, other), s)
}

// testServerGone kills the server while a run is recorded. Each error names the
// history, so that judging can go on.
func testServerGone(t *testing.T, server *postgres.Server) {
	s := open(t, server.Database(t))
	w := newWorld(20)
	entries := w.records()
	run, err := s.BeginRun(t.Context(), w.info())
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Shard(t.Context(), entries[:10]); err != nil {
		t.Fatal(err)
	}
	server.Kill(t)
	_, finished := run.Finish(t.Context(), w.judged())
	_, previous := s.Previous(t.Context(), w.tenant)
	_, begun := s.BeginRun(t.Context(), w.info())
	for _, err := range []error{run.Shard(t.Context(), entries[10:]), finished, previous, begun, run.Abandon(t.Context())} {
		mention(t, err, "history "+s.Name())
		if _, ok := errors.AsType[*history.Error](err); !ok {
			t.Errorf("not an error of the history: %v", err)
		}
	}
}
