package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// promised are the keys of the records of each event, besides those of all.
var promised = map[string][]string{
	"start":   {"version", "command", "tenants", "source", "rules"},
	"request": {"service", "operation", "target", "status", "milliseconds"},
	"retry":   {"service", "operation", "target", "cause", "waitSeconds", "attempt"},
	"note":    {"environment", "configuration"},
	"warning": {},
	"error":   {"exitStatus", "stack"},
	"output":  {},
	"end":     {"exitStatus", "exports", "findings", "gaps", "requests", "retries", "seconds"},
}

// What programs rely on is what people can look up.
func TestGuideShowsEveryKeyOfTheLog(t *testing.T) {
	text := readText(t, "../../docs/schedule.md")
	_, text, _ = strings.Cut(text, "## The log")
	text, _, _ = strings.Cut(text, "\n## ")
	for event, keys := range promised {
		row := regexp.MustCompile("(?m)^\\| .*`" + event + "`.*$").FindString(text)
		for _, key := range append([]string{event}, keys...) {
			if !strings.Contains(row, "`"+key+"`") {
				t.Errorf("the row of %s does not show %s: %q", event, key, row)
			}
		}
	}
}

// parseRecords reads standard error, each line of which must be a record with no
// key that is not promised.
func parseRecords(text string) ([]map[string]any, error) {
	var records []map[string]any
	for line := range strings.Lines(text) {
		r := map[string]any{}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		keys, known := promised[fmt.Sprint(r["event"])]
		for key := range r {
			if !known || !slices.Contains(append([]string{"time", "level", "msg", "event"}, keys...), key) {
				return nil, fmt.Errorf("nobody promised %s in %s", key, line)
			}
		}
		if _, err := time.Parse(time.RFC3339Nano, fmt.Sprint(r["time"])); err != nil || r["level"] == nil || r["msg"] == nil {
			return nil, fmt.Errorf("time, level or msg are missing in %s", line)
		}
		records = append(records, r)
	}
	return records, nil
}

// events picks the records of one kind.
func events(records []map[string]any, event string) []map[string]any {
	return slices.DeleteFunc(slices.Clone(records), func(r map[string]any) bool { return r["event"] != event })
}

// Each retry, of Immuta's and of AWS's, says of what, why and after how long,
// and the end of the run counts what the servers saw.
func TestRetriesAreLogged(t *testing.T) {
	t.Parallel()
	var assumed atomic.Int32 // into the archive's account
	p, server := newSandboxed(t, sandbox.Options{Faults: func(call sandbox.Call) sandbox.Fault {
		if call.Operation == "sts:AssumeRole" && strings.Contains(call.Resource, ":333333333333:") && assumed.Add(1) <= 2 {
			return sandbox.Fault{Kind: sandbox.FaultThrottled}
		}
		return sandbox.Fault{}
	}})
	server.SetFault("immuta:getAllExportConfigurations", sandbox.Fault{Kind: sandbox.FaultThrottled, Times: 1})
	server.SetFault("kms:DescribeKey", sandbox.Fault{Kind: sandbox.FaultReset, Times: 1})
	done := p.run(t, "scan", "--history", "none", "--format", "none", "--verbose", "--log-format", "json")
	done.want(t, scanner.ExitFail)
	records, err := parseRecords(done.stderr)
	if err != nil {
		t.Fatal(err)
	}
	retries := map[string][]map[string]any{}
	for _, r := range events(records, "retry") {
		call := fmt.Sprint(r["service"], ":", r["operation"])
		retries[call] = append(retries[call], r)
		if wait, _ := r["waitSeconds"].(float64); wait < 0 || r["level"] != "WARN" {
			t.Errorf("%s waits %v", call, r)
		}
	}
	wants := map[string][]string{
		"immuta:getAllExportConfigurations": {"acme HTTP status 429 attempt 2"},
		"sts:AssumeRole": {
			"arn:aws:iam::333333333333:role/trailguard-reader HTTP status 400 Throttling attempt 2",
			"arn:aws:iam::333333333333:role/trailguard-reader HTTP status 400 Throttling attempt 3",
		},
	}
	for call, want := range wants {
		var got []string
		for _, r := range retries[call] {
			got = append(got, fmt.Sprint(r["target"], " ", r["cause"], " attempt ", r["attempt"]))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", call, diff)
		}
	}
	if reset := retries["kms:DescribeKey"]; len(reset) != 1 || reset[0]["cause"] != "no connection" || !strings.HasPrefix(fmt.Sprint(reset[0]["target"]), "arn:aws:kms:") {
		t.Errorf("the reset call was tried again as %v", reset)
	}
	checkCounts(t, records, server)
}

// checkCounts compares the last record with the others, and with what a server
// counted.
func checkCounts(t *testing.T, records []map[string]any, server *sandbox.Server) {
	t.Helper()
	asked := 0
	for _, call := range server.Calls() {
		asked += call.Count
	}
	end := records[len(records)-1]
	counts := map[string]any{"event": end["event"], "requests": end["requests"], "retries": end["retries"]}
	if diff := cmp.Diff(map[string]any{
		"event": "end", "requests": float64(asked), "retries": float64(len(events(records, "retry"))),
	}, counts); diff != "" {
		t.Errorf("the end of the run (-want +got):\n%s", diff)
	}
	if n := len(events(records, "request")); n != asked {
		t.Errorf("%d requests are logged, the server saw %d", n, asked)
	}
}

// A server that stays away is tried again in every attempt's record, and the run
// that could not run ends with one as well.
func TestAnUnreachableTenantIsLogged(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("*", sandbox.Fault{Kind: sandbox.FaultReset})
	done := p.run(t, "scan", "--history", "none", "--log-format", "json")
	done.want(t, scanner.ExitCannotRun)
	records, err := parseRecords(done.stderr)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range events(records, "retry") {
		if cause := fmt.Sprint(r["cause"]); r["attempt"] != float64(i+2) || !strings.HasPrefix(cause, "no connection") {
			t.Errorf("retry %d: %v", i, r)
		}
	}
	failed := events(records, "error")
	if end := records[len(records)-1]; len(failed) != 2 || failed[1]["msg"] != "no tenant could be read" || end["event"] != "end" || end["exitStatus"] != 3.0 {
		t.Errorf("errors %v, at the end %v", failed, end)
	}
}

// In text the same is said in lines of words.
func TestTextSaysTheSame(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("sts:AssumeRole", sandbox.Fault{Kind: sandbox.FaultThrottled, Times: 1})
	done := p.run(t, "scan", "--history", "none", "--format", "none")
	done.want(t, scanner.ExitFail, "trying again service=sts operation=AssumeRole target=arn:aws:iam::", // whichever role is first
		` cause="HTTP status 400 Throttling" waitSeconds=`, " attempt=2\n")
	if strings.Count(done.stderr, "\n") != 1 {
		t.Errorf("people are told more than they asked for:\n%s", done.stderr)
	}
	p.run(t, "scan", "--history", "none", "--format", "none", "--verbose").want(t, scanner.ExitFail,
		"the run begins version=devel command=scan tenants=[acme] rules=",
		"\nrequest service=s3 operation=GetBucketPolicy target=acme-audit-finance-eu status=200 milliseconds=",
		fmt.Sprintf("\nthe run ends exitStatus=1 exports=%d findings.error=0 findings.fail=", acmeExports),
	)
}

// A fault of the program itself is a record, and its stack is in it for whoever
// wants to know.
func TestACrashIsLogged(t *testing.T) {
	for _, verbose := range []bool{false, true} {
		var stderr bytes.Buffer
		args := []string{"crash", "--log-format", "json", fmt.Sprintf("--verbose=%t", verbose)}
		a, root := newApp(args, strings.NewReader(""), &bytes.Buffer{}, &stderr)
		root.AddCommand(&cobra.Command{Use: "crash", RunE: func(*cobra.Command, []string) error { panic("on purpose") }})
		if status := run(t.Context(), a, root); status != scanner.ExitCannotRun {
			t.Errorf("exit status %d", status)
		}
		records, err := parseRecords(stderr.String())
		if err != nil || len(records) != 1 || records[0]["event"] != "error" || records[0]["exitStatus"] != 3.0 {
			t.Fatalf("%v: %s", err, stderr.String())
		}
		stack, _ := records[0]["stack"].([]any)
		if shown := strings.Contains(fmt.Sprint(stack...), "log_test.go"); shown != verbose {
			t.Errorf("verbose %t, and the stack is %v", verbose, stack)
		}
	}
}
