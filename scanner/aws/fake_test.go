package aws

import (
	"crypto/md5"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/trailguard/trailguard/scanner"
)

const (
	home  = "111111111111" // the caller's account
	other = "222222222222"
	third = "333333333333"
)

// misbehaviour is how the fake answers an operation instead of answering it.
type misbehaviour string

const (
	denied    misbehaviour = "denied"
	throttled misbehaviour = "throttled"
	html      misbehaviour = "html"
	reset     misbehaviour = "reset"
	hang      misbehaviour = "hang"
	cutOff    misbehaviour = "cut off"
	failing   misbehaviour = "failing"
)

// fakeAWS speaks the wire formats of S3, S3 Control, IAM, STS and KMS.
type fakeAWS struct {
	*httptest.Server
	world world

	mu       sync.Mutex
	calls    map[string]int // by operation
	detailed map[string]int // by operation and subject
	inFlight int
	most     int
	faults   map[string]misbehaviour // by operation, or operation and subject
	refusals map[string][2]string    // code and message by operation
	latency  time.Duration
	closing  chan struct{}
}

func newFake(t testing.TB, w world) *fakeAWS {
	f := &fakeAWS{
		world: w, calls: map[string]int{}, detailed: map[string]int{}, faults: map[string]misbehaviour{},
		refusals: map[string][2]string{}, closing: make(chan struct{}),
	}
	f.Server = httptest.NewServer(f)
	t.Cleanup(func() {
		close(f.closing)
		f.CloseClientConnections()
		f.Close()
	})
	return f
}

// options are those of a quick and silent run against the fake.
func (f *fakeAWS) options() Options {
	return Options{
		Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("AK"+home, "the-secret", "the-session-token"),
		Endpoint: f.URL, Timeout: 3 * time.Second, MaxAttempts: 2, MaxBackoff: time.Millisecond, Concurrency: 8,
		Now:           func() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) },
		HTTPTransport: f.transport(), WhoEvery: time.Millisecond,
	}
}

// transport keeps connections to the fake apart from other tests'.
func (f *fakeAWS) transport() http.RoundTripper {
	return &http.Transport{MaxIdleConnsPerHost: 64, DisableKeepAlives: true}
}

var credentialPattern = regexp.MustCompile(`Credential=(\w\w)(\d{12})/\d{8}/([a-z0-9-]+)/([a-z0-9]+)/`)

// request is what the fake understands of one.
type request struct {
	account, region string // of the credentials; that the signature names
	service, op     string
	subject         string // bucket, role, user, group, policy or key
	lookup, page    string // the resource's name whose events are looked up, and the token
	query           url.Values
	header          http.Header
}

func (q *request) call() string { return q.service + ":" + q.op }

func (f *fakeAWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := parseRequest(r)
	f.mu.Lock()
	f.calls[q.call()]++
	f.detailed[q.call()+" "+q.subject]++
	f.inFlight++
	f.most = max(f.most, f.inFlight)
	fault := f.faults[q.call()]
	if specific, ok := f.faults[q.call()+" "+q.subject]; ok {
		fault = specific
	}
	refusal := f.refusals[q.call()]
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.inFlight--
		f.mu.Unlock()
	}()
	if f.latency > 0 {
		time.Sleep(f.latency)
	}
	switch {
	case refusal[0] != "":
		q.refuse(w, statusOf(refusal[0]), refusal[0], refusal[1])
	case fault != "":
		f.misbehave(w, r, q, fault)
	default:
		f.world.answer(w, q)
	}
}

// statusOf is the status with which AWS sends a code.
func statusOf(code string) int {
	switch code {
	case "MethodNotAllowed":
		return http.StatusMethodNotAllowed
	case "NotImplemented":
		return http.StatusNotImplemented
	case "NoSuchBucket":
		return http.StatusNotFound
	case "InternalError":
		return http.StatusInternalServerError
	case "InvalidRequest", "ExpiredToken", "ThrottlingException":
		return http.StatusBadRequest
	}
	return http.StatusForbidden
}

func parseRequest(r *http.Request) *request {
	q := &request{query: r.URL.Query(), header: r.Header}
	if m := credentialPattern.FindStringSubmatch(r.Header.Get("Authorization")); m != nil {
		q.account, q.region, q.service = m[2], m[3], m[4]
	}
	body, _ := io.ReadAll(r.Body)
	switch {
	case q.service == "iam" || q.service == "sts":
		q.query, _ = url.ParseQuery(string(body))
		q.op = q.query.Get("Action")
		for _, name := range []string{"RoleName", "UserName", "GroupName", "PolicyArn", "RoleArn", "AccessKeyId", "Marker"} {
			if v := q.query.Get(name); v != "" {
				q.subject = v
				break
			}
		}
	case q.service == "organizations":
		_, q.op, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		var in struct{ ChildId, TargetId, PolicyId, Filter string } //nolint:revive // the API's names
		_ = json.Unmarshal(body, &in)
		q.subject, q.query = in.ChildId+in.TargetId+in.PolicyId, url.Values{"Filter": {in.Filter}}
	case q.service == "cloudtrail":
		_, q.op, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		var in struct {
			Name, TrailName, EventDataStore, NextToken string

			LookupAttributes []struct{ AttributeValue string }
		}
		_ = json.Unmarshal(body, &in)
		for _, by := range in.LookupAttributes {
			q.lookup, q.page = by.AttributeValue, in.NextToken
		}
		q.subject = in.Name + in.TrailName + in.EventDataStore + in.NextToken
	case q.service == "kms":
		_, q.op, _ = strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		var in struct{ KeyId, Marker string } //nolint:revive // the API's name
		_ = json.Unmarshal(body, &in)
		q.subject, q.query = in.KeyId, url.Values{"Marker": {in.Marker}}
	case strings.HasPrefix(r.URL.Path, "/v20180820/"):
		q.service, q.op, q.subject = "s3control", "GetPublicAccessBlock", r.Header.Get("X-Amz-Account-Id")
	default:
		q.subject = strings.Trim(r.URL.Path, "/")
		q.op = s3Op(r.Method, q.query)
	}
	return q
}

func s3Op(method string, query url.Values) string {
	if method == http.MethodHead {
		return "HeadBucket"
	}
	for name, op := range map[string]string{
		"policy": "GetBucketPolicy", "policyStatus": "GetBucketPolicyStatus", "publicAccessBlock": "GetPublicAccessBlock",
		"encryption": "GetBucketEncryption", "versioning": "GetBucketVersioning", "object-lock": "GetObjectLockConfiguration",
		"lifecycle": "GetBucketLifecycleConfiguration", "ownershipControls": "GetBucketOwnershipControls",
		"acl": "GetBucketAcl", "logging": "GetBucketLogging", "replication": "GetBucketReplication",
		"requestPayment": "GetBucketRequestPayment", "list-type": "ListObjectsV2",
		"abac": "GetBucketAbac", "tagging": "GetBucketTagging",
	} {
		if query.Has(name) {
			return op
		}
	}
	return method
}

func (f *fakeAWS) misbehave(w http.ResponseWriter, r *http.Request, q *request, how misbehaviour) {
	switch how {
	case denied:
		q.refuse(w, http.StatusForbidden, "AccessDenied", "User: arn:aws:iam::"+q.account+
			":user/reader is not authorized to perform this because no identity-based policy allows the action")
	case throttled:
		q.refuse(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
	case failing:
		q.refuse(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error.")
	case html:
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<html><body>Please log in to the guest network</body></html>")
	case cutOff:
		w.Header().Set("x-amzn-requestid", q.id())
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `<?xml version="1.0"?><Cut`)
	case reset:
		conn, _, _ := w.(http.Hijacker).Hijack()
		_ = conn.(*net.TCPConn).SetLinger(0)
		_ = conn.Close()
	case hang:
		select {
		case <-f.closing:
		case <-r.Context().Done():
		}
	}
}

// id is a request id that is the same in every run.
func (q *request) id() string {
	return fmt.Sprintf("%X", md5.Sum([]byte(q.call()+q.subject)))[:16]
}

func (q *request) refuse(w http.ResponseWriter, status int, code, message string) {
	q.ids(w)
	switch q.service {
	case "s3", "s3control":
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, message)
	case "kms", "cloudtrail", "organizations":
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		w.WriteHeader(kmsStatus(status))
		_ = json.NewEncoder(w).Encode(map[string]string{"__type": code, "message": message})
	default:
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>%s</RequestId></ErrorResponse>",
			code, message, q.id())
	}
}

// kmsStatus is KMS's: what the caller did wrong is 400.
func kmsStatus(status int) int {
	if status == http.StatusInternalServerError {
		return status
	}
	return http.StatusBadRequest
}

func (q *request) ids(w http.ResponseWriter) {
	if q.service == "s3" || q.service == "s3control" {
		w.Header().Set("x-amz-request-id", q.id())
		return
	}
	w.Header().Set("x-amzn-requestid", q.id())
}

func (q *request) xml(w http.ResponseWriter, format string, args ...any) {
	q.ids(w)
	w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+format, args...)
}

// counted returns how often an operation was sent.
func (f *fakeAWS) counted(call string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.calls[call]
}

// collect runs a collection and returns what it emitted.
func collect(t testing.TB, o Options, records ...scanner.Record) []scanner.Record {
	t.Helper()
	c, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var out []scanner.Record
	if err := c.Collect(t.Context(), records, func(r scanner.Record) error {
		out = append(out, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// watched remembers what traffic is told.
type watched struct {
	mu      sync.Mutex
	answers map[string][]int // statuses by service, operation and target
	retries []scanner.Retry
}

func (w *watched) Sent(r scanner.Request) func(int) {
	return func(status int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.answers == nil {
			w.answers = map[string][]int{}
		}
		key := r.Service + ":" + r.Operation + " " + r.Target
		w.answers[key] = append(w.answers[key], status)
	}
}

func (w *watched) Retrying(r scanner.Retry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.retries = append(w.retries, r)
}
