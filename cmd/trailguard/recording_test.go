package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// A run says where it is recorded, in the report too.
func TestARunSaysWhereItIsRecorded(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	for run := int64(1); run <= 2; run++ {
		shown := p.run(t, "scan", "--history", "h.db", "--format", "json")
		got := parseReport(t, shown.stdout).Scan.History
		if got == nil || got.Run != run || len(got.Head) != 64 {
			t.Fatalf("the report says %+v of run %d", got, run)
		}
		shown.want(t, scanner.ExitFail, fmt.Sprintf("recorded as run %d, ledger head %s", run, got.Head))
		if verified := p.run(t, "history", "verify", "--history", "h.db"); !strings.Contains(verified.stdout, got.Head) {
			t.Errorf("history verify does not name the head %s:\n%s", got.Head, verified.stdout)
		}
	}
	if none := p.run(t, "scan", "--history", "none", "--format", "json"); strings.Contains(none.stdout, `"history"`) {
		t.Error("a run that is not recorded says that it is")
	}
}

// A history that dies in the midst of a scan costs the recording, not the
// report.
func TestAHistoryThatFailsCostsNoReport(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "scan", "--history", "h.db", "--format", "none").want(t, scanner.ExitFail)
	for _, table := range []string{"recording", "part", "ledger"} {
		db, err := sql.Open("sqlite", filepath.Join(p.dir, "h.db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "CREATE TRIGGER dead BEFORE INSERT ON "+table+" BEGIN SELECT RAISE(ABORT, 'the disk is gone'); END"); err != nil {
			t.Fatal(err)
		}
		shown := p.run(t, "scan", "--history", "h.db", "--format", "json", "--output", "json=report.json")
		shown.want(t, scanner.ExitFail, "the report is written, the run is not recorded", "the disk is gone", "h.db")
		report := parseReport(t, shown.stdout)
		if len(report.Exports) != acmeExports || report.Scan.History != nil || p.read(t, "report.json") != shown.stdout {
			t.Errorf("the %s table fails: %d exports in the report, recorded as %+v; want the whole report", table, len(report.Exports), report.Scan.History)
		}
		if _, err := db.ExecContext(t.Context(), "DROP TRIGGER dead"); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
	p.run(t, "history", "verify", "--history", "h.db").want(t, scanner.ExitClean)
	p.run(t, "scan", "--history", "h.db", "--format", "none").want(t, scanner.ExitFail, "recorded as run")
}

// A history that cannot be read back costs the trend alone, and what is said is true:
// the run is recorded.
func TestATrendThatCannotBeReadCostsNoRecord(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "scan", "--history", "h.db", "--format", "none").want(t, scanner.ExitFail)
	db, err := sql.Open("sqlite", filepath.Join(p.dir, "h.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TRIGGER dead AFTER INSERT ON ledger BEGIN
		INSERT INTO ledger (id, kind, subject, body, previous, hash) VALUES (NEW.id + 1, 'run', 'x', 'torn', NEW.hash, 'x'); END`); err != nil {
		t.Fatal(err)
	}
	shown := p.run(t, "scan", "--history", "h.db", "--format", "json")
	shown.want(t, scanner.ExitFail, "recorded as run 2", "the report is written and the run recorded, but the trend of earlier runs is not shown", "h.db", "trailguard history verify")
	if strings.Contains(shown.stderr, "not recorded") {
		t.Errorf("a run that is recorded is said not to be:\n%s", shown.stderr)
	}
	if report := parseReport(t, shown.stdout); report.Scan.History == nil || report.Scan.History.Run != 2 || report.Trend != nil {
		t.Errorf("the report says that it is recorded as %+v, with a trend of %d runs", report.Scan.History, len(report.Trend))
	}
}

// A change of rules is no change of the world: the last complete run is judged
// again by today's.
func TestAChangeOfRulesIsNoChangeOfTheWorld(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "scan", "--history", "h.db", "--format", "none").want(t, scanner.ExitFail)
	p.run(t, "rules", "new", "acme.runs_hourly").want(t, scanner.ExitClean)
	const rule = "rules/runs_hourly/runs_hourly.rego"
	p.write(t, rule, strings.Replace(p.read(t, rule), "interval.hours > 12", "interval.hours > 1", 1))
	shown := p.run(t, "scan", "--history", "h.db", "--rules", "rules", "--format", "json")
	fails := 0
	for _, f := range parseReport(t, shown.stdout).Findings {
		if f.State != scanner.StateUnchanged {
			t.Errorf("%s of %s is %q, and nothing changed", f.RuleID, f.ExportID, f.State)
		}
		if f.RuleID == "acme.runs_hourly" && f.Status == scanner.StatusFail {
			fails++
		}
	}
	if fails == 0 {
		t.Error("the new rule finds nothing: the test shows nothing")
	}
}
