package history_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/history"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

var start = time.Date(2026, 3, 1, 6, 0, 0, 0, time.UTC)

const (
	rulesDigest = "rules-1"
)

// world is a tenant's exports. Each counter changes one thing about an export:
// its bucket policy, whether a rule fails for it, and so on.
type world struct {
	tenant   string
	day      int // of the run; delivery and times follow it
	size     int
	policy   map[int]int
	failing  map[int]bool
	denied   map[int]bool // the rule could not be assessed
	gone     map[int]bool
	fresh    bool // something new arrived for every export
	lastUsed bool // role documents say when the role was used, as they once did
	requests bool // the ids of requests are told, others each day
	complete bool
	rules    string
}

func newWorld(size int) *world {
	return &world{
		tenant: "acme", size: size, policy: map[int]int{}, failing: map[int]bool{}, denied: map[int]bool{}, gone: map[int]bool{},
		complete: true, rules: rulesDigest,
	}
}

func (w *world) at() time.Time { return start.AddDate(0, 0, w.day) }

func (w *world) id(i int) string {
	random := rand.New(rand.NewPCG(uint64(i), 7))
	return fmt.Sprintf("%08x-%04x-4000-8000-%012x", i, random.Uint32()&0xffff, random.Uint64()>>16)
}

func (w *world) header() scanner.Header {
	return scanner.Header{ToolVersion: "1.2.3", CollectedAt: w.at(), Requests: w.requests, Settings: scanner.Settings{
		Expect:  map[string]scanner.Expect{w.tenant: {DeliveryGrace: 36 * time.Hour, ImmutaAccounts: []string{"111122223333"}}},
		Exports: map[string]scanner.ExportHint{"x": {Owner: "data"}},
	}}
}

func (w *world) tenants() []scanner.Tenant {
	t := scanner.Tenant{Name: w.tenant, URL: "https://" + w.tenant + ".example", ConfigurationIDs: []string{}, Principals: []string{"arn:aws:iam::999:user/immuta"}, Complete: w.complete, Gaps: []scanner.Gap{}}
	for i := range w.size {
		if !w.gone[i] {
			t.ConfigurationIDs = append(t.ConfigurationIDs, w.id(i))
		}
	}
	slices.Sort(t.ConfigurationIDs)
	return []scanner.Tenant{t}
}

func (w *world) record(i int) *scanner.Record {
	id := w.id(i)
	account := fmt.Sprintf("%012d", 100000000000+i%50)
	bucketName := fmt.Sprintf("audit-%s-%d", w.tenant, i)
	bucket := "arn:aws:s3:::" + bucketName
	role := fmt.Sprintf("arn:aws:iam::%s:role/immuta-audit-%d", account, i)
	at := w.at()
	r := &scanner.Record{Configuration: scanner.ExportConfiguration{
		Tenant: w.tenant, ID: id, Enabled: true, Interval: "EVERY_12_HOURS", ConnectionStatus: "SUCCESS", CreatedAt: start.AddDate(-1, 0, 0), CreatedBy: "governance@example.com",
		Endpoint: scanner.Endpoint{TypeName: "S3AssumedRoleEndpointConfiguration", Type: scanner.EndpointS3, Authentication: scanner.AuthenticationAssumedRole, Bucket: bucketName, Path: "exports/audit", Region: "us-east-1", RoleARN: role, RoleARNSource: "immuta"},
	}}
	add := func(kind document.Kind, call, resource, name, text string) {
		e := scanner.NewEvidence(kind, call, resource, name, text, at)
		if w.requests {
			e.RequestID = strings.ToUpper(scanner.Digest(fmt.Sprint(w.day, i, kind))[:16])
		}
		r.Evidence = append(r.Evidence, e)
	}
	// Sorted by kind, as a snapshot holds them.
	add("access_log", "s3:GetBucketLogging", bucket, "", `{"LoggingEnabled":{"TargetBucket":"logs","TargetPrefix":"s3/"}}`)
	add("account_public_access_block", "s3:GetPublicAccessBlock", "arn:aws:s3:::account/"+account, "", `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`)
	add("bucket", "s3:HeadBucket", bucket, "", `{"Exists":true,"Region":"us-east-1"}`)
	add("bucket_owner", "s3:HeadBucket", bucket, "", `{"Account":"`+account+`"}`)
	add("bucket_policy", "s3:GetBucketPolicy", bucket, "", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Sid":"DenyPlain","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["%[1]s","%[1]s/*"],"Condition":{"Bool":{"aws:SecureTransport":"false"}}},{"Sid":"Write%[3]d","Effect":"Allow","Principal":{"AWS":"%[2]s"},"Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":"%[1]s/exports/audit/*"}]}`, bucket, role, w.policy[i]))
	add("bucket_policy_status", "s3:GetBucketPolicyStatus", bucket, "", `{"PolicyStatus":{"IsPublic":false}}`)
	add("configuration", "immuta:auditExportConfigurations", "https://"+w.tenant+".example#"+id, "", fmt.Sprintf(`{"id":"%s","enabled":true,"interval":"EVERY_12_HOURS","connectionStatus":"SUCCESS","endpointConfiguration":{"__typename":"S3AssumedRoleEndpointConfiguration","bucket":"%s","path":"exports/audit","region":"us-east-1","roleArn":"%s"},"createdAt":"2025-03-01T06:00:00Z","createdBy":"governance@example.com"}`, id, bucketName, role))
	delivery := 0
	if w.fresh {
		delivery = w.day
	}
	random := rand.New(rand.NewPCG(uint64(i), uint64(delivery)))
	add("delivery", "s3:ListObjectsV2", bucket+"/exports/audit", "", fmt.Sprintf(`{"Prefix":"exports/audit/","Objects":40,"Complete":true,"Newest":{"Key":"exports/audit/%d/%016x.json.gz","LastModified":"%s","Size":%d},"Since":"%s","Days":[%s]}`, delivery, random.Uint64(), start.AddDate(0, 0, delivery).Format(time.RFC3339), 1000+random.IntN(9000),
		start.AddDate(0, 0, delivery-continuityDays).Truncate(24*time.Hour).Format(time.RFC3339), days(i, delivery)))
	add("encryption", "s3:GetBucketEncryption", bucket, "", `{"ServerSideEncryptionConfiguration":{"Rules":[{"ApplyServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"},"BucketKeyEnabled":false}]}}`)
	add("identity_policies", "iam:ListRolePolicies", role, "", `{"Policies":["inline/write"]}`)
	add("identity_policy", "iam:GetRolePolicy", role, "inline/write", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:PutObject","s3:AbortMultipartUpload"],"Resource":"%s/exports/audit/*"},{"Effect":"Allow","Action":"s3:ListBucket","Resource":"%s"}]}`, bucket, bucket))
	r.Evidence = append(r.Evidence, scanner.NewAbsence("lifecycle", "s3:GetBucketLifecycleConfiguration", bucket, "", at))
	add("object_lock", "s3:GetObjectLockConfiguration", bucket, "", `{"ObjectLockConfiguration":{"ObjectLockEnabled":"Enabled","Rule":{"DefaultRetention":{"Mode":"COMPLIANCE","Days":365}}}}`)
	add("ownership", "s3:GetBucketOwnershipControls", bucket, "", `{"OwnershipControls":{"Rules":[{"ObjectOwnership":"BucketOwnerEnforced"}]}}`)
	add("public_access_block", "s3:GetPublicAccessBlock", bucket, "", `{"PublicAccessBlockConfiguration":{"BlockPublicAcls":true,"IgnorePublicAcls":true,"BlockPublicPolicy":true,"RestrictPublicBuckets":true}}`)
	add("role", "iam:GetRole", role, "", fmt.Sprintf(`{"Role":{"Path":"/","RoleName":"immuta-audit-%d","RoleId":"AROA%016d","Arn":"%s","CreateDate":"2025-03-01T06:00:00Z","MaxSessionDuration":3600%s}}`, i, i, role, w.used()))
	add("trust_policy", "iam:GetRole", role, "", fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"%s"}}}]}`, id))
	add("versioning", "s3:GetBucketVersioning", bucket, "", `{"Status":"Enabled"}`)
	if w.denied[i] {
		r.Gaps = []scanner.Gap{w.gap(i)}
	}
	return r
}

const continuityDays = 35

// days are what arrived on each day up to one: two objects, no two exports at the
// same times.
func days(export, last int) string {
	var list []string
	for day := last - continuityDays; day <= last; day++ {
		random := rand.New(rand.NewPCG(uint64(export), uint64(day+1000)))
		first := start.AddDate(0, 0, day).Truncate(24 * time.Hour).Add(time.Duration(random.IntN(6*3600)) * time.Second)
		second := first.Add(12*time.Hour + time.Duration(random.IntN(600))*time.Second)
		list = append(list, fmt.Sprintf(`{"Day":"%s","Objects":2,"Bytes":%d,"First":"%s","Last":"%s"}`,
			first.Format(time.DateOnly), 1000+random.IntN(90000), first.Format(time.RFC3339), second.Format(time.RFC3339)))
	}
	return strings.Join(list, ",")
}

func (w *world) used() string {
	if !w.lastUsed {
		return ""
	}
	return `,"RoleLastUsed":{"LastUsedDate":"` + w.at().Format(time.RFC3339) + `","Region":"us-east-1"}`
}

func (w *world) gap(i int) scanner.Gap {
	return scanner.Gap{Kind: document.KindKeyPolicy, Call: "kms:GetKeyPolicy", Resource: fmt.Sprintf("arn:aws:kms:us-east-1:1:key/%d", i), Reason: scanner.ReasonDenied, Permission: "kms:GetKeyPolicy", Code: "AccessDeniedException", RequestID: fmt.Sprintf("request-%d-%d", w.day, i), Detail: "grant it"}
}

const ruleCount = 24

func ruleID(n int) string { return fmt.Sprintf("rule_number_%02d", n) }

func rules() []scanner.Rule {
	list := make([]scanner.Rule, ruleCount)
	for n := range list {
		list[n] = scanner.Rule{ID: ruleID(n), Severity: scanner.SeverityHigh}
	}
	return list
}

// judge has 24 rules. The fourth fails, or is unknown, as the world says.
func (w *world) judge(i int) []scanner.Result {
	id := w.id(i)
	results := make([]scanner.Result, ruleCount)
	for n := range results {
		results[n] = scanner.Result{RuleID: ruleID(n), Status: scanner.StatusPass}
	}
	r := &results[3]
	f := scanner.Finding{
		RuleID: r.RuleID, Severity: scanner.SeverityHigh, Tenant: w.tenant, ExportID: id, Resource: fmt.Sprintf("arn:aws:s3:::audit-%s-%d", w.tenant, i),
		Message: fmt.Sprintf("the policy of export %d lets others write", i), Reasons: []scanner.Reason{{Policy: "bucket policy", Index: 0, Effect: "Allow", Note: "allows s3:PutObject"}},
		Evidence: []scanner.Location{{Kind: document.KindBucketPolicy, Resource: "arn:aws:s3:::audit", Digest: scanner.Digest(id), Path: "acme/s3/policy.json", Pointer: "/Statement/0", Line: 4, Column: 5}},
		Needs:    []string{}, Gaps: []scanner.Gap{}, Remediation: "remove the statement from the policy", Controls: []scanner.Control{{Framework: "NIST 800-53r5", IDs: []string{"AU-9"}}},
	}
	f.Fingerprint = scanner.Fingerprint(f.RuleID, f.Tenant, f.ExportID, f.Resource, "")
	switch {
	case w.denied[i]:
		r.Status, f.Status, f.Gaps, f.Message = scanner.StatusUnknown, scanner.StatusUnknown, []scanner.Gap{w.gap(i)}, "could not be assessed"
	case w.failing[i]:
		r.Status, f.Status = scanner.StatusFail, scanner.StatusFail
	default:
		return results
	}
	r.Findings = []scanner.Finding{f}
	return results
}

func (w *world) records() []*scanner.Record {
	var records []*scanner.Record
	for i := range w.size {
		if !w.gone[i] {
			records = append(records, w.record(i))
		}
	}
	return records
}

func (w *world) snapshot(tb testing.TB) (text []byte, digest string) {
	tb.Helper()
	text, digest, err := w.text()
	if err != nil {
		tb.Fatal(err)
	}
	return text, digest
}

func (w *world) text() (text []byte, digest string, err error) {
	var out bytes.Buffer
	s, err := snapshot.NewWriter(&out, w.header(), w.tenants())
	if err != nil {
		return nil, "", err
	}
	for _, r := range w.records() {
		if err := s.Record(*r); err != nil {
			return nil, "", err
		}
	}
	digest, err = s.Close(false)
	return out.Bytes(), digest, err
}

func (w *world) info() history.RunInfo {
	return history.RunInfo{Header: w.header(), Tenants: w.tenants(), AsOf: w.at(), RulesDigest: w.rules}
}

func (w *world) findings() []scanner.Finding {
	findings := []scanner.Finding{}
	for i := range w.size {
		if w.gone[i] {
			continue
		}
		for _, r := range w.judge(i) {
			findings = append(findings, r.Findings...)
		}
	}
	return findings
}

// judged is the report of what the rules find.
func (w *world) judged(exports ...string) *scanner.Report {
	tenant := w.tenants()[0]
	r := &scanner.Report{
		Tool: scanner.Tool{RulesDigest: w.rules}, Rules: rules(), Selected: len(exports) > 0,
		Summary: scanner.Summary{ByStatus: map[scanner.Status]int{}, BySeverity: map[scanner.Severity]int{}},
		Tenants: []scanner.TenantResult{{
			Name: tenant.Name, Complete: tenant.Complete, ConfigurationIDs: tenant.ConfigurationIDs,
			Results: map[string]scanner.Status{"tenant_rule": scanner.StatusPass},
		}},
	}
	for i := range w.size {
		id := w.id(i)
		if w.gone[i] || (len(exports) > 0 && !slices.Contains(exports, id)) {
			continue
		}
		e := scanner.ExportResult{Tenant: w.tenant, ID: id, Results: make(map[string]scanner.Status, ruleCount)}
		for _, result := range w.judge(i) {
			e.Results[result.RuleID] = result.Status
			r.Findings = append(r.Findings, result.Findings...)
		}
		r.Exports = append(r.Exports, e)
	}
	return r
}

func (w *world) report(tb testing.TB) *scanner.Report {
	tb.Helper()
	r := w.judged()
	_, r.Scan.SnapshotDigest = w.snapshot(tb)
	r.Scan.Complete = true
	r.Summary.Tenants, r.Summary.Exports, r.Summary.Rules = 1, w.size, ruleCount
	for _, f := range r.Findings {
		r.Summary.ByStatus[f.Status]++
		if f.Status == scanner.StatusFail {
			r.Scan.ExitStatus = scanner.ExitFail
			r.Summary.BySeverity[f.Severity]++
		}
	}
	r.Drift = []scanner.Change{{Tenant: w.tenant, ExportID: w.id(0), Kind: document.KindBucketPolicy, Effect: scanner.EffectWidened, Message: fmt.Sprintf("on day %d", w.day), Diff: []string{"+a"}}}
	return r
}

const shardSize = 7

// recordRun records the world as of its day, in shards of a few exports.
func recordRun(tb testing.TB, s *history.Store, w *world) int64 {
	tb.Helper()
	run, err := begin(tb.Context(), s, w, w.records())
	if err != nil {
		tb.Fatal(err)
	}
	recorded, err := run.Finish(tb.Context(), w.report(tb))
	if err != nil {
		tb.Fatal(err)
	}
	if recorded.Run != run.ID || len(recorded.Head) != 64 {
		tb.Fatalf("run %d was recorded as %+v", run.ID, recorded)
	}
	return run.ID
}

func begin(ctx context.Context, s *history.Store, w *world, records []*scanner.Record) (*history.Run, error) {
	run, err := s.BeginRun(ctx, w.info())
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(records, shardSize) {
		if err := run.Shard(ctx, part); err != nil {
			return nil, errors.Join(err, run.Abandon(ctx))
		}
	}
	return run, nil
}

func open(tb testing.TB, place string) *history.Store {
	tb.Helper()
	s, err := history.Open(tb.Context(), place, history.Options{Wait: 5 * time.Second})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func newStore(tb testing.TB) *history.Store {
	tb.Helper()
	return open(tb, filepath.Join(tb.TempDir(), "history.db"))
}

func export(tb testing.TB, s *history.Store, run int64) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := s.Export(tb.Context(), run, &out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func verify(tb testing.TB, s *history.Store) *history.Verification {
	tb.Helper()
	v, err := s.Verify(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	for _, p := range v.Problems {
		tb.Errorf("verify: %+v", p)
	}
	return v
}

func drain(tb testing.TB, records scanner.Records) []*scanner.Record {
	tb.Helper()
	var all []*scanner.Record
	for {
		r, err := records.Next()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, r)
	}
}
