//go:build integration && unix

package history_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver by which databases are made

	"github.com/trailguard/trailguard/scanner/history"
)

const (
	pgUser     = "trailguard"
	pgPassword = "p@ss w/ord?&#%:1"
)

// server is a Postgres of the tests' own, on loopback.
type server struct {
	port      int
	databases int
	stop      func()
}

// startPostgres starts the newest installed Postgres in a temporary folder,
// as a user that is not root, and ends it with the test.
func startPostgres(t *testing.T) *server {
	t.Helper()
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pg_ctl")
	if err != nil || len(found) == 0 {
		t.Skip("Postgres is not installed: there is no /usr/lib/postgresql/*/bin/pg_ctl")
	}
	bin := filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }))
	dir, err := os.MkdirTemp("", "trailguard-postgres") //nolint:usetesting // t.TempDir is closed to the server's user
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	as := ordinaryUser(t, dir)
	data, password := filepath.Join(dir, "data"), filepath.Join(dir, "password")
	if err := os.WriteFile(password, []byte(pgPassword), 0o644); err != nil {
		t.Fatal(err)
	}
	s := &server{port: freePort(t)}
	run := func(name string, args ...string) {
		t.Helper()
		cmd := exec.Command(filepath.Join(bin, name), args...)
		cmd.Dir, cmd.SysProcAttr = dir, as
		cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+dir)
		log, err := os.CreateTemp(dir, "log") // not a pipe, which the server would keep open
		if err != nil {
			t.Fatal(err)
		}
		defer log.Close()
		cmd.Stdout, cmd.Stderr = log, log
		if err := cmd.Run(); err != nil {
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
	}
	run("initdb", "-D", data, "-U", pgUser, "--auth=scram-sha-256", "--pwfile="+password, "--encoding=UTF8", "--no-sync")
	options := fmt.Sprintf("-h 127.0.0.1 -p %d -k '' -c fsync=off", s.port)
	run("pg_ctl", "start", "-w", "-t", "60", "-D", data, "-o", options, "-l", filepath.Join(dir, "server.log"))
	s.stop = sync.OnceFunc(func() { run("pg_ctl", "stop", "-w", "-m", "immediate", "-D", data) })
	t.Cleanup(s.stop)
	return s
}

// version is the number in the path of an installation.
func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

// ordinaryUser returns what a process is started with so that it is not
// root's, and gives that user the folder. Postgres refuses to run as root.
func ordinaryUser(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	name := "postgres"
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.Lookup("nobody"); err != nil {
			t.Fatal(err)
		}
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		t.Fatal(err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *server) url(database string) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(pgUser, pgPassword), Host: fmt.Sprintf("127.0.0.1:%d", s.port), Path: "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}

// database makes an empty one.
func (s *server) database(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("pgx", s.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s.databases++
	name := fmt.Sprintf("history_%d", s.databases)
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return s.url(name)
}

func TestIntegrationPostgres(t *testing.T) {
	server := startPostgres(t)
	store := func(t *testing.T) *history.Store { return open(t, server.database(t)) }
	suite(t, store)
	t.Run("tampering", func(t *testing.T) { testTampering(t, false, store) })
	t.Run("messages hide the password", func(t *testing.T) { testSecrets(t, server) })
	t.Run("tenants side by side", func(t *testing.T) { testFleet(t, server) })
	t.Run("killed", func(t *testing.T) { testKilledServerSide(t, server) })
	t.Run("gone", func(t *testing.T) { testServerGone(t, startPostgres(t)) })
	t.Run("read only", func(t *testing.T) {
		place := server.database(t)
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

func testSecrets(t *testing.T, server *server) {
	good, err := url.Parse(server.url("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	secret := "another-s3cr3t"
	wrong, gone, noDatabase, query := *good, *good, *good, *good
	wrong.User = url.UserPassword(pgUser, secret)
	gone.User, gone.Host = wrong.User, "127.0.0.1:1"
	noDatabase.Path = "/none"
	query.User, query.RawQuery = url.User(pgUser), "sslmode=disable&password="+secret
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
		if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), pgPassword) || strings.Contains(err.Error(), url.QueryEscape(pgPassword)) {
			t.Errorf("the message shows the password: %v", err)
		}
		for e := err; e != nil; e = errors.Unwrap(e) {
			if strings.Contains(e.Error(), secret) {
				t.Errorf("an error within shows the password: %v", e)
			}
		}
	}
	s := open(t, server.database(t))
	if strings.Contains(s.Name(), pgUser) || strings.Contains(s.Name(), "p%40ss") {
		t.Errorf("the name shows user or password: %s", s.Name())
	}
}

// testFleet records runs of several tenants at once, the shards of one of them
// side by side, and finds each as if it had been alone.
func testFleet(t *testing.T, server *server) {
	s := open(t, server.database(t))
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
	other, err := history.Open(t.Context(), server.url("history_"+strconv.Itoa(server.databases)), history.Options{Wait: 200 * time.Millisecond})
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

// testKilledServerSide kills recording processes, and compares with one that
// was left alone.
func testKilledServerSide(t *testing.T, server *server) {
	place := server.database(t)
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
	other := server.database(t)
	for _, p := range []string{place, other} {
		if out, err := childProcess(t, p, len(runs)+1).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	compareStores(t, open(t, other), s)
}

// testServerGone has the server die while a run is recorded. Each error says
// that it was the history, so that whoever judges can go on.
func testServerGone(t *testing.T, server *server) {
	s := open(t, server.database(t))
	w := newWorld(20)
	entries := w.records()
	run, err := s.BeginRun(t.Context(), w.info())
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Shard(t.Context(), entries[:10]); err != nil {
		t.Fatal(err)
	}
	server.stop()
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
