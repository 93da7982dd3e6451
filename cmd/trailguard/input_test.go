package main

import (
	"encoding/json"
	"net"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
)

// The healthy exports of the sandbox's company.
const (
	financeID  = "259fc41c-8d1e-4c57-9a0b-6f2e1d7c3b54"
	securityID = "8b7d2f60-41c3-4e9a-b5d8-0c9f3a6e7d12"
	legalID    = "ad40c6b1-3e95-4d27-a6f8-72c1e9d5b03f" // its bucket policy may not be read
)

func body(status int, contentType, text string) sandbox.Fault {
	return sandbox.Fault{Kind: sandbox.FaultBody, Status: status, ContentType: contentType, Body: text}
}

// What Immuta answers instead of its exports, and what becomes of the run.
func TestBadAnswersOfImmuta(t *testing.T) {
	t.Parallel()
	const list = "immuta:getAllExportConfigurations"
	tests := []struct {
		name   string
		fault  sandbox.Fault
		env    string
		status int
		says   []string
	}{
		{"401", sandbox.Fault{}, "IMMUTA_API_KEY=expired", scanner.ExitCannotRun, []string{"tenant acme:", "401", "no tenant could be read"}},
		{"403", sandbox.Fault{Kind: sandbox.FaultDenied}, "", scanner.ExitCannotRun, []string{"tenant acme:", "403", "AUDIT"}},
		{"404", body(404, "text/plain", "no such page"), "", scanner.ExitCannotRun, []string{"tenant acme:", "404"}},
		{"502 with a page", body(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>"), "", scanner.ExitCannotRun, []string{"tenant acme:", "502"}},
		{"200 with a page", sandbox.Fault{Kind: sandbox.FaultHTML}, "", scanner.ExitCannotRun, []string{"tenant acme:", "text/html", "check the url"}},
		{"200 with errors", body(200, "application/json", `{"errors":[{"message":"Something went wrong in the audit service"}]}`), "", scanner.ExitCannotRun, []string{"tenant acme:", "Something went wrong in the audit service"}},
		{"200 with neither data nor errors", body(200, "application/json", `{}`), "", scanner.ExitCannotRun, []string{"tenant acme:"}},
		{"200 with null", body(200, "application/json", `{"data":{"getAllExportConfigurations":null},"errors":[{"message":"resolver timed out"}]}`), "", scanner.ExitCannotRun, []string{"tenant acme:", "resolver timed out"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, server := newSandboxed(t, sandbox.Options{})
			if tt.fault.Kind != "" {
				server.SetFault(list, tt.fault)
			}
			p.env = append(p.env, tt.env)
			done := p.run(t, "scan")
			done.want(t, tt.status, tt.says...)
			if strings.Contains(done.stdout, "pass") || strings.Contains(done.stderr, "<html") {
				t.Errorf("the run claims something, or repeats the page:\n%s\n%s", done.stdout, done.stderr)
			}
		})
	}
}

// Some exports and an error: those that came are judged, and the run is
// incomplete.
func TestPartialData(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	server.SetFault("immuta:getAllExportConfigurations", body(200, "application/json", `{"data":{"getAllExportConfigurations":[
		{"id":"`+financeID+`","interval":"EVERY_12_HOURS","enabled":true,"connectionStatus":"SUCCESS","createdAt":"2024-03-01T00:00:00Z","createdBy":{"id":"m"},"updatedAt":null,"updatedBy":null,
		 "endpointConfiguration":{"__typename":"S3AssumedRoleEndpointConfiguration",
		  "t0_bucket":"acme-audit-finance-eu","t0_path":"finance","t0_region":"eu-west-1","t0_roleArn":"arn:aws:iam::111111111111:role/acme-immuta-audit-finance",
		  "t1_bucket":"acme-audit-finance-eu","t1_path":"finance","t1_region":"eu-west-1","t1_roleArn":"arn:aws:iam::111111111111:role/acme-immuta-audit-finance"}},
		null]},"errors":[{"message":"could not load one","path":["getAllExportConfigurations",1]}]}`))
	done := p.run(t, "scan", "--format", "json")
	done.want(t, scanner.ExitIncomplete)
	report := parseReport(t, done.stdout)
	if len(report.Exports) != 1 || report.Exports[0].Results["bucket_exists"] != scanner.StatusPass {
		t.Errorf("%d exports: want the one that came, judged", len(report.Exports))
	}
	if report.Scan.Complete || len(report.Gaps) == 0 || report.Tenants[0].Complete {
		t.Errorf("complete %t, %d gaps: want an incomplete run that says why", report.Scan.Complete, len(report.Gaps))
	}
}

func TestEmptyTenant(t *testing.T) {
	t.Parallel()
	data := overlay(t, acme.Files(), func(name, text string) string {
		if name == "exports.yaml" {
			return "exports: []\n"
		}
		return text
	})
	p, _ := newSandboxed(t, sandbox.Options{Data: data})
	done := p.run(t, "scan")
	done.want(t, scanner.ExitFail)
	if !strings.Contains(done.stdout, "enabled_export_exists") {
		t.Errorf("the table does not say that nothing is exported:\n%s", done.stdout)
	}
}

// twoTenants is a configuration of the sandbox's tenant and another one.
func twoTenants(t *testing.T, config, url string) string {
	t.Helper()
	before, after, found := strings.Cut(config, "aws:\n")
	if !found {
		t.Fatal("the sandbox's configuration has changed")
	}
	return before + "  - name: other\n    url: " + url + "\n    apiKey: env:IMMUTA_API_KEY\naws:\n" + after
}

// deadURL is an address that nobody listens on.
func deadURL(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func TestOneTenantOfTwoIsUnreachable(t *testing.T) {
	t.Parallel()
	p, server := newSandboxed(t, sandbox.Options{})
	p.write(t, "trailguard.yaml", twoTenants(t, server.Config(), deadURL(t)))
	done := p.run(t, "scan", "--format", "json", "--rule", "bucket_exists", "--rule", "enabled_export_exists")
	done.want(t, scanner.ExitIncomplete, "tenant other:", "connection refused")
	report := parseReport(t, done.stdout)
	if len(report.Exports) != acmeExports || len(report.Tenants) != 2 {
		t.Errorf("%d exports and %d tenants, want %d and 2", len(report.Exports), len(report.Tenants), acmeExports)
	}
	for _, tenant := range report.Tenants {
		want := map[string]scanner.Status{"acme": scanner.StatusPass, "other": scanner.StatusUnknown}[tenant.Name]
		if got := tenant.Results["enabled_export_exists"]; got != want {
			t.Errorf("tenant %s: enabled_export_exists is %s, want %s", tenant.Name, got, want)
		}
	}
	// A waiver of an export that nobody could list stops nothing.
	p.write(t, "waivers.yaml", "waivers:\n- {rules: [uses_role], exports: [of-the-other], justification: j, approvedBy: a, expires: 2099-01-01}\n")
	done = p.run(t, "scan", "--format", "json", "--rule", "bucket_exists", "--rule", "enabled_export_exists", "--waivers", "waivers.yaml")
	done.want(t, scanner.ExitIncomplete)
	if report := parseReport(t, done.stdout); len(report.Waivers.Unused) != 1 || strings.Contains(done.stderr, "of-the-other") {
		t.Errorf("unused %v: %s", report.Waivers.Unused, done.stderr)
	}
	// Whoever does not ask for it does not miss it.
	p.run(t, "scan", "--tenant", "acme", "--rule", "bucket_exists").want(t, scanner.ExitClean)
}

// parseReport reads the JSON report on standard output.
func parseReport(t testing.TB, text string) *scanner.Report {
	t.Helper()
	var report scanner.Report
	if err := json.Unmarshal([]byte(text), &report); err != nil {
		t.Fatalf("standard output is not a report: %v\n%.500s", err, text)
	}
	return &report
}

// What AWS answers, and what becomes of one healthy export.
func TestBadAnswersOfAWS(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		operation string
		fault     sandbox.Fault
		edits     []edit
		args      []string
		status    int
		says      []string // on standard output
	}{
		{name: "nothing is wrong", status: scanner.ExitClean},
		{
			name: "throttling that ends", operation: "iam:GetRole", fault: sandbox.Fault{Kind: sandbox.FaultThrottled, Times: 3},
			status: scanner.ExitClean,
		},
		{
			name: "a bucket policy that is none", edits: []edit{{"policies/bucket/finance.json", `"Action": "s3:*"`, `"Acton": "s3:*"`}},
			status: scanner.ExitIncomplete, says: []string{"put_object_granted", "Acton"},
		},
		{
			name: "a bucket policy that is not AWS's", operation: "s3:GetBucketPolicy",
			fault:  body(200, "application/json", `{"Version":"2012-10-17","Statement":[{"Effect":"Al`),
			status: scanner.ExitIncomplete, says: []string{"put_object_granted", "proxy"},
		},
		{
			name: "no such bucket", edits: []edit{{"buckets.yaml", "name: acme-audit-finance-eu", "name: acme-audit-finance-us"}},
			status: scanner.ExitFail, says: []string{"bucket_exists", "acme-audit-finance-eu"},
		},
		{
			name: "denied", operation: "s3:GetBucketPolicy", fault: sandbox.Fault{Kind: sandbox.FaultDenied},
			status: scanner.ExitIncomplete, says: []string{"put_object_granted", "s3:GetBucketPolicy"},
		},
		{
			name: "denied, and that is accepted", operation: "s3:GetBucketPolicy", fault: sandbox.Fault{Kind: sandbox.FaultDenied},
			args: []string{"--allow-incomplete"}, status: scanner.ExitClean, says: []string{"put_object_granted", "s3:GetBucketPolicy"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, server := newSandboxed(t, sandbox.Options{Data: edited(t, tt.edits)})
			if tt.operation != "" {
				server.SetFault(tt.operation, tt.fault)
			}
			done := p.run(t, append([]string{"scan", "--export", financeID}, tt.args...)...)
			done.want(t, tt.status)
			for _, text := range tt.says {
				if !strings.Contains(done.stdout, text) {
					t.Errorf("the table does not say %q:\n%s", text, done.stdout)
				}
			}
		})
	}
}

// Credentials that nobody knows cannot run anything.
func TestWrongAWSCredentials(t *testing.T) {
	t.Parallel()
	p, _ := newSandboxed(t, sandbox.Options{})
	p.env = append(p.env, "AWS_ACCESS_KEY_ID=AKIANOBODYSKEYEXAMPL")
	for _, command := range []string{"scan", "check"} {
		done := p.run(t, command)
		if done.status != scanner.ExitCannotRun && done.status != scanner.ExitIncomplete {
			t.Errorf("%s: exit status %d, want 3 (or 2, with everything unknown): %s", command, done.status, done.stderr)
		}
		if !strings.Contains(done.stdout+done.stderr, "InvalidClientTokenId") && !strings.Contains(done.stdout+done.stderr, "credentials") {
			t.Errorf("%s does not say that the credentials are wrong:\n%s\n%s", command, done.stdout, done.stderr)
		}
	}
}
