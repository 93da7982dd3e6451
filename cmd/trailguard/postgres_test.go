//go:build integration && unix

package main

import (
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/postgres"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// held is the lock for which a run waits in the midst of being recorded.
const held = "7042026"

// A Postgres that dies in the midst of a scan costs the recording, not the
// report: a failure that was found still shows in the exit status, and a run
// that would be clean says with 3 that it is not whole.
func TestIntegrationPostgresDiesInMidScan(t *testing.T) {
	server := postgres.Start(t)
	deaths := []struct {
		name string
		// dies runs the program, and has the server die in the midst of it.
		dies func(*dyingScan, *testing.T, ...string) ended
	}{
		{"while evidence is collected", (*dyingScan).whileCollecting},
		{"while it is recorded", (*dyingScan).whileRecording},
	}
	for _, death := range deaths {
		for _, scan := range []struct {
			name   string
			args   []string
			status int
		}{
			{"with failures", nil, scanner.ExitFail},
			{"without", []string{"--export", financeID}, scanner.ExitCannotRun},
		} {
			t.Run(death.name+" "+scan.name, func(t *testing.T) {
				s := newDyingScan(t, server)
				s.run(t, s.args()...).want(t, scanner.ExitFail, "recorded as run 1")
				args := append(s.args("--format", "json", "--output", "json=report.json"), scan.args...)
				shown := death.dies(s, t, args...)
				shown.want(t, scan.status, "the report is written, the run is not recorded: ", "history postgres://127.0.0.1:")
				s.checkReport(t, shown, len(scan.args) > 0)
				s.server.Restart(t)
				s.run(t, "history", "verify", "--history", s.place).want(t, scanner.ExitClean)
				if died := s.run(t, "history", "runs", "--history", s.place); strings.Contains(died.stderr, "2 runs") {
					t.Errorf("the run that was not recorded is a run:\n%s", died.stdout)
				}
				s.run(t, s.args()...).want(t, scanner.ExitFail, "recorded as run ")
			})
		}
	}
}

// dyingScan is the program with a sandbox and a history in Postgres.
type dyingScan struct {
	*program
	server *postgres.Server
	place  string

	mu       sync.Mutex
	onCalled func() // runs once, in the midst of collecting
}

func newDyingScan(t *testing.T, server *postgres.Server) *dyingScan {
	t.Helper()
	s := &dyingScan{server: server, place: server.Database(t)}
	s.program, _ = newSandboxed(t, sandbox.Options{Faults: func(call sandbox.Call) sandbox.Fault {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.onCalled != nil && call.Operation == "s3:GetBucketPolicy" {
			s.onCalled()
			s.onCalled = nil
		}
		return sandbox.Fault{}
	}})
	return s
}

// args is a scan that is recorded.
func (s *dyingScan) args(more ...string) []string {
	return append([]string{"scan", "--history", s.place}, more...)
}

func (s *dyingScan) whileCollecting(t *testing.T, args ...string) ended {
	t.Helper()
	s.mu.Lock()
	s.onCalled = func() { s.server.Kill(t) }
	s.mu.Unlock()
	shown := s.run(t, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.onCalled != nil {
		t.Error("the server did not die: the test shows nothing")
	}
	return shown
}

// whileRecording has the first part of the run wait for a lock that the test
// holds, and kills the server when it waits.
func (s *dyingScan) whileRecording(t *testing.T, args ...string) ended {
	t.Helper()
	postgres.Exec(t, s.place, `CREATE FUNCTION wait() RETURNS trigger AS $$ BEGIN PERFORM pg_advisory_xact_lock(`+held+`); RETURN NEW; END $$ LANGUAGE plpgsql`)
	postgres.Exec(t, s.place, "CREATE TRIGGER wait BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION wait()")
	defer func() { // the server is up again, or the test has failed
		s.server.Restart(t)
		postgres.Exec(t, s.place, "DROP TRIGGER wait ON part")
		s.server.Kill(t)
	}()
	db, err := sql.Open("pgx", s.place)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "SELECT pg_advisory_lock("+held+")"); err != nil {
		t.Fatal(err)
	}
	killed := make(chan bool, 1)
	go func() {
		killed <- awaitWaiting(t, conn)
		s.server.Kill(t)
	}()
	shown := s.run(t, args...)
	if !<-killed {
		t.Error("the run waited for nothing: the server did not die in its midst")
	}
	return shown
}

// awaitWaiting returns when somebody waits for the lock.
func awaitWaiting(t *testing.T, conn *sql.Conn) bool {
	for range 1200 {
		var waiting bool
		err := conn.QueryRowContext(t.Context(), "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = "+held+")").Scan(&waiting)
		if err != nil || waiting {
			return err == nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return false
}

// checkReport wants the whole report, on standard output and in the file.
func (s *dyingScan) checkReport(t *testing.T, shown ended, one bool) {
	t.Helper()
	want := acmeExports
	if one {
		want = 1
	}
	report := parseReport(t, shown.stdout)
	if len(report.Exports) != want || report.Scan.History != nil || s.read(t, "report.json") != shown.stdout {
		t.Errorf("%d exports in the report, recorded as %+v; want the whole report of %d in both places", len(report.Exports), report.Scan.History, want)
	}
	for _, secret := range []string{postgres.Password, "p%40ss"} {
		if strings.Contains(shown.stderr, secret) {
			t.Errorf("the password is in what the run says:\n%s", shown.stderr)
		}
	}
}
