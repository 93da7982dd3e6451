package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/drift"
	"github.com/trailguard/trailguard/scanner/iam"
)

// remedy is what somebody does who follows the remediation of findings, and no
// more than that.
type remedy struct {
	team string
	// says is what is followed of the remediation of each rule's finding.
	says  map[string]string
	files map[string]string // new files of the company
	edits []edit
}

const immutaAccount = "222222222222"

// demoRemedies mend every finding of the demo, each by itself, but for those that
// besidesPoliciesRemedies mend.
func demoRemedies() []remedy {
	return []remedy{
		{
			team: "claims",
			says: map[string]string{
				"external_id_equals_configuration_id": "Put this configuration's id under sts:ExternalId",
				"external_id_required":                `Make {"StringEquals": {"sts:ExternalId": "3f5a8c2e-97d4-4b16-a0c3-e8d1f7b26495"}} the statement's one condition on sts:ExternalId`,
				"connection_status_success":           "Fix what the status text names, then test the connection again",
			},
			edits: []edit{
				{"policies/trust/claims.json", "d20b6e91-5c48-4a7f-9316-b7e4c0f8a253", "3f5a8c2e-97d4-4b16-a0c3-e8d1f7b26495"},
				{"exports.yaml", `connectionStatus: "Error testing access to S3 using AssumedRole arn:aws:iam::111111111111:role/acme-immuta-audit-claims - User: arn:aws:iam::222222222222:user/immuta-audit-exporter is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::111111111111:role/acme-immuta-audit-claims"`, "connectionStatus: SUCCESS"},
			},
		},
		{
			team:  "partners",
			says:  map[string]string{"external_id_required": `Make {"StringEquals": {"sts:ExternalId": "71e0d4b8-2fa6-4c93-b8d7-5a19e6c3f082"}} the statement's one condition on sts:ExternalId`},
			edits: []edit{{"policies/trust/partners.json", notAction, withID}},
		},
		{
			team: "sales",
			says: map[string]string{
				"external_id_equals_configuration_id": "Put 222222222222 in the place of 111111111111",
				"principal_expected":                  `Put 222222222222 in the place of 111111111111, with the condition {"StringEquals": {"sts:ExternalId": "6c1f8ea4-3d27-4b95-a0f6-92d4e7b5c318"}}.`,
			},
			edits: []edit{{"policies/trust/sales.json", "111111111111", immutaAccount}},
		},
		{
			team: "people",
			says: map[string]string{"put_object_granted": "Allow s3:PutObject on arn:aws:s3:::acme-audit-people-eu/hr/* in an identity policy of arn:aws:iam::111111111111:role/acme-immuta-audit-people."},
			edits: []edit{{
				"policies/identity/people.json", `"arn:aws:s3:::acme-audit-people-eu"`,
				`"arn:aws:s3:::acme-audit-people-eu", "arn:aws:s3:::acme-audit-people-eu/hr/*"`,
			}},
		},
		{
			team: "logistics",
			says: map[string]string{
				"put_object_granted": "Allow s3:PutObject on arn:aws:s3:::acme-log-archive-logistics/immuta/logistics/* to arn:aws:iam::111111111111:role/acme-immuta-audit-logistics in the bucket's policy.",
				"no_silent_denial":   "Have the owner of bucket \"acme-log-archive-logistics\" pay for requests: put-bucket-request-payment, Payer=BucketOwner.",
			},
			edits: []edit{
				{
					"policies/bucket/logistics.json", `"arn:aws:s3:::acme-log-archive-logistics/immuta/logistic/*"`,
					`["arn:aws:s3:::acme-log-archive-logistics/immuta/logistic/*", "arn:aws:s3:::acme-log-archive-logistics/immuta/logistics/*"]`,
				},
				{"buckets.yaml", "    requesterPays: true\n", ""},
			},
		},
		{
			team: "treasury",
			says: map[string]string{"writers_confined": "with the writer of every export to that path and the principals of expect.breakGlass", "put_object_granted": "Let the Deny spare s3:PutObject on arn:aws:s3:::acme-audit-treasury-eu/treasury/* by arn:aws:iam::111111111111:role/acme-immuta-audit-treasury; leave it as it is for everything else and all others, in two statements where one cannot say both."},
			edits: []edit{
				{"policies/bucket/treasury.json", "        \"s3:PutObject\",\n", ""},
				{"policies/bucket/treasury.json", "            \"arn:aws:iam::111111111111:role/acme-treasury-ingest\",\n", ""},
				{"policies/bucket/treasury.json", treasuryDeny, treasuryDeny + ",\n" +
					denyPut(`"NotResource": "arn:aws:s3:::acme-audit-treasury-eu/treasury/*"`) + ",\n" +
					denyPut(`"Resource": "arn:aws:s3:::acme-audit-treasury-eu/treasury/*"`, "acme-immuta-audit-treasury")},
			},
		},
		{
			team: "risk",
			says: map[string]string{"key_usable": "Allow kms:GenerateDataKey and kms:Decrypt to arn:aws:iam::111111111111:role/acme-immuta-audit-risk in the key's policy."},
			edits: []edit{{
				"policies/key/risk.json", `"arn:aws:iam::111111111111:role/acme-risk-reporting"`,
				`["arn:aws:iam::111111111111:role/acme-risk-reporting", "arn:aws:iam::111111111111:role/acme-immuta-audit-risk"]`,
			}},
		},
		{
			team: "research",
			says: map[string]string{
				"region_matches":   "Set the configuration's region to the bucket's",
				"principals_exist": "in the place of AROAEXAMPLEOLDRESEARCH, where the statement is still needed; else take the id out.",
			},
			edits: []edit{
				{"exports.yaml", researchExport + "eu-west-1", researchExport + "eu-central-1"},
				{"policies/trust/research.json", goneRole, ""},
			},
		},
		{
			team: "retail",
			says: map[string]string{"configuration_enabled": "Enable the export configuration in Immuta", "role_dedicated": "Move the actions that are shown to a role of their own"},
			edits: []edit{
				{"exports.yaml", "enabled: false", "enabled: true"},
				{"policies/identity/retail.json", retailCatalogue, ""},
				{"buckets.yaml", "{prefix: retail/, newest: -12d,", "{prefix: retail/, newest: -1h,"}, // as Immuta then does
			},
		},
		{
			team: "support",
			says: map[string]string{
				"delivery_fresh":      "Where there are none, test the connection in Immuta and ask its support why nothing is uploaded.",
				"delivery_continuous": "otherwise ask Immuta's support to deliver the events while Immuta keeps",
				"access_logged":       "or add the bucket to a trail that logs data events of S3 objects, reads and writes.",
			},
			edits: []edit{
				{"buckets.yaml", "{prefix: support/, newest: -9d,", "{prefix: support/, newest: -1h,"}, // once it has answered
				{"company.yaml", "readWrite: WriteOnly, ", ""},
			},
		},
		{
			team: "legal",
			says: map[string]string{
				"put_object_granted": grantReader, "no_silent_denial": grantReader, "principals_exist": grantReader, "no_foreign_writers": grantReader, "no_foreign_readers": grantReader, "writer_least_privilege": grantReader, "writers_confined": grantReader, "tls_required": grantReader,
			},
			edits: []edit{{"company.yaml", "    denied:\n      - {action: \"s3:GetBucketPolicy\", resource: \"arn:aws:s3:::acme-audit-legal-eu\"}\n", ""}},
		},
		{
			team:  "marketing",
			says:  map[string]string{"uses_role": createRole},
			files: newRole("marketing", "c4e91a37-6b2d-4f08-8e5c-d17a2b3f9064"),
			edits: []edit{
				addRole("marketing"),
				{"exports.yaml", "type: S3AccessKeyEndpointConfiguration", "type: S3AssumedRoleEndpointConfiguration\n      roleArn: " + roleOf("marketing")},
				{"exports.yaml", "    hint: {userArn: \"arn:aws:iam::111111111111:user/immuta/acme-immuta-marketing\"}\n", ""},
				{"policies/bucket/marketing.json", "            \"arn:aws:iam::111111111111:user/immuta/acme-immuta-marketing\",\n", "            \"" + roleOf("marketing") + "\",\n"},
				{"identities.yaml", "    accessKeys:\n      - {id: AKIAMARKETINGEXAMPLE, created: -40d, lastUsed: -3h, region: eu-west-1}\n", ""},
			},
		},
		{
			team:  "lab",
			says:  map[string]string{"endpoint_recognised": "Export to a plain S3 bucket", "uses_role": createRole},
			files: newRole("lab", "16d9a2e7-f4b0-4385-8c1d-9e7b3f5c06a8"),
			edits: []edit{
				addRole("lab"),
				{"exports.yaml", labEndpoint, "type: S3AssumedRoleEndpointConfiguration\n      bucket: acme-audit-lab-eu\n      path: lab\n      region: eu-west-1\n      roleArn: " + roleOf("lab") + "\n"},
				{"buckets.yaml", "buckets:\n", "buckets:\n  " + strings.NewReplacer("finance", "lab").Replace(
					financeBucket+"eu-west-1\n    policy: policies/bucket/finance.json\n"+
						"    publicAccessBlock: {blockPublicAcls: true, ignorePublicAcls: true, blockPublicPolicy: true, restrictPublicBuckets: true}\n"+
						"    encryption: {algorithm: AES256}\n"+financeProtection+"\n    deliveries: [{prefix: finance/, newest: -1h, every: 12h, count: 76, bytes: 48213, checksum: CRC32}]\n\n")},
			},
		},
	}
}

const (
	grantReader = "Grant s3:GetBucketPolicy on arn:aws:s3:::acme-audit-legal-eu to the principal that trailguard reads with."
	createRole  = "Create a role that trusts Immuta with this configuration id as ExternalId, and that may upload to the path and use the key of the bucket; switch the configuration to it"
)

// retailCatalogue is what the role of retail does besides.
const retailCatalogue = `,
    {
      "Sid": "Catalogue",
      "Effect": "Allow",
      "Action": "glue:GetTables",
      "Resource": "*"
    }`

// treasuryDeny is the end of a Deny that refuses the writer.
const treasuryDeny = `"arn:aws:iam::111111111111:role/ops-admin"
          ]
        }
      }
    }`

// denyPut is the part of that Deny about uploads, sparing more roles.
func denyPut(where string, more ...string) string {
	spared := `"arn:aws:iam::111111111111:role/ops-admin"`
	for _, role := range more {
		spared += fmt.Sprintf(`, "arn:aws:iam::111111111111:role/%s"`, role)
	}
	return fmt.Sprintf(`{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", %s, "Condition": {"ArnNotLike": {"aws:PrincipalArn": [%s]}}}`, where, spared)
}

func roleOf(team string) string { return "arn:aws:iam::111111111111:role/acme-immuta-audit-" + team }

// newRole are the policies of a role for an export, and of a bucket where the
// team has none.
func newRole(team, id string) map[string]string {
	read := func(name string) string {
		text, err := fs.ReadFile(acme.Files(), name)
		if err != nil {
			panic(err)
		}
		return string(text)
	}
	files := map[string]string{
		"policies/trust/" + team + ".json": strings.ReplaceAll(read("policies/trust/support.json"), "68f2e1c5-b90d-47a3-94be-d06c8a3f7e21", id),
		"policies/identity/" + team + ".json": fmt.Sprintf(
			`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-audit-%[1]s-eu/%[1]s/*"}]}`, team),
	}
	bucket := "policies/bucket/" + team + ".json"
	if _, err := fs.Stat(acme.Files(), bucket); err != nil {
		files[bucket] = strings.ReplaceAll(read("policies/bucket/support.json"), "support", team)
	}
	return files
}

// addRole lists it in the company's IAM.
func addRole(team string) edit {
	return edit{"identities.yaml", "roles:\n", fmt.Sprintf(
		"roles:\n  - arn: %s\n    trust: policies/trust/%[2]s.json\n    inline: {write-audit: policies/identity/%[2]s.json}\n    created: -1d\n    lastUsed: -1h\n\n", roleOf(team), team)}
}

// company is the demo's data with new files and edits.
func company(t testing.TB, files map[string]string, edits []edit) fs.FS {
	t.Helper()
	return mended(t, acme.Files(), files, edits)
}

// mended are data with new files and edits. An edit of no text is a whole file.
func mended(t testing.TB, from fs.FS, files map[string]string, edits []edit) fs.FS {
	t.Helper()
	data := overlay(t, from, func(_, text string) string { return text }).(fstest.MapFS)
	for name, text := range files {
		data[name] = &fstest.MapFile{Data: []byte(text)}
	}
	for _, e := range edits {
		if e.old == "" {
			data[e.file] = &fstest.MapFile{Data: []byte(e.with)}
			continue
		}
		text := string(data[e.file].Data)
		if strings.Count(text, e.old) != 1 {
			t.Fatalf("%q occurs %d times in %s", e.old, strings.Count(text, e.old), e.file)
		}
		data[e.file] = &fstest.MapFile{Data: []byte(strings.Replace(text, e.old, e.with, 1))}
	}
	return data
}

// seen is a company that was scanned.
type seen struct {
	path    string
	report  *scanner.Report
	results map[string]scanner.Status
	records []*scanner.Record
}

func see(t *testing.T, data fs.FS) *seen {
	t.Helper()
	return look(t, startSandbox(t, sandbox.Options{Data: data, Now: sandboxNow}).Config())
}

// look scans what a configuration leads to.
func look(t *testing.T, config string) *seen {
	t.Helper()
	s := &seen{path: filepath.Join(t.TempDir(), "snapshot.jsonl")}
	collectSnapshot(t, config, sandboxNow, s.path)
	engine, err := shippedRules()
	if err != nil {
		t.Fatal(err)
	}
	source := s.open(t)
	s.report, err = pipeline.NewJudge(source, pipeline.JudgeOptions{Engine: engine, Settings: source.Header().Settings, AsOf: sandboxNow}).Report(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.results = teamStatuses(s.report)
	for source = s.open(t); ; {
		record, err := source.Next()
		if errors.Is(err, io.EOF) {
			return s
		}
		if err != nil {
			t.Fatal(err)
		}
		s.records = append(s.records, record)
	}
}

func (s *seen) open(t *testing.T) *pipeline.Snapshot {
	t.Helper()
	source, err := pipeline.OpenSnapshot(s.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { source.Close() })
	return source
}

// policy is a policy as it was seen, with a statement more where there is one.
// It is nil where there is none.
func (s *seen) policy(t *testing.T, kind document.Kind, resource, name, statement string) *iam.Policy {
	t.Helper()
	text := ""
	for _, record := range s.records {
		if e, ok := record.Find(kind, resource, name); ok && !e.Absent {
			text = e.Text
		}
	}
	if text == "" && statement == "" {
		return nil
	}
	if text == "" {
		text = `{"Version": "2012-10-17", "Statement": []}`
	}
	if statement != "" {
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(text)); err != nil {
			t.Fatal(err)
		}
		before, after, ok := strings.Cut(compact.String(), `"Statement":[`)
		if !ok {
			t.Fatalf("%s of %s has no list of statements: %s", kind, resource, text)
		}
		if !strings.HasPrefix(after, "]") {
			statement += ","
		}
		text = before + `"Statement":[` + statement + after
	}
	grammar, _ := kind.Policy()
	p, err := iam.Parse([]byte(text), iam.ParseOptions{Name: kind.Noun(), Type: grammar})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return p
}

// The demo's remediations, followed to the letter, mend what they are about,
// and make nothing worse.
func TestDemoRemediesMend(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	before := see(t, acme.Files())
	remedies := append(demoRemedies(), besidesPoliciesRemedies()...)
	teams := exportsByTeam(before.report)
	for i := range before.report.Findings {
		f := &before.report.Findings[i]
		if !slices.ContainsFunc(remedies, func(r remedy) bool {
			says, ok := r.says[f.RuleID]
			return ok && teams[r.team] == f.ExportID && strings.Contains(f.Remediation, says)
		}) {
			t.Errorf("nobody follows the remediation of %s of %s: %s", f.RuleID, f.Resource, f.Remediation)
		}
	}
	for _, r := range remedies {
		t.Run(r.team, func(t *testing.T) {
			after := see(t, company(t, r.files, r.edits))
			for rule := range r.says {
				if was := before.results[r.team+" "+rule]; was != scanner.StatusFail && was != scanner.StatusUnknown {
					t.Errorf("%s needs no remedy: %s", rule, was)
				}
				if is := after.results[r.team+" "+rule]; is != scanner.StatusPass {
					t.Errorf("%s is %s", rule, is)
				}
			}
			for _, harm := range harms(t, &r, before, after) {
				t.Error(harm)
			}
		})
	}
}

// harms says what is worse than before: results, protection, and who may do more.
func harms(t *testing.T, r *remedy, before, after *seen) []string {
	t.Helper()
	var found []string
	for result, is := range after.results {
		if was := before.results[result]; worse(was, is) {
			found = append(found, fmt.Sprintf("%s was %s and is %s", result, was, is))
		}
	}
	changes, err := drift.Between(before.open(t), after.open(t), drift.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range changes {
		if e := changes[i].Effect; e == scanner.EffectWeaker || e == scanner.EffectRemoved {
			found = append(found, changes[i].Message)
		}
	}
	return append(append(found, othersGain(t, r, before, after)...), writerGains(t, r, before, after)...)
}

// worse: not assessed is worse than good, and failed is worse than that.
func worse(was, is scanner.Status) bool {
	rank := map[scanner.Status]int{scanner.StatusUnknown: 1, scanner.StatusFail: 2, scanner.StatusError: 3}
	return rank[is] > rank[was]
}

// othersGain compares every policy of a bucket, key or role without what the
// export needs: the writer is shut out of either version of the first two, and
// Immuta with the export's id of the third. Whatever is allowed now and was
// not is somebody else's.
func othersGain(t *testing.T, r *remedy, before, after *seen) []string {
	t.Helper()
	id := exportsByTeam(after.report)[r.team]
	var found []string
	done := map[string]bool{}
	for _, record := range after.records {
		for i := range record.Evidence {
			e := &record.Evidence[i]
			var shut string
			switch e.Kind {
			case document.KindBucketPolicy:
				shut = fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["%[1]s","%[1]s/*"],"Condition":{"ArnEquals":{"aws:PrincipalArn":%[2]q}}}`, e.Resource, writerOf(after, id))
			case document.KindKeyPolicy:
				shut = fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*","Condition":{"ArnEquals":{"aws:PrincipalArn":%q}}}`, writerOf(after, id))
			case document.KindTrustPolicy:
				shut = fmt.Sprintf(`{"Effect":"Deny","Principal":"*","Action":"sts:*","Condition":{"StringEquals":{"aws:PrincipalAccount":%q,"sts:ExternalId":%q}}}`, immutaAccount, id)
			default:
				continue
			}
			if done[string(e.Kind)+e.Resource] || hidden(before, e) || isNewKey(t, before, e) {
				continue
			}
			done[string(e.Kind)+e.Resource] = true
			grammar, _ := e.Kind.Policy()
			c := iam.ComparePolicies(before.policy(t, e.Kind, e.Resource, e.Name, shut), after.policy(t, e.Kind, e.Resource, e.Name, shut),
				iam.CompareOptions{Type: grammar, Account: cmp.Or(iam.AccountOf(e.Resource), owner(t, record)), Resource: e.Resource})
			if c.Widened != nil || c.Capped {
				found = append(found, fmt.Sprintf("%s of %s lets others do more: %+v", e.Kind, e.Resource, c.Widened))
			}
		}
	}
	return found
}

// isNewKey: nothing was encrypted with it.
func isNewKey(t *testing.T, s *seen, e *scanner.Evidence) bool {
	t.Helper()
	return e.Kind == document.KindKeyPolicy && s.policy(t, e.Kind, e.Resource, e.Name, "") == nil
}

// hidden: nobody could read it before, so that it is the reader who gained.
func hidden(s *seen, e *scanner.Evidence) bool {
	return slices.ContainsFunc(s.records, func(r *scanner.Record) bool {
		_, gap := r.FindGap(e.Kind, e.Resource, e.Name)
		return gap
	})
}

// owner is the account of a record's bucket.
func owner(t *testing.T, record *scanner.Record) string {
	t.Helper()
	var doc document.BucketOwner
	if e, ok := record.Find(document.KindBucketOwner, "", ""); ok {
		if err := json.Unmarshal([]byte(e.Text), &doc); err != nil {
			t.Fatal(err)
		}
	}
	return doc.Account
}

func writerOf(s *seen, id string) string {
	for _, record := range s.records {
		if record.Configuration.ID == id {
			return record.Configuration.Endpoint.RoleARN + record.Configuration.Endpoint.UserARN
		}
	}
	return ""
}

// writerGains asks what the export's writer may do with all its policies, but
// for the upload under its path and the use of its key.
func writerGains(t *testing.T, r *remedy, before, after *seen) []string {
	t.Helper()
	id := exportsByTeam(after.report)[r.team]
	i := slices.IndexFunc(after.records, func(x *scanner.Record) bool { return x.Configuration.ID == id })
	record := after.records[i]
	writer, bucket := writerOf(after, id), "arn:aws:s3:::"+record.Configuration.Endpoint.Bucket
	context := iam.NewContext(map[string][]string{"aws:SecureTransport": {"true"}, "aws:PrincipalArn": {writer}})
	var found []string
	for j := range record.Evidence {
		e := &record.Evidence[j]
		var questions []iam.Request
		ask := func(resource string, actions ...string) {
			for _, action := range actions {
				questions = append(questions, iam.Request{Principal: writer, Action: action, Resource: resource, ResourceAccount: cmp.Or(iam.AccountOf(resource), owner(t, record)), Context: context})
			}
		}
		switch e.Kind {
		case document.KindBucketPolicy:
			ask(bucket+"/"+record.Configuration.Prefix()+"x", "s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:PutObjectAcl", "s3:BypassGovernanceRetention")
			ask(bucket, "s3:ListBucket", "s3:PutBucketPolicy", "s3:DeleteBucket", "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning")
			ask(bucket+"/somewhere-else/x", "s3:PutObject")
		case document.KindKeyPolicy:
			ask(e.Resource, "kms:Encrypt", "kms:PutKeyPolicy", "kms:CreateGrant", "kms:DisableKey", "kms:ScheduleKeyDeletion")
		default:
			continue
		}
		if hidden(before, e) {
			continue
		}
		c := iam.Compare(before.policies(t, record, e), after.policies(t, record, e), questions)
		if c.Widened != nil || c.Capped {
			found = append(found, fmt.Sprintf("the writer may do more on %s than it needs: %+v", e.Resource, c.Widened))
		}
	}
	return found
}

// policies are those that decide what a writer may do with a bucket or key.
func (s *seen) policies(t *testing.T, writer *scanner.Record, resource *scanner.Evidence) *iam.Policies {
	t.Helper()
	p := &iam.Policies{Resource: s.policy(t, resource.Kind, resource.Resource, resource.Name, "")}
	for i := range writer.Evidence {
		e := &writer.Evidence[i]
		if e.Kind != document.KindIdentityPolicy && e.Kind != document.KindBoundary {
			continue
		}
		policy := s.policy(t, e.Kind, e.Resource, e.Name, "")
		switch {
		case policy == nil:
		case e.Kind == document.KindIdentityPolicy:
			p.Identity = append(p.Identity, policy)
		default:
			p.Boundary, p.HasBoundary = append(p.Boundary, policy), true
		}
	}
	return p
}

// What would go too far is found: the test above sees more than it needs to.
func TestDemoRemediesThatHarmAreSeen(t *testing.T) {
	t.Parallel()
	short.Skip(t)
	before := see(t, acme.Files())
	for _, tt := range []struct {
		team, name string
		edits      []edit
	}{
		{"treasury", "the Deny goes away", []edit{{"policies/bucket/treasury.json", "\"Sid\": \"NobodyElseWrites\",\n      \"Effect\": \"Deny\"", "\"Sid\": \"NobodyElseWrites\",\n      \"Effect\": \"Allow\""}}},
		{"treasury", "the Deny spares the writer in the whole bucket", []edit{{"policies/bucket/treasury.json", `"arn:aws:iam::111111111111:role/acme-treasury-ingest"`, `"arn:aws:iam::111111111111:role/acme-treasury-ingest", "` + roleOf("treasury") + `"`}}},
		{"treasury", "the Deny spares the whole account", []edit{{"policies/bucket/treasury.json", "role/acme-treasury-ingest", "*"}}},
		{"logistics", "anybody is let in", []edit{{"policies/bucket/logistics.json", "\"AWS\": \"arn:aws:iam::111111111111:role/acme-immuta-audit-logistics\"", `"AWS": "*"`}}},
		{"logistics", "the whole bucket", []edit{{"policies/bucket/logistics.json", "immuta/logistic/*", "*"}}},
		{"people", "every action", []edit{{"policies/identity/people.json", "\"s3:PutObject\"", `"s3:*"`}, {"policies/identity/people.json", `acme-audit-people-eu"`, `acme-audit-people-eu*"`}}},
		{"risk", "the key for the whole account", []edit{{"policies/key/risk.json", "role/acme-risk-reporting", "root"}}},
		{"risk", "every use of the key", []edit{{"policies/key/risk.json", "role/acme-risk-reporting", "role/acme-immuta-audit-risk"}, {"policies/key/risk.json", `"kms:GenerateDataKey"`, `"kms:*"`}}},
		{"claims", "no id is asked for", []edit{{"policies/trust/claims.json", "sts:ExternalId\": \"d20b6e91-5c48-4a7f-9316-b7e4c0f8a253", "aws:PrincipalAccount\": \"222222222222"}}},
		{"sales", "another account in its place", []edit{{"policies/trust/sales.json", "111111111111", "444444444444"}}},
		{"finance", "the protection of the bucket goes away", []edit{{"buckets.yaml", financeProtection, strings.Replace(financeProtection, "versioning: Enabled", "versioning: Suspended", 1)}}},
		{"retail", "enabled, and nothing arrives", []edit{{"exports.yaml", "enabled: false", "enabled: true"}}},
	} {
		t.Run(tt.team+": "+tt.name, func(t *testing.T) {
			after := see(t, company(t, nil, tt.edits))
			found := harms(t, &remedy{team: tt.team}, before, after)
			if len(found) == 0 {
				t.Error("nothing is worse")
			}
			t.Log(strings.Join(found, "\n"))
		})
	}
}
