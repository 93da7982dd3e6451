package aws

import (
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/document"
)

// TestNothingElseIsSent: a scan of everything sends listed operations only,
// and the gate stops the SDK from sending another.
func TestNothingElseIsSent(t *testing.T) {
	w, records, accounts := twoAccounts()
	f := newFake(t, w)
	o := f.options()
	o.Accounts, o.Organization, o.Who = accounts, managementReader, whoOfBuckets
	collect(t, o, records...)
	o.BulkFrom = 1
	collect(t, o, records...)
	listed := map[string]bool{}
	for _, op := range Operations() {
		listed[op.Call()] = true
		if f.counted(op.Call()) == 0 {
			t.Errorf("%s is listed and was not needed", op.Call())
		}
	}
	for call := range f.calls {
		if !listed[call] {
			t.Errorf("%s was sent and is not listed", call)
		}
	}
	for name := range listed {
		verb := strings.SplitN(name, ":", 2)[1]
		if !strings.HasPrefix(verb, "Get") && !strings.HasPrefix(verb, "List") && !strings.HasPrefix(verb, "Head") &&
			!strings.HasPrefix(verb, "Describe") && !strings.HasPrefix(verb, "Lookup") && verb != "AssumeRole" {
			t.Errorf("%s is no read", name)
		}
	}

	c, err := New(t.Context(), f.options())
	if err != nil {
		t.Fatal(err)
	}
	clients := newClients(c.config, &c.options, home, c.gate)
	name := "acme-audit"
	_, deleted := clients.s3.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &name})
	_, created := clients.iam.CreateUser(t.Context(), &iam.CreateUserInput{UserName: &name})
	_, read := clients.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &name, Key: &name})
	for _, err := range []error{deleted, created, read} {
		var refused *gate.RefusedError
		if !errors.As(err, &refused) {
			t.Errorf("error %v", err)
		}
	}
	if f.counted("s3:DELETE")+f.counted("iam:CreateUser")+f.counted("s3:GET") != 0 {
		t.Errorf("the gate let a call out: %v", f.calls)
	}
}

// TestSecretsStayInside greps everything that a run hands out.
func TestSecretsStayInside(t *testing.T) {
	for _, fault := range []misbehaviour{"", denied, throttled, html, reset} {
		w, records, accounts := twoAccounts()
		f := newFake(t, w)
		for _, op := range Operations() {
			if op.Service != "sts" {
				f.faults[op.Call()] = fault
			}
		}
		f.refusals[callGetRole] = [2]string{"SignatureDoesNotMatch", "The Canonical String should have been x-amz-security-token:the-session-token"}
		var told watched
		o := f.options()
		o.Accounts = accounts
		o.Traffic = &told
		out := collect(t, o, records...)
		said := fmt.Sprint(told.answers, told.retries)
		for i := range out {
			said += document.Encode(out[i])
			for j := range out[i].Evidence {
				said += out[i].Evidence[j].Text
			}
		}
		for _, secret := range []string{"the-secret", "the-session-token", "assumed-secret", "assumed-token", "AKIAEXAMPLE000"} {
			if strings.Contains(said, secret) {
				t.Errorf("%s: %q is in what the run says", fault, secret)
			}
		}
		if !strings.Contains(said, "SignatureDoesNotMatch") {
			t.Errorf("%s: the refusal is not in what the run says", fault)
		}
	}
}

// hosts records where requests would go.
type hosts struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (h *hosts) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.seen[r.URL.Host] = true
	return nil, errors.New("no network")
}

func TestEndpointsOfPartitions(t *testing.T) {
	for partition, c := range map[string]struct{ region, s3, iam, kms string }{
		"aws":        {"eu-west-1", "acme-audit.s3.eu-west-1.amazonaws.com", "iam.amazonaws.com", "sts.us-east-1.amazonaws.com"},
		"aws-cn":     {"cn-north-1", "acme-audit.s3.cn-north-1.amazonaws.com.cn", "iam.cn-north-1.amazonaws.com.cn", ""},
		"aws-us-gov": {"us-gov-west-1", "acme-audit.s3.us-gov-west-1.amazonaws.com", "iam.us-gov.amazonaws.com", ""},
		"aws-eusc":   {"eusc-de-east-1", "acme-audit.s3.eusc-de-east-1.amazonaws.eu", "iam.eusc-de-east-1.amazonaws.eu", ""},
	} {
		t.Run(partition, func(t *testing.T) {
			seen := &hosts{seen: map[string]bool{}}
			o := newFake(t, acme()).options()
			o.Endpoint, o.HTTPTransport, o.MaxAttempts = "", seen, 1
			record := roleExport("1", "acme-audit", strings.Replace(roleARN, "arn:aws:", "arn:"+partition+":", 1))
			record.Configuration.Endpoint.Region = c.region
			r := collect(t, o, record)[0]
			for _, host := range []string{c.s3, c.iam} {
				if !seen.seen[host] {
					t.Errorf("%s was not asked, but %v", host, seen.seen)
				}
			}
			if g := gapOf(t, &r, document.KindBucketPolicy); g.Resource != "arn:"+partition+":s3:::acme-audit" || g.Reason != scanner.ReasonUnreachable {
				t.Errorf("gap %+v", g)
			}
		})
	}
}

func TestEndpointsOfServices(t *testing.T) {
	f, iamOnly := newFake(t, acme()), newFake(t, acme())
	o := f.options()
	o.Endpoints = map[string]string{"iam": iamOnly.URL}
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	if len(r.Gaps) != 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if f.counted(callGetRole) != 0 || iamOnly.counted(callGetRole) != 1 || iamOnly.counted(callHeadBucket) != 0 {
		t.Errorf("calls %v and %v", f.calls, iamOnly.calls)
	}
}

func TestEndpointsOfTheEnvironment(t *testing.T) {
	f := newFake(t, acme())
	t.Setenv("AWS_ENDPOINT_URL", f.URL)
	o := f.options()
	o.Endpoint = ""
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	if len(r.Gaps) != 0 {
		t.Errorf("gaps %+v", r.Gaps)
	}
}

func TestPrivateCertificates(t *testing.T) {
	t.Setenv("AWS_CA_BUNDLE", "")
	f := newFake(t, acme())
	secure := httptest.NewUnstartedServer(f)
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshakes that are to fail
	secure.StartTLS()
	defer secure.Close()
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw})
	if err := os.WriteFile(bundle, block, 0o600); err != nil {
		t.Fatal(err)
	}
	o := f.options()
	o.Endpoint, o.HTTPTransport = secure.URL, nil
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	if g := gapOf(t, &r, document.KindRole); g.Reason != scanner.ReasonUnreachable {
		t.Errorf("without the bundle: gap %+v", g)
	}
	o.CABundle = bundle
	if r = collect(t, o, roleExport("1", "acme-audit", roleARN))[0]; len(r.Gaps) != 0 {
		t.Errorf("with the bundle: gaps %+v", r.Gaps)
	}
	o.CABundle = bundle + ".not"
	if _, err := New(t.Context(), o); err == nil {
		t.Error("a bundle that is not there")
	}
	if err := os.WriteFile(bundle, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	o.CABundle = bundle
	if _, err := New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "no certificate") {
		t.Errorf("error %v", err)
	}
}
