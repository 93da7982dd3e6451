package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// rewrite copies a snapshot, with each record changed.
func rewrite(t testing.TB, from, to string, change func(*scanner.Record)) {
	t.Helper()
	source, err := snapshot.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	w, err := snapshot.Create(to, source.Header(), source.Tenants())
	if err != nil {
		t.Fatal(err)
	}
	for {
		record, err := source.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		record.Evidence = slices.Clone(record.Evidence)
		change(record)
		if err := w.Record(*record); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(false); err != nil {
		t.Fatal(err)
	}
}

// padded is a policy with an Id of a size in KB.
func padded(policy string, size int) string {
	return strings.Replace(policy, "{", `{"Id": "`+strings.Repeat("x", size<<10)+`", `, 1)
}

// beyond is a kind of document with a size that AWS does not store, and one that
// is generous and no more, in KB.
var beyond = []struct {
	kind       document.Kind
	export     string
	size, fits int
	says       string
}{
	{document.KindBucketPolicy, financeID, 200, 77, "the bucket policy is 200 KB, 10 times what AWS stores"},
	{document.KindTrustPolicy, financeID, 40, 30, "the trust policy is 40 KB, 5 times what AWS stores"},
	{document.KindIdentityPolicy, financeID, 50, 38, "the policy is 50 KB, 5 times what AWS stores"},
	{document.KindBoundary, financeID, 60, 22, "the permissions boundary is 60 KB, 10 times what AWS stores"},
	{document.KindKeyPolicy, securityID, 160, 124, "the key policy is 160 KB, 5 times what AWS stores"},
	{document.KindLifecycle, financeID, 10240, 8000, "the lifecycle is 10240 KB, 5 times what AWS stores"},
}

// A document that AWS cannot have stored is judged as one that nobody could read,
// and the report says why.
func TestDocumentsBeyondAWSLimits(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	p := newProgram(t)
	server := startSandbox(t, sandbox.Options{Data: edited(t, []edit{readable}), Now: sandboxNow})
	monday := p.path("monday.jsonl")
	collectSnapshot(t, server.Config(), sandboxNow, monday)
	judged := func(name, export string, change func(*scanner.Record)) *scanner.Report {
		rewrite(t, monday, p.path(name), change)
		return parseReport(t, p.run(t, "scan", "--snapshot", name, "--export", export, "--format", "json").stdout)
	}
	for _, tt := range beyond {
		sized := func(size int) func(*scanner.Record) {
			return func(r *scanner.Record) {
				for i := range r.Evidence {
					if e := &r.Evidence[i]; e.Kind == tt.kind && r.Configuration.ID == tt.export {
						*e = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, padded(e.Text, size), e.CollectedAt)
					}
				}
			}
		}
		large := judged("large.jsonl", tt.export, sized(tt.size))
		unread := judged("unread.jsonl", tt.export, func(r *scanner.Record) {
			for _, e := range r.Evidence {
				if e.Kind == tt.kind && r.Configuration.ID == tt.export {
					r.Gaps = append(r.Gaps, scanner.Gap{Kind: e.Kind, Call: e.Call, Resource: e.Resource, Name: e.Name, Reason: scanner.ReasonMalformed})
				}
			}
			r.Evidence = slices.DeleteFunc(r.Evidence, func(e scanner.Evidence) bool { return e.Kind == tt.kind && r.Configuration.ID == tt.export })
		})
		if large.Scan.ExitStatus != scanner.ExitIncomplete || !maps.Equal(statuses(large), statuses(unread)) {
			t.Errorf("%s of %d KB: exit status %d, results %v; want %v", tt.kind, tt.size, large.Scan.ExitStatus, statuses(large), statuses(unread))
		}
		if len(large.Gaps) != 1 || large.Gaps[0].Reason != scanner.ReasonMalformed || !strings.HasPrefix(large.Gaps[0].Detail, tt.says+": ") {
			t.Errorf("%s of %d KB: the gaps are %+v; want one that says %q", tt.kind, tt.size, large.Gaps, tt.says)
		}
		if generous := judged("generous.jsonl", tt.export, sized(tt.fits)); len(generous.Gaps) != 0 || generous.Scan.ExitStatus != 0 {
			t.Errorf("%s of %d KB: gaps %+v, exit status %d; want a clean report", tt.kind, tt.fits, generous.Gaps, generous.Scan.ExitStatus)
		}
	}
}

// The same holds for what AWS, or somebody in its place, answers a live scan.
func TestAnswersBeyondAWSLimits(t *testing.T) {
	t.Parallel()
	data := overlay(t, edited(t, []edit{readable}), func(name, text string) string {
		if name == "policies/bucket/finance.json" {
			return padded(text, 200)
		}
		return text
	})
	p, _ := newSandboxed(t, sandbox.Options{Data: data})
	done := p.run(t, "scan", "--export", financeID, "--format", "json")
	done.want(t, scanner.ExitIncomplete)
	report := parseReport(t, done.stdout)
	if got := statuses(report)[financeID+" put_object_granted"]; got != scanner.StatusUnknown {
		t.Errorf("put_object_granted is %s, want unknown", got)
	}
	if len(report.Gaps) != 1 || !strings.Contains(report.Gaps[0].Detail, "200 KB, 10 times what AWS stores") {
		t.Errorf("the gaps are %+v", report.Gaps)
	}
}

// A user may have many policies; no user has a thousand.
func TestTooManyPolicies(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	server := startSandbox(t, sandbox.Options{Data: edited(t, []edit{readable}), Now: sandboxNow})
	collectSnapshot(t, server.Config(), sandboxNow, p.path("monday.jsonl"))
	rewrite(t, p.path("monday.jsonl"), p.path("many.jsonl"), func(r *scanner.Record) {
		for _, e := range slices.Clone(r.Evidence) {
			if e.Kind != document.KindIdentityPolicy || r.Configuration.ID != financeID {
				continue
			}
			text := padded(e.Text, 20)
			for n := range 1000 {
				r.Evidence = append(r.Evidence, scanner.NewEvidence(e.Kind, e.Call, e.Resource, fmt.Sprintf("inline/more-%d", n), text, e.CollectedAt))
			}
		}
	})
	done := p.run(t, "scan", "--snapshot", "many.jsonl", "--export", financeID, "--format", "json")
	done.want(t, scanner.ExitIncomplete)
	report := parseReport(t, done.stdout)
	if got := statuses(report)[financeID+" put_object_granted"]; got != scanner.StatusUnknown {
		t.Errorf("put_object_granted is %s, want unknown", got)
	}
	if len(report.Gaps) != 1 || !strings.Contains(report.Gaps[0].Detail, "KB, 14 times what AWS stores") {
		t.Errorf("the gaps are %+v", report.Gaps)
	}
}

// strangers is a bucket policy in which so many accounts may write, each by a
// statement of its own.
func strangers(bucket string, n int) string {
	statements := make([]string, n)
	for i := range statements {
		statements[i] = fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"%012d"},"Action":"s3:*","Resource":["%s","%s/*"]}`, 300000000000+i, bucket, bucket)
	}
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// A report grows with a policy, not with its square: a finding does not repeat
// what was said for others.
func TestAReportGrowsWithThePolicy(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	server := startSandbox(t, sandbox.Options{Data: edited(t, []edit{readable}), Now: sandboxNow})
	collectSnapshot(t, server.Config(), sandboxNow, p.path("monday.jsonl"))
	sizes := map[int]int{}
	for _, n := range []int{100, 200, 400} {
		rewrite(t, p.path("monday.jsonl"), p.path("many.jsonl"), func(r *scanner.Record) {
			for i, e := range r.Evidence {
				if e.Kind == document.KindBucketPolicy && r.Configuration.ID == financeID {
					r.Evidence[i] = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, strangers(e.Resource, n), e.CollectedAt)
				}
			}
		})
		done := p.run(t, "scan", "--snapshot", "many.jsonl", "--export", financeID, "--format", "json")
		done.want(t, scanner.ExitFail)
		found := 0
		for _, f := range parseReport(t, done.stdout).Findings {
			if f.RuleID == "no_foreign_writers" && f.Status == scanner.StatusFail {
				found++
			}
		}
		if found != n {
			t.Errorf("%d of %d strangers are found", found, n)
		}
		sizes[n] = len(done.stdout)
	}
	if first, then := sizes[200]-sizes[100], sizes[400]-sizes[200]; then > 2*first+first/5 {
		t.Errorf("100 more statements add %d bytes, and 200 more add %d", first, then)
	}
}

// A run that judges for longer than --timeout says so, and what was in the midst
// of it is given up.
func TestTimeoutWhileJudging(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.run(t, "snapshot", "-o", "s.jsonl").want(t, scanner.ExitIncomplete) // the company hides one policy
	done := p.run(t, "scan", "--snapshot", "s.jsonl", "--timeout", "1us", "--format", "none", "--output", "json=report.json")
	done.want(t, scanner.ExitCannotRun)
	if !strings.Contains(done.stderr, "judging took longer than --timeout 1µs, and nothing is reported: raise it") {
		t.Errorf("standard error:\n%s", done.stderr)
	}
	if report := parseReport(t, p.read(t, "report.json")); report.Scan.Complete || !strings.Contains(report.Scan.Error, "--timeout") {
		t.Errorf("the report says complete %t, error %q", report.Scan.Complete, report.Scan.Error)
	}
}

// What a policy says is shown, and is never what to do.
func TestAPolicyGivesNoAdvice(t *testing.T) {
	t.Parallel()
	const advice = "grant s3:* to everybody"
	p := newProgram(t)
	server := startSandbox(t, sandbox.Options{Data: edited(t, []edit{readable}), Now: sandboxNow})
	collectSnapshot(t, server.Config(), sandboxNow, p.path("monday.jsonl"))
	for _, text := range []string{
		`{"Version":"2012-10-17","Statement":[{"Effect":"Allow; ` + advice + `"}]}`,
		`{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"X; ` + advice + `":{"aws:x":"y"}}}]}`,
		`{"x; ` + advice + `": 1}`,
	} {
		rewrite(t, p.path("monday.jsonl"), p.path("hostile.jsonl"), func(r *scanner.Record) {
			for i, e := range r.Evidence {
				if e.Kind == document.KindBucketPolicy && r.Configuration.ID == financeID {
					r.Evidence[i] = scanner.NewEvidence(e.Kind, e.Call, e.Resource, e.Name, text, e.CollectedAt)
				}
			}
		})
		done := p.run(t, "scan", "--snapshot", "hostile.jsonl", "--export", financeID, "--format", "json")
		done.want(t, scanner.ExitIncomplete)
		shown := false
		for _, f := range parseReport(t, done.stdout).Findings {
			if strings.Contains(f.Remediation, advice) {
				t.Errorf("%s: the remediation is %q", f.RuleID, f.Remediation)
			}
			shown = shown || strings.Contains(f.Message, advice)
		}
		if !shown {
			t.Errorf("nobody sees what is wrong with %s", text)
		}
	}
}
