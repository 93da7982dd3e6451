package securityhub_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trailguard/trailguard/reporters/publish"
	"github.com/trailguard/trailguard/reporters/publish/securityhub"
	"github.com/trailguard/trailguard/scanner"
)

const (
	own   = "111111111111"
	other = "222222222222"
)

// fake answers as STS and Security Hub do. The last answer is for all further
// imports.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	answers []string // "STATUS BODY"; empty: everything is imported
	imports []imported
	asked   []string // calls of STS
	refuse  string   // a role that may not be assumed
}

// imported is a call of BatchImportFindings.
type imported struct {
	key, region string
	findings    []map[string]any
}

func start(t *testing.T, answers ...string) *fake {
	t.Helper()
	f := &fake{answers: answers}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "AKIAOWN", "AWS_SECRET_ACCESS_KEY": "kept-secret", "AWS_CONFIG_FILE": os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true", "AWS_REGION": "", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
	return f
}

// ServeHTTP implements http.Handler.
func (f *fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	scope := strings.Split(r.Header.Get("Authorization"), "/")
	if r.URL.Path != "/findings/import" {
		f.sts(w, string(body))
		return
	}
	var in struct{ Findings []map[string]any }
	_ = json.Unmarshal(body, &in)
	_, key, _ := strings.Cut(scope[0], "Credential=")
	f.imports = append(f.imports, imported{key, scope[2], in.Findings})
	w.Header().Set("Content-Type", "application/json")
	if len(f.answers) == 0 {
		fmt.Fprintf(w, `{"FailedCount": 0, "SuccessCount": %d}`, len(in.Findings))
		return
	}
	status, text, _ := strings.Cut(f.answers[min(len(f.imports), len(f.answers))-1], " ")
	code := 0
	_, _ = fmt.Sscan(status, &code)
	w.WriteHeader(code)
	_, _ = io.WriteString(w, text)
}

func (f *fake) sts(w http.ResponseWriter, form string) {
	action, _, _ := strings.Cut(strings.TrimPrefix(form, "Action="), "&")
	f.asked = append(f.asked, form)
	switch {
	case action == "GetCallerIdentity":
		fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`, own)
	case f.refuse != "" && strings.Contains(form, f.refuse):
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>`)
	default:
		_, _ = io.WriteString(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED</AccessKeyId><SecretAccessKey>x</SecretAccessKey>
			<SessionToken>x</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	}
}

func (f *fake) open(t *testing.T, change func(*securityhub.Options)) *securityhub.Channel {
	t.Helper()
	o := securityhub.Options{
		Name: "hub", Endpoint: f.URL,
		Transport: publish.Transport{Now: time.Now, Timeout: time.Second, RetryMax: 2, RetryWait: time.Millisecond},
	}
	if change != nil {
		change(&o)
	}
	c, err := securityhub.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// withDefault lets a role of the same name import in every other account.
func withDefault(o *securityhub.Options) {
	o.Default = securityhub.Role{Role: "team/publisher", ExternalID: "3Xq9"}
}

func export(id, account string) scanner.ExportResult {
	return scanner.ExportResult{
		Tenant: "acme", ID: id, BucketAccount: account, BucketRegion: "eu-west-1",
		Results: map[string]scanner.Status{"tls_required": scanner.StatusPass},
	}
}

func finding(export string, state scanner.State) scanner.Finding {
	return scanner.Finding{
		RuleID: "tls_required", Severity: scanner.SeverityHigh, Status: scanner.StatusFail, State: state, Message: "plain HTTP is allowed",
		Tenant: "acme", ExportID: export, Resource: "arn:aws:s3:::b", Fingerprint: scanner.Fingerprint("tls_required", "acme", export, "b", ""),
	}
}

func notice(exports []scanner.ExportResult, findings ...scanner.Finding) *publish.Notice {
	return publish.Select(&scanner.Report{
		Scan:    scanner.ScanInfo{Complete: true, EvaluatedAt: time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC)},
		Exports: exports, Findings: findings,
	}, publish.Criteria{})
}

// Each account imports its own findings, with its own role, in its own region.
func TestAccountsImportTheirOwn(t *testing.T) {
	f := start(t)
	n := notice([]scanner.ExportResult{export("a", own), export("b", other)},
		finding("a", scanner.StateNew), finding("b", scanner.StateResolved), finding("c", scanner.StateNew))
	o := publish.Send(t.Context(), f.open(t, withDefault), n)
	if !o.Delivered() || o.Accepted != 3 {
		t.Fatalf("outcome %+v", o)
	}
	var got []string
	for _, i := range f.imports {
		for _, found := range i.findings {
			compliance, _ := found["Compliance"].(map[string]any)
			got = append(got, fmt.Sprint(i.key, " ", i.region, " ", found["AwsAccountId"], " ", compliance["Status"], " ", found["ProductArn"]))
		}
	}
	slices.Sort(got)
	want := []string{
		"AKIAOWN eu-west-1 111111111111 FAILED arn:aws:securityhub:eu-west-1:111111111111:product/111111111111/default",
		"AKIAOWN eu-west-1 111111111111 FAILED arn:aws:securityhub:eu-west-1:111111111111:product/111111111111/default",
		"ASIAASSUMED eu-west-1 222222222222 PASSED arn:aws:securityhub:eu-west-1:222222222222:product/222222222222/default",
	}
	if !slices.Equal(got, want) {
		t.Errorf("imports:\n%s", strings.Join(got, "\n"))
	}
	asked := strings.Join(f.asked, "\n")
	if !strings.Contains(asked, "RoleArn=arn%3Aaws%3Aiam%3A%3A222222222222%3Arole%2Fteam%2Fpublisher") || !strings.Contains(asked, "ExternalId=3Xq9") || len(f.asked) != 2 {
		t.Errorf("asked of STS:\n%s", asked)
	}
}

// What nobody can tell the account of goes to that of the credentials.
func TestUnknownAccount(t *testing.T) {
	f := start(t)
	o := publish.Send(t.Context(), f.open(t, nil), notice(nil, finding("a", scanner.StateNew)))
	if !o.Delivered() || len(f.imports) != 1 {
		t.Fatalf("outcome %+v", o)
	}
	found := f.imports[0].findings[0]
	if found["AwsAccountId"] != own || found["ProductArn"] != "arn:aws:securityhub:us-east-1:111111111111:product/111111111111/default" {
		t.Errorf("finding %v", found)
	}
}

// What one account refuses costs the others nothing.
func TestRefusedAccounts(t *testing.T) {
	exports := []scanner.ExportResult{export("a", own), export("b", other)}
	findings := []scanner.Finding{finding("b", scanner.StateNew), finding("a", scanner.StateNew)}
	for _, tt := range []struct {
		name, refuse, says string
		change             func(*securityhub.Options)
	}{
		{"no role", "", "only account 222222222222 may import its findings, and the credentials are of 111111111111", nil},
		{"a role that is denied", other, "AccessDenied not you", withDefault},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := start(t)
			f.refuse = tt.refuse
			o := publish.Send(t.Context(), f.open(t, tt.change), notice(exports, findings...))
			if o.Accepted != 1 || len(o.Refused) != 1 || !strings.Contains(o.Refused[0].Why, tt.says) {
				t.Errorf("outcome %+v, want %q", o, tt.says)
			}
		})
	}
}

// A finding is imported, or it is reported.
func TestMisbehavingSecurityHub(t *testing.T) {
	const ok = `200 {"FailedCount": 0, "SuccessCount": 1}`
	f := finding("a", scanner.StateNew)
	for _, tt := range []struct {
		name    string
		answers []string
		imports int
		says    string // empty: it is delivered
	}{
		{"throttled, and then not", []string{`429 {"__type": "ThrottlingException", "message": "slow down"}`, ok}, 2, ""},
		{"failing, and then not", []string{`500 {"__type": "InternalException"}`, ok}, 2, ""},
		{"throttled for ever", []string{`429 {"__type": "TooManyRequestsException", "message": "slow down"}`}, 3, "slow down beyond all retries"},
		{"failing for ever", []string{`500 {"__type": "InternalException", "message": "oops"}`}, 3, "InternalException oops"},
		{"an error inside", []string{`200 {"FailedCount": 1, "SuccessCount": 0, "FailedFindings": [{"Id": "` + f.Fingerprint + `", "ErrorCode": "InvalidInput", "ErrorMessage": "no"}]}`}, 1, "InvalidInput no"},
		{"an error inside that is not named", []string{`200 {"FailedCount": 1, "SuccessCount": 0}`}, 1, "not among those that it imported"},
		{"not subscribed", []string{`401 {"__type": "InvalidAccessException", "message": "Account is not subscribed to AWS Security Hub"}`}, 1, "Security Hub of account 111111111111 in eu-west-1: InvalidAccessException Account is not subscribed"},
		{"a page", []string{"502 <html>"}, 3, "answered 502 with something that is no answer of AWS"},
		{"a redirect", []string{"301 "}, 1, "answered 301 with something that is no answer of AWS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := start(t, tt.answers...)
			o := publish.Send(t.Context(), server.open(t, nil), notice([]scanner.ExportResult{export("a", own)}, f))
			why := o.Why
			for _, r := range o.Refused {
				why += r.Why
			}
			if o.Delivered() != (tt.says == "") || !strings.Contains(why, tt.says) || o.Accepted+len(o.Refused)+o.NotSent != 1 || len(server.imports) != tt.imports {
				t.Errorf("outcome %+v after %d imports, want %q after %d", o, len(server.imports), tt.says, tt.imports)
			}
			if strings.Contains(why, "kept-secret") {
				t.Errorf("a secret is said: %s", why)
			}
		})
	}
}

// No more than a hundred go in one call.
func TestBatches(t *testing.T) {
	f := start(t)
	var many []scanner.Finding
	for i := range 250 {
		g := finding("a", scanner.StateNew)
		g.Fingerprint = scanner.Digest(fmt.Sprint(i))
		many = append(many, g)
	}
	o := publish.Send(t.Context(), f.open(t, nil), notice([]scanner.ExportResult{export("a", own)}, many...))
	if !o.Delivered() || o.Accepted != 250 || len(f.imports) != 3 || len(f.imports[0].findings) != 100 {
		t.Errorf("outcome %+v in %d imports", o, len(f.imports))
	}
}

func TestUnreachable(t *testing.T) {
	f := start(t)
	c := f.open(t, nil)
	f.Close()
	if o := publish.Send(t.Context(), c, notice(nil, finding("a", scanner.StateNew))); !strings.Contains(o.Why, "cannot be reached") {
		t.Errorf("outcome %+v", o)
	}
	if _, err := securityhub.New(securityhub.Options{Endpoint: "http://hub.example.com"}); err == nil {
		t.Error("signed requests would travel unencrypted")
	}
}
