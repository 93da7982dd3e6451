package publish_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/scanner"
)

func finding(rule string, severity scanner.Severity, status scanner.Status, state scanner.State) scanner.Finding {
	return scanner.Finding{
		RuleID: rule, Severity: severity, Status: status, State: state, Tenant: "acme", ExportID: "e1",
		Fingerprint: scanner.Fingerprint(rule, "acme", "e1", "r", ""),
	}
}

func rules(n *publish.Notice) []string {
	var names []string
	for _, f := range n.Findings {
		names = append(names, f.RuleID)
	}
	return names
}

func TestSelect(t *testing.T) {
	r := &scanner.Report{Scan: scanner.ScanInfo{Complete: true}, Findings: []scanner.Finding{
		finding("low_new", "low", "fail", scanner.StateNew),
		finding("old", "critical", "fail", scanner.StateUnchanged),
		finding("mended", "high", "fail", scanner.StateResolved),
		finding("unseen", "critical", "unknown", scanner.StateIncomparable),
		finding("stateless", "high", "fail", ""),
	}}
	for _, tt := range []struct {
		name string
		c    publish.Criteria
		want []string
	}{
		{"what changed, the most severe first", publish.Criteria{}, []string{"unseen", "mended", "stateless", "low_new"}},
		{"all", publish.Criteria{All: true}, []string{"old", "unseen", "mended", "stateless", "low_new"}},
		{"the severe", publish.Criteria{Least: "high"}, []string{"unseen", "mended", "stateless"}},
	} {
		if got := rules(publish.Select(r, tt.c)); !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Nothing is told of a world that has not changed, unless not all of it was seen.
func TestSilenceIsNoPass(t *testing.T) {
	old := finding("old", "critical", "fail", scanner.StateUnchanged)
	for _, tt := range []struct {
		name   string
		scan   scanner.ScanInfo
		silent bool
		says   string
	}{
		{"complete", scanner.ScanInfo{Complete: true}, true, ""},
		{"incomplete", scanner.ScanInfo{}, false, "something could not be assessed"},
		{"interrupted", scanner.ScanInfo{Interrupted: true}, false, "stopped before"},
		{"could not run", scanner.ScanInfo{Error: "no credentials"}, false, "judged nothing: no credentials"},
	} {
		n := publish.Select(&scanner.Report{Scan: tt.scan, Findings: []scanner.Finding{old}}, publish.Criteria{})
		if n.Empty() != tt.silent || !strings.Contains(n.Incomplete, tt.says) || n.TellsRun() == tt.silent {
			t.Errorf("%s: empty %v, incomplete %q", tt.name, n.Empty(), n.Incomplete)
		}
	}
}

func TestConditions(t *testing.T) {
	waived := finding("a", "low", "fail", scanner.StateNew)
	waived.Waiver = &scanner.Waiver{}
	mended := finding("a", "low", "fail", scanner.StateResolved)
	mended.Waiver = &scanner.Waiver{}
	for _, tt := range []struct {
		f    scanner.Finding
		want publish.Condition
	}{
		{finding("a", "low", "fail", scanner.StateNew), publish.Failing},
		{finding("a", "low", "fail", scanner.StateIncomparable), publish.Failing},
		{finding("a", "low", "unknown", scanner.StateIncomparable), publish.NotAssessed},
		{finding("a", "low", "error", ""), publish.NotAssessed},
		{waived, publish.Waived},
		{mended, publish.Resolved},
	} {
		if got := publish.ConditionOf(&tt.f); got != tt.want {
			t.Errorf("%s %s: %s, want %s", tt.f.Status, tt.f.State, got, tt.want)
		}
	}
}

// A headline of a part of what there is says nothing of the rest.
func TestHeadlines(t *testing.T) {
	low := finding("a", "low", "fail", scanner.StateNew)
	for want, n := range map[string]*publish.Notice{
		"1 failing":                 publish.Select(&scanner.Report{Scan: scanner.ScanInfo{Complete: true}, Findings: []scanner.Finding{low}}, publish.Criteria{}),
		"1 failing, incomplete run": publish.Select(&scanner.Report{Findings: []scanner.Finding{low}}, publish.Criteria{}),
		"no finding to tell":        publish.Select(&scanner.Report{Scan: scanner.ScanInfo{Complete: true}, Findings: []scanner.Finding{low}}, publish.Criteria{All: true, Least: "high"}),
		"the run could not run":     publish.Select(&scanner.Report{Scan: scanner.ScanInfo{Error: "x"}}, publish.Criteria{}),
	} {
		if got := n.Headline(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// An ID stays when a report is told again, and changes with the run: a failure
// that comes back is no duplicate.
func TestIDs(t *testing.T) {
	run := scanner.Report{Scan: scanner.ScanInfo{SnapshotDigest: "a", EvaluatedAt: time.Unix(0, 0)}}
	later := scanner.Report{Scan: scanner.ScanInfo{SnapshotDigest: "b", EvaluatedAt: time.Unix(0, 0)}}
	f, mended := finding("a", "low", "fail", scanner.StateNew), finding("a", "low", "fail", scanner.StateResolved)
	id := publish.FindingID(&run, &f)
	if id != publish.FindingID(&run, &f) {
		t.Error("the ID is another one when it is told again")
	}
	for name, other := range map[string]string{
		"another run": publish.FindingID(&later, &f), "another state": publish.FindingID(&run, &mended),
	} {
		if id == other {
			t.Errorf("%s has the same ID", name)
		}
	}
}

// What the reporter writes is read as it was.
func TestReadWhatIsWritten(t *testing.T) {
	text, err := os.ReadFile("../../fixtures/report/full.json")
	if err != nil {
		t.Fatal(err)
	}
	report, err := publish.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := reporters.JSON(&again, report, reporters.Options{}); err != nil {
		t.Fatal(err)
	}
	if again.String() != string(text) {
		t.Error("the report is not the same after reading")
	}
}

func TestReadChanges(t *testing.T) {
	r, err := publish.Read(strings.NewReader(`{"formatVersion": 1, "scan": {"evaluatedAt": "2026-03-02T09:30:00Z", "complete": true},
		"new": [{"ruleId": "a", "fingerprint": "f", "severity": "low", "status": "fail", "state": "new"}],
		"resolved": [{"ruleId": "b", "fingerprint": "g", "severity": "low", "status": "fail", "state": "resolved"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if got := rules(publish.Select(r, publish.Criteria{})); !reflect.DeepEqual(got, []string{"a", "b"}) {
		t.Errorf("findings %q", got)
	}
}

func TestReadRefuses(t *testing.T) {
	const head = `{"formatVersion": 1, "scan": {"evaluatedAt": "2026-03-02T09:30:00Z"}, "findings": [`
	for _, tt := range []struct{ name, text, says string }{
		{"nothing", "", "the input is empty"},
		{"a page", "<html>", "no JSON report"},
		{"half a report", head, "only a part"},
		{"two reports", head + "]}" + head + "]}", "no JSON report"},
		{"another program's", `{"version": "2.1.0", "runs": []}`, "formatVersion is missing"},
		{"a later version", `{"formatVersion": 2}`, "formatVersion 2, and this program reads 1"},
		{"without a time", `{"formatVersion": 1}`, "scan.evaluatedAt is missing"},
		{"a severity of its own", head + `{"ruleId": "a", "fingerprint": "f", "severity": "urgent", "status": "fail"}]}`, "finding 1 of the report"},
		{"a state of its own", head + `{"ruleId": "a", "fingerprint": "f", "severity": "low", "status": "fail", "state": "gone"}]}`, "finding 1 of the report"},
		{"one without a fingerprint", head + `{"ruleId": "a", "severity": "low", "status": "fail"}]}`, "finding 1 of the report"},
		{"a pass", head + `{"ruleId": "a", "fingerprint": "f", "severity": "low", "status": "pass"}]}`, `status "pass"`},
	} {
		if _, err := publish.Read(strings.NewReader(tt.text)); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: error %v, want %q", tt.name, err, tt.says)
		}
	}
}

// scripted is a channel whose deliveries end as they are told to.
type scripted struct {
	messages int
	errs     map[string]error
	asked    []string
}

func (s *scripted) Compose(*publish.Notice) ([]publish.Message, error) {
	var list []publish.Message
	for i := range s.messages {
		id := string(rune('a' + i))
		list = append(list, publish.Message{ID: id, About: []string{id + "1", id + "2"}})
	}
	return list, nil
}

func (s *scripted) Deliver(_ context.Context, m publish.Message) ([]publish.Refusal, error) {
	s.asked = append(s.asked, m.ID)
	if m.ID == "a" {
		return []publish.Refusal{{About: "a2", Why: "partly"}}, nil
	}
	return nil, s.errs[m.ID]
}

// A refused message costs no other; a receiver that is down is not asked for
// ever; and every part is in one count.
func TestSendCountsEverything(t *testing.T) {
	s := &scripted{messages: 5, errs: map[string]error{"b": publish.Refuse("too long"), "d": errors.New("down")}}
	o := publish.Send(t.Context(), s, &publish.Notice{})
	want := publish.Outcome{
		Accepted: 3, NotSent: 4, Why: "down",
		Refused: []publish.Refusal{{About: "a2", Why: "partly"}, {About: "b1", Why: "too long"}, {About: "b2", Why: "too long"}},
	}
	if !reflect.DeepEqual(o, want) || o.Delivered() || strings.Join(s.asked, "") != "abcd" {
		t.Errorf("outcome %+v after %q", o, s.asked)
	}
}
