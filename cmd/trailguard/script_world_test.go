package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/authority"
	"github.com/trailguard/trailguard/fixtures/receiver"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// scriptSnapshots are the company on several days, by the variable under which
// scripts find the file. They are collected when the tests start, so that they
// hold whatever this version collects.
var scriptSnapshots = []struct {
	variable string
	day      int // 0 is Monday, 2 March 2026
	tenants  int
	edits    []edit
}{
	{variable: "MONDAY"},
	// On Tuesday another account may read finance's objects.
	{variable: "TUESDAY", day: 1, edits: []edit{{
		"policies/bucket/finance.json", `"Statement": [`,
		`"Statement": [
    {"Sid": "Temp", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-audit-finance-eu/*"},`,
	}}},
	// Nothing is denied to the reader, so that runs are complete. On the next
	// day finance's trust policy demands another id.
	{variable: "COMPLETE", edits: []edit{readable}},
	{variable: "COMPLETE_TUESDAY", day: 1, edits: []edit{readable, {"policies/trust/finance.json", financeID, replacedID}}},
	{variable: "COMPLETE_WEDNESDAY", day: 2, edits: []edit{readable}},
	{variable: "RECREATED", day: 1, edits: []edit{{"exports.yaml", financeID, replacedID}}},
	// A rule deletes a neighbour's objects; another one finance's own.
	{variable: "NEIGHBOUR_EXPIRES", edits: []edit{{"buckets.yaml", financeRetention, expiring("finance-old/")}}},
	{variable: "FINANCE_EXPIRES", edits: []edit{{"buckets.yaml", financeRetention, expiring("finance/")}}},
	// Finance's objects are copied to a stranger, and whoever asks for them pays.
	{variable: "COPIED", edits: []edit{{"buckets.yaml", financeRetention, financeRetention + `
    requesterPays: true
    replication: {role: "arn:aws:iam::111111111111:role/copy", rules: [{id: all, bucket: elsewhere, account: "999999999999"}]}`}}},
	// Finance's bucket is closed to whoever is not of the organization, which nobody
	// declares nor reads.
	{variable: "PERIMETER", edits: []edit{notOrganized, {"company.yaml", "  organization: o-acme7x2k9q\n", ""}, {
		"policies/bucket/finance.json", `"Statement": [`,
		`"Statement": [
    {"Sid": "Perimeter", "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-audit-finance-eu/*",
     "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-acme"}}},`,
	}}},
	// Marketing writes below finance's path.
	{variable: "SHARED_PATH", edits: []edit{{"exports.yaml", "bucket: acme-audit-marketing-eu\n      path: marketing\n", "bucket: acme-audit-finance-eu\n      path: finance/marketing\n"}}},
	// The organization denies uploads to finance's bucket to its writer; or by its
	// resources; and what the root has of it is not known.
	{variable: "SERVICE_CONTROLLED", day: 1, edits: serviceControlled},
	{variable: "RESOURCE_CONTROLLED", day: 1, edits: resourceControlled},
	{variable: "NOT_ALLOWED", edits: notAllowed},
	{variable: "ROLES_CONTROLLED", edits: rolesControlled},
	{variable: "STRANGER", edits: stranger},
	{variable: "STRANGER_CONTROLLED", edits: strangerControlled},
	{variable: "STRANGER_UNREAD", edits: strangerUnread},
	{variable: "ROOT_UNREAD", edits: rootUnread},
	{variable: "ROOT_UNREAD_DENIED", edits: rootUnreadDenied},
	{variable: "TLS_WITHOUT", edits: tlsWithout},
	{variable: "TLS_UNREAD", edits: tlsUnread},
	{variable: "TLS_CONTROLLED", edits: tlsByControl},
	{variable: "MISDECLARED", edits: misdeclared},
	{variable: "CONFINED_UNREAD", edits: confinedUnread},
	{variable: "CONFINED_BY_CONTROL", edits: confinedByControl},
	{variable: "DOOR_OPEN", edits: doorOpen},
	{variable: "DOOR_UNREAD", edits: doorUnread},
	{variable: "BLOCK_LEFT", edits: blockLeft},
	{variable: "BLOCK_OFF", day: 1, edits: blockOff},
	{variable: "BLOCK_UNTOLD", edits: blockUntold},
	{variable: "TWO_TENANTS", tenants: 2},
	{variable: "HOSTILE", edits: []edit{
		{"exports.yaml", "path: finance\n", `path: "` + hostileYAML + "\"\n"},
		{"exports.yaml", "bucket: acme-audit-people-eu\n", `bucket: "` + hostileYAML + "\"\n"},
		{"policies/trust/partners.json", "ImmutaAssumes", hostileYAML},
	}},
}

// replacedID is what finance's configuration is called once it was made anew.
const replacedID = "0b6e4d2a-77c1-4f3e-9a58-d4c1e2f3a6b7"

// readable lets the reader read every bucket policy.
var readable = edit{"company.yaml", `{action: "s3:GetBucketPolicy"`, `{action: "s3:GetBucketWebsite"`}

// financeRetention is the end of the finance bucket's settings, as one text that
// occurs once.
const financeRetention = `lifecycle: [{id: after-retention, expireDays: 800, abortMultipartDays: 7}]
    ownership: BucketOwnerEnforced
    logging: {bucket: acme-access-logs-111111111111, prefix: acme-audit-finance-eu/}`

// expiring is financeRetention with a further rule for a prefix.
func expiring(prefix string) string {
	return strings.Replace(financeRetention, "[", "[{id: new, prefix: "+prefix+", expireDays: 1}, ", 1)
}

// hostileYAML is terminal control, a line of its own and a formula, in the
// spelling that YAML and JSON share.
const hostileYAML = `\u001b[2J\nFAKE pass everything \u202egnp.exe<script>alert(1)</script>=cmd|' /C calc'!A1`

// scriptVariables are what every script finds in its environment, besides
// testscript's own.
func scriptVariables(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	variables := testEnvironment()
	for name, id := range map[string]string{
		"FINANCE": financeID, "SECURITY": securityID, "LEGAL": legalID,
		"MARKETING": "c4e91a37-6b2d-4f08-8e5c-d17a2b3f9064", "PARTNERS": "71e0d4b8-2fa6-4c93-b8d7-5a19e6c3f082",
	} {
		variables[name] = id
	}
	plans, err := filepath.Abs("../../fixtures/terraform/plans")
	if err != nil {
		t.Fatal(err)
	}
	variables["TERRAFORM"] = plans
	address := "" // one for all of them, since it is part of what they hold
	for _, s := range scriptSnapshots {
		variables[s.variable] = filepath.Join(dir, strings.ToLower(s.variable)+".jsonl")
		now := sandboxNow.AddDate(0, 0, s.day)
		server := startSandbox(t, sandbox.Options{Data: mended(t, acme.Files(), nil, s.edits), Now: now, Address: address})
		address = strings.TrimPrefix(server.URL(), "http://")
		text := server.Config()
		if s.tenants == 2 {
			text = twoTenants(t, text, server.URL())
		}
		collectSnapshot(t, text, now, variables[s.variable])
		server.Close()
	}
	maps.Copy(variables, whoWorlds(t, dir))
	// A sandbox that is up, for what reads live.
	server := startSandbox(t, sandbox.Options{Data: acme.Files(), Now: time.Now()})
	published := receiver.StartByPath()
	t.Cleanup(published.Close)
	variables["RECEIVER"] = published.URL
	stamps, err := authority.Start(sandboxNow)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stamps.Close)
	variables["AUTHORITY"], variables["AUTHORITY_PEM"] = stamps.URL, filepath.Join(dir, "authority.pem")
	if err := os.WriteFile(variables["AUTHORITY_PEM"], stamps.Certificates, 0o400); err != nil {
		t.Fatal(err)
	}
	for variable, text := range map[string]string{"CONFIG": server.Config(), "EXPORTS": saveExports(t, server)} {
		variables[variable] = filepath.Join(dir, strings.ToLower(variable))
		if err := os.WriteFile(variables[variable], []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	maps.Copy(variables, scriptKeys(t, dir))
	return variables
}

func startSandbox(t *testing.T, o sandbox.Options) *sandbox.Server {
	t.Helper()
	server, err := sandbox.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// collectSnapshot collects with a clock of its own, so that scripts know when.
func collectSnapshot(t *testing.T, text string, now time.Time, path string) {
	t.Helper()
	_, err := pipeline.Collect(t.Context(), pipeline.CollectOptions{
		Config: parsed(t, text), Now: func() time.Time { return now },
		Patience: patient, Warn: func(error) {},
	}, func(h scanner.Header, tenants []scanner.Tenant) (*snapshot.Writer, error) {
		return snapshot.Create(path, h, tenants)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// scriptSetup gives every script those variables and a home of its own.
func scriptSetup(variables map[string]string) func(*testscript.Env) error {
	return func(env *testscript.Env) error {
		for name, value := range variables {
			env.Setenv(name, value)
		}
		home := filepath.Join(env.WorkDir, ".home")
		env.Setenv("HOME", home)
		return os.Mkdir(home, 0o700)
	}
}
