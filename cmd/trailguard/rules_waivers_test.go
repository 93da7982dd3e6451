package main

import (
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// A rule of one's own: from the skeleton to a scan, and what happens when it is
// wrong.
func TestUserRules(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "rules", "new", "acme.bucket_is_ours").want(t, scanner.ExitClean, "wrote rules")
	p.run(t, "rules", "new", "acme.bucket_is_ours").want(t, scanner.ExitCannotRun, "exists")
	tested := p.run(t, "rules", "test", "rules")
	tested.want(t, scanner.ExitClean)
	if !strings.Contains(tested.stdout, " 0 failed") || strings.HasPrefix(tested.stdout, "0 passed") {
		t.Errorf("the skeleton's tests: %s", tested.stdout)
	}
	done := p.run(t, "scan", "--rules", "rules", "--rule", "acme.bucket_is_ours", "--format", "json")
	if done.status > scanner.ExitIncomplete {
		t.Errorf("exit status %d: %s", done.status, done.stderr)
	}
	for _, e := range parseReport(t, done.stdout).Exports {
		if _, ok := e.Results["acme.bucket_is_ours"]; !ok || len(e.Results) != 1 {
			t.Errorf("export %s has the results %v, want that of the user's rule", e.ID, e.Results)
		}
	}

	var rule string
	for _, name := range filesBelow(t, p.path("rules")) {
		if strings.HasSuffix(name, ".rego") && !strings.HasSuffix(name, "_test.rego") {
			rule = "rules/" + name
		}
	}
	text := p.read(t, rule)
	for _, tt := range []struct{ name, old, with, says string }{
		{"a misspelt fact", "input.facts.", "input.facts.no_such_", "no_such_"},
		{"no METADATA", "# METADATA", "# no metadata", rule},
		{"no severity", "severity:", "severities:", "severity"},
		{"the network", "deny contains", "x := http.send({\"method\": \"GET\", \"url\": \"http://127.0.0.1\"})\n\ndeny contains", "http.send"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !strings.Contains(text, tt.old) {
				t.Fatalf("the skeleton has no %q:\n%s", tt.old, text)
			}
			p.write(t, rule, strings.Replace(text, tt.old, tt.with, 1))
			done := p.run(t, "scan", "--rules", "rules")
			done.want(t, scanner.ExitCannotRun, tt.says)
			if done.stdout != "" {
				t.Errorf("something was judged by it:\n%s", done.stdout)
			}
		})
	}
	p.write(t, "none/README", "no rule\n")
	p.run(t, "scan", "--rules", "none").want(t, scanner.ExitCannotRun, "none")
	p.run(t, "scan", "--rules", "nowhere").want(t, scanner.ExitCannotRun, "nowhere")
}

// A waived failure stays visible and fails no run, until its last day is over.
func TestWaivers(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete)
	const partners = "71e0d4b8-2fa6-4c93-b8d7-5a19e6c3f082"
	entry := func(rule, expires string) string {
		return "waivers:\n  - rules: [" + rule + "]\n    exports: [" + partners + "]\n    justification: the partner moves in May\n    approvedBy: j.doe\n    expires: " + expires + "\n"
	}
	day := func(n int) string { return time.Now().UTC().AddDate(0, 0, n).Format(time.DateOnly) }
	replay := []string{"scan", "--snapshot", "s.jsonl", "--export", partners, "--waivers", "w.yaml", "--format", "json"}

	p.write(t, "w.yaml", entry("external_id_required", day(30)))
	waived := p.run(t, replay...)
	waived.want(t, scanner.ExitClean)
	report := parseReport(t, waived.stdout)
	if report.Summary.Waived != 1 || report.Exports[0].Results["external_id_required"] != scanner.StatusFail || report.Findings[0].Waiver == nil {
		t.Errorf("%d waived, external_id_required %s: want one failure that stays, with its waiver", report.Summary.Waived, report.Exports[0].Results["external_id_required"])
	}

	p.write(t, "w.yaml", entry("external_id_required", day(-1)))
	p.run(t, replay...).want(t, scanner.ExitFail)
	p.write(t, "w.yaml", entry("uses_role", day(30)))
	unused := p.run(t, replay...)
	unused.want(t, scanner.ExitFail)
	if report := parseReport(t, unused.stdout); len(report.Waivers.Unused) != 1 {
		t.Errorf("%d unused waivers, want 1", len(report.Waivers.Unused))
	}
	p.write(t, "w.yaml", entry("external_id_requird", day(30)))
	p.run(t, replay...).want(t, scanner.ExitCannotRun, "w.yaml:", "external_id_requird")
	p.write(t, "w.yaml", strings.Replace(entry("external_id_required", day(30)), "approvedBy", "approvedby", 1))
	p.run(t, replay...).want(t, scanner.ExitCannotRun, "w.yaml:", "approvedby")
	p.run(t, "scan", "--snapshot", "s.jsonl", "--waivers", "nowhere.yaml").want(t, scanner.ExitCannotRun, "nowhere.yaml")
}

// An accepted gap stays unknown, and makes no run incomplete.
func TestAcceptedGap(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.write(t, "w.yaml", "acceptedGaps:\n  - permission: s3:GetBucketPolicy\n    resource: arn:aws:s3:::acme-audit-legal-eu\n    justification: legal hold\n    approvedBy: j.doe\n    expires: "+time.Now().UTC().AddDate(0, 1, 0).Format(time.DateOnly)+"\n")
	done := p.run(t, "scan", "--export", legalID, "--waivers", "w.yaml", "--format", "json")
	done.want(t, scanner.ExitClean)
	if got := parseReport(t, done.stdout).Exports[0].Results["put_object_granted"]; got != scanner.StatusUnknown {
		t.Errorf("put_object_granted is %s, want unknown", got)
	}
}
