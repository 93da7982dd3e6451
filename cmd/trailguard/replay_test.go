package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// fingerprints lists what was found, by fingerprint.
func fingerprints(r *scanner.Report) map[string]string {
	all := map[string]string{}
	for i := range r.Findings {
		f := &r.Findings[i]
		all[f.Fingerprint] = string(f.Status) + " " + f.RuleID + " " + f.ExportID + ": " + f.Message
	}
	return all
}

// A snapshot, judged twice, gives the same bytes; and what a scan finds live.
func TestReplay(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl.zst").want(t, scanner.ExitIncomplete, "wrote s.jsonl.zst: exports 14")
	live := p.run(t, "scan", "--format", "json")
	live.want(t, scanner.ExitFail)

	server.Close() // no network is used from here on
	p.write(t, "trailguard.yaml", "a file that merely lies here: it must not matter\n")
	first := p.run(t, "scan", "--snapshot", "s.jsonl.zst", "--format", "json")
	first.want(t, scanner.ExitFail)
	second := p.run(t, "scan", "--snapshot", "s.jsonl.zst", "--format", "json")
	if first.stdout != second.stdout {
		t.Errorf("two replays of one snapshot differ:\n%s", cmp.Diff(first.stdout, second.stdout))
	}
	got, want := parseReport(t, first.stdout), parseReport(t, live.stdout)
	if diff := cmp.Diff(statuses(want), statuses(got)); diff != "" {
		t.Errorf("results (-live +replay):\n%s", diff)
	}
	if diff := cmp.Diff(fingerprints(want), fingerprints(got)); diff != "" {
		t.Errorf("findings (-live +replay):\n%s", diff)
	}
	if got.Scan.EvaluatedAt != got.Scan.CollectedAt {
		t.Errorf("judged as of %s, want when it was collected, %s", got.Scan.EvaluatedAt, got.Scan.CollectedAt)
	}

	// Ten days on nothing is fresh any more.
	later := got.Scan.CollectedAt.AddDate(0, 0, 10)
	aged := p.run(t, "scan", "--snapshot", "s.jsonl.zst", "--format", "json", "--as-of", later.Format("2006-01-02T15:04:05Z07:00"), "--export", financeID)
	aged.want(t, scanner.ExitFail)
	report := parseReport(t, aged.stdout)
	if !report.Scan.EvaluatedAt.Equal(later.Truncate(1e9)) || report.Exports[0].Results["delivery_fresh"] != scanner.StatusFail {
		t.Errorf("as of %s: evaluated at %s, delivery_fresh %s; want the time that was given, and fail", later, report.Scan.EvaluatedAt, report.Exports[0].Results["delivery_fresh"])
	}
}

// A snapshot that is not what it was when it was written is never judged.
func TestReplayRefuses(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete)
	p.run(t, "snapshot", "-o", "s.jsonl.zst").want(t, scanner.ExitIncomplete)
	text := p.read(t, "s.jsonl")
	compressed := p.read(t, "s.jsonl.zst")
	last := strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n") + 1
	for _, tt := range []struct{ name, text, says string }{
		{"truncated.jsonl", text[:len(text)/2], ""},
		{"no-trailer.jsonl", text[:last], ""},
		{"altered.jsonl", strings.Replace(text, "259fc41c-8d1e-4c57-9a0b-6f2e1d7c3b54", "259fc41c-8d1e-4c57-9a0b-6f2e1d7c3b55", 1), ""},
		{"altered-document.jsonl", strings.Replace(text, "ImmutaAssumes", "ImmutaConsumes", 1), ""},
		{"twice.jsonl", text + text, ""},
		{"future.jsonl", strings.Replace(text, `"formatVersion":1`, `"formatVersion":99`, 1), "99"},
		{"foreign.jsonl", `{"hello":"world"}` + "\n", ""},
		{"empty.jsonl", "", ""},
		{"truncated.jsonl.zst", compressed[:len(compressed)-100], ""},
		{"altered.jsonl.zst", compressed[:200] + "XX" + compressed[202:], ""},
		{"text.jsonl.zst", text[:100], ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p.write(t, tt.name, tt.text)
			done := p.run(t, "scan", "--snapshot", tt.name, "--output", "json="+tt.name+".report")
			done.want(t, scanner.ExitCannotRun, tt.name, tt.says)
			if done.stdout != "" {
				t.Errorf("something is reported about it:\n%s", done.stdout)
			}
		})
	}
	p.run(t, "scan", "--snapshot", "nowhere.jsonl").want(t, scanner.ExitCannotRun, "nowhere.jsonl")
	p.run(t, "scan", "--snapshot", "s.jsonl", "--exports", "e.json").want(t, scanner.ExitUsage, "exclude each other")
}

// What is selected is judged, and what is misspelt is refused: a selection that
// matches nothing must not look clean.
func TestSelection(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	p.write(t, "trailguard.yaml", twoTenants(t, server.Config(), server.URL()))
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete)
	replay := []string{"scan", "--snapshot", "s.jsonl", "--format", "json"}

	one := parseReport(t, p.run(t, append(replay, "--export", financeID, "--tenant", "acme")...).stdout)
	if len(one.Exports) != 1 || one.Exports[0].ID != financeID || one.Exports[0].Tenant != "acme" || len(one.Tenants) != 1 {
		t.Errorf("--export and --tenant: %d exports of %d tenants, want finance of acme alone", len(one.Exports), len(one.Tenants))
	}
	if one.Scan.ExitStatus != scanner.ExitClean {
		t.Errorf("finance alone exits with %d, want 0: others' findings and gaps are not its own", one.Scan.ExitStatus)
	}
	both := parseReport(t, p.run(t, append(replay, "--rule", "uses_role", "--rule", "bucket_exists")...).stdout)
	if len(both.Exports) != 28 || len(both.Exports[0].Results) != 2 {
		t.Errorf("--rule: %d exports with %d results, want 28 with 2", len(both.Exports), len(both.Exports[0].Results))
	}
	other := parseReport(t, p.run(t, append(replay, "--tenant", "other", "--rule", "uses_role")...).stdout)
	if len(other.Exports) != 14 || other.Exports[0].Tenant != "other" {
		t.Errorf("--tenant: %d exports, want the 14 of the other tenant", len(other.Exports))
	}

	p.run(t, append(replay, "--export", "259fc41c")...).want(t, scanner.ExitCannotRun, `no export "259fc41c"`)
	p.run(t, append(replay, "--tenant", "acne")...).want(t, scanner.ExitCannotRun, `no tenant "acne"`)
	p.run(t, append(replay, "--rule", "external_id_require")...).want(t, scanner.ExitCannotRun, "external_id_require", `did you mean "external_id_required"`)
	p.run(t, "scan", "--tenant", "acne").want(t, scanner.ExitCannotRun, `no tenant "acne"`)
}

// Thresholds and what makes a run fail.
func TestExitStatus(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete)
	replay := []string{"scan", "--snapshot", "s.jsonl", "--format", "none"}
	marketing := "c4e91a37-6b2d-4f08-8e5c-d17a2b3f9064" // a medium failure, no gap
	for _, tt := range []struct {
		args   []string
		status int
	}{
		{nil, scanner.ExitFail},
		{[]string{"--allow-incomplete"}, scanner.ExitFail},
		{[]string{"--export", legalID}, scanner.ExitIncomplete},
		{[]string{"--export", legalID, "--allow-incomplete"}, scanner.ExitClean},
		{[]string{"--export", legalID, "--rule", "not_public"}, scanner.ExitClean}, // decided without the policy
		{[]string{"--export", marketing}, scanner.ExitFail},
		{[]string{"--export", marketing, "--fail-on", "medium"}, scanner.ExitFail},
		{[]string{"--export", marketing, "--fail-on", "high"}, scanner.ExitClean},
		{[]string{"--export", securityID, "--fail-on", "info"}, scanner.ExitClean},
	} {
		if done := p.run(t, append(replay, tt.args...)...); done.status != tt.status {
			t.Errorf("%v: exit status %d, want %d: %s", tt.args, done.status, tt.status, done.stderr)
		}
	}
}
