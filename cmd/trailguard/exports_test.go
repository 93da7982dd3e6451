package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// savedQuery is what a person would send with curl and save.
const savedQuery = `{"query":"{ getAllExportConfigurations { id enabled interval connectionStatus createdAt createdBy { id } updatedAt updatedBy { id } endpointConfiguration { __typename ... on S3AssumedRoleEndpointConfiguration { bucket path region roleArn } ... on S3AccessKeyEndpointConfiguration { bucket path region } ... on AdlsSasTokenEndpointConfiguration { storageAccount fileSystem } } } }"}`

// saveExports asks the sandbox as a person would, and returns its answer.
func saveExports(t *testing.T, server *sandbox.Server) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL()+"/api/audit/graphql", bytes.NewBufferString(savedQuery))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", server.APIKey())
	req.Header.Set("Content-Type", "application/json")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d, %v: %s", resp.StatusCode, err, text)
	}
	return string(text)
}

// A saved list of exports is judged like the live one, without a key for Immuta
// and without asking it.
func TestSavedExports(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	p, server := newSandboxed(t, sandbox.Options{})
	p.write(t, "exports.json", saveExports(t, server))
	live := parseReport(t, p.run(t, "scan", "--format", "json").stdout)

	server.ResetCalls()
	p.env = append(p.env, "IMMUTA_API_KEY=")
	saved := p.run(t, "scan", "--exports", "exports.json", "--format", "json")
	saved.want(t, scanner.ExitFail)
	if diff := cmp.Diff(statuses(live), statuses(parseReport(t, saved.stdout))); diff != "" {
		t.Errorf("results (-live +saved):\n%s", diff)
	}
	for _, call := range server.Calls() {
		if strings.HasPrefix(call.Operation, "immuta:") {
			t.Errorf("immuta was asked: %s", call.Operation)
		}
	}
	p.run(t, "snapshot", "--exports", "exports.json", "-o", "s.jsonl").want(t, scanner.ExitIncomplete, fmt.Sprint("exports ", acmeExports))
	replayed := parseReport(t, p.run(t, "scan", "--snapshot", "s.jsonl", "--format", "json").stdout)
	if diff := cmp.Diff(statuses(live), statuses(replayed)); diff != "" {
		t.Errorf("results (-live +snapshot of saved):\n%s", diff)
	}
}

// Without any configuration, AWS's own environment is enough.
func TestSavedExportsWithoutConfiguration(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	configured, server := newSandboxed(t, sandbox.Options{})
	p := newProgram(t, append(server.Environ(), "AWS_ENDPOINT_URL="+server.URL())...)
	p.write(t, "exports.json", saveExports(t, server))
	done := p.run(t, "scan", "--exports", "exports.json", "--format", "json")
	done.want(t, scanner.ExitFail)
	report := parseReport(t, done.stdout)
	if got := teamStatuses(report)["partners external_id_required"]; got != scanner.StatusFail || len(report.Exports) != acmeExports {
		t.Errorf("%d exports, partners external_id_required %s; want %d, and fail", len(report.Exports), got, acmeExports)
	}
	// A configuration with several tenants must be told whose list it is.
	configured.write(t, "trailguard.yaml", twoTenants(t, server.Config(), server.URL()))
	configured.write(t, "exports.json", p.read(t, "exports.json"))
	configured.run(t, "scan", "--exports", "exports.json").want(t, scanner.ExitCannotRun, "--tenant")
	configured.run(t, "scan", "--exports", "exports.json", "--tenant", "acme").want(t, scanner.ExitFail)
}
