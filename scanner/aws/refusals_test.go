package aws

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// TestASilentServiceIsGivenUp: the run does not wait for every single answer of
// a service that gives none.
func TestASilentServiceIsGivenUp(t *testing.T) {
	w := acme()
	var records []scanner.Record
	for i := range 40 {
		records = append(records, roleExport(fmt.Sprint(i), fmt.Sprintf("bucket-%02d", i), roleARN))
	}
	f := newFake(t, w)
	for _, op := range Operations() {
		if op.Service == "s3" {
			f.faults[op.Call()] = reset
		}
	}
	o := f.options()
	o.MaxAttempts = 1
	out := collect(t, o, records...)
	sent := 0
	for _, op := range Operations() {
		if op.Service == "s3" {
			sent += f.counted(op.Call())
		}
	}
	if sent < giveUpAfter || sent > giveUpAfter+o.Concurrency {
		t.Errorf("%d calls were sent to a service that answers none", sent)
	}
	for i := range out {
		for _, kind := range []document.Kind{document.KindBucket, document.KindBucketPolicy, document.KindEncryption, document.KindDelivery} {
			if g := gapOf(t, &out[i], kind); g.Reason != scanner.ReasonUnreachable {
				t.Errorf("gap %+v", g)
			}
		}
		text(t, &out[i], document.KindTrustPolicy, "") // another service
	}
}

func TestRefusalsByCode(t *testing.T) {
	for code, want := range map[string]scanner.GapReason{
		"MethodNotAllowed": scanner.ReasonDenied, "NotImplemented": scanner.ReasonUnsupported, "InvalidRequest": scanner.ReasonUndetermined,
		"ThrottlingException": scanner.ReasonThrottled, "NoSuchBucket": scanner.ReasonSubjectMissing, "AllAccessDisabled": scanner.ReasonDenied,
		"InvalidAccessKeyId": scanner.ReasonDenied, "InternalError": scanner.ReasonUnreachable,
	} {
		f := newFake(t, acme())
		f.refusals[callBucketPolicy] = [2]string{code, "no"}
		r := collect(t, f.options(), roleExport("1", "acme-audit", roleARN))[0]
		if g := gapOf(t, &r, document.KindBucketPolicy); g.Reason != want || g.Code != code || g.RequestID == "" {
			t.Errorf("%s: gap %+v", code, g)
		}
	}
}

// TestRefusalsOfAProxy: a status alone proves nothing, least of all that
// something does not exist.
func TestRefusalsOfAProxy(t *testing.T) {
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound, http.StatusProxyAuthRequired, http.StatusBadGateway, http.StatusServiceUnavailable} {
		f := newFake(t, acme())
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = w.Write([]byte("<html>NoSuchBucketPolicy NoSuchEntity</html>"))
		}))
		o := f.options()
		o.Endpoints = map[string]string{"s3": proxy.URL, "iam": proxy.URL}
		r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
		proxy.Close()
		if len(r.Evidence) != 0 {
			t.Errorf("status %d: evidence %v", status, kinds(&r))
		}
		for _, kind := range []document.Kind{document.KindBucket, document.KindBucketPolicy, document.KindRole} {
			if g := gapOf(t, &r, kind); g.Reason != scanner.ReasonMalformed {
				t.Errorf("status %d: gap %+v", status, g)
			}
		}
	}
}
