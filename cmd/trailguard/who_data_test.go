package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
)

// whoEvents tell who let another account read finance's objects and who has its
// bucket expire a neighbour's, among what only reads, is refused or is about others.
const whoEvents = `events:
  - {account: "111111111111", region: eu-west-1, on: [acme-audit-finance-eu], call: "s3:PutBucketPolicy", at: -3h, document: policies/bucket/finance.json, in: bucketPolicy,
     by: "arn:aws:sts::111111111111:assumed-role/admins/mallory", issuer: "arn:aws:iam::111111111111:role/admins", from: 198.51.100.7, agent: "aws-cli/2.31.0 AKIAHIDDENAGENT12345"}
  - {account: "111111111111", region: eu-west-1, on: [acme-audit-finance-eu], call: "s3:PutBucketPolicy", at: -2h, error: AccessDenied, by: "arn:aws:iam::111111111111:user/refused", from: 203.0.113.9, agent: curl}
  - {account: "111111111111", region: eu-west-1, on: [acme-audit-finance-eu], call: "s3:GetBucketPolicy", at: -1h, reads: true, by: "arn:aws:iam::111111111111:user/reads", from: 203.0.113.9, agent: curl}
  - {account: "111111111111", region: eu-west-1, on: [acme-audit-finance-eu], call: "s3:PutBucketTagging", at: -1h, by: "arn:aws:iam::111111111111:user/tags", from: 203.0.113.9, agent: curl}
  - {account: "111111111111", region: eu-west-1, on: [acme-audit-finance-eu], call: "s3:PutBucketLifecycle", at: -5h, by: "arn:aws:iam::111111111111:user/` + hostileYAMLKeyless + `", from: cloudformation.amazonaws.com, agent: cloudformation.amazonaws.com}
  - {account: "111111111111", region: eu-west-1, on: [acme-audit-finance-eu], call: "s3:PutBucketLifecycle", at: -40d, by: "arn:aws:iam::111111111111:user/earlier", from: 203.0.113.9, agent: curl}
`

// hostileYAMLKeyless is a name that tries to be a line of its own, colours and markup.
const hostileYAMLKeyless = `eve\u001b[31m\nFAKE pass\u202e<script>alert(1)</script>|x`

// whoWorlds are the configurations of sandboxes that are up, in which finance's
// bucket changed since a baseline of the day before, and that baseline, as the files
// that scripts find.
func whoWorlds(t *testing.T, dir string) (files map[string]string) {
	t.Helper()
	now := time.Now()
	files = map[string]string{"WHO_BASELINE": filepath.Join(dir, "who_baseline.jsonl")}
	before := startSandbox(t, sandbox.Options{Data: mended(t, acme.Files(), nil, []edit{readable}), Now: now.AddDate(0, 0, -1)})
	collectSnapshot(t, before.Config(), now.AddDate(0, 0, -1), files["WHO_BASELINE"])
	changed := []edit{
		readable, financeStranger,
		{"buckets.yaml", financeRetention, expiring("finance-old/")},
		{"events.yaml", "", whoEvents},
	}
	for name, more := range map[string][]edit{
		"WHO": nil,
		"WHO_DENIED": {{"company.yaml", `    denied:
      - `, `    denied:
      - {action: "cloudtrail:LookupEvents"}
      - `}},
	} {
		server := startSandbox(t, sandbox.Options{Data: mended(t, acme.Files(), nil, append(changed[:len(changed):len(changed)], more...)), Now: now, PageSize: 2})
		files[name] = filepath.Join(dir, strings.ToLower(name))
		if err := os.WriteFile(files[name], []byte(server.Config()), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	return files
}
