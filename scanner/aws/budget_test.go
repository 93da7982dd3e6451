package aws

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/aws/internal/events"
	"github.com/trailguard/trailguard/scanner/aws/internal/organization"
	"github.com/trailguard/trailguard/scanner/document"
)

// ledger is a budget that remembers what it was asked.
type ledger struct {
	mu              sync.Mutex
	waits, refusals map[Quota]int
	wait            func(context.Context, Quota) error // nil: leave is given at once
}

func (l *ledger) Wait(ctx context.Context, q Quota) error {
	l.mu.Lock()
	if l.waits == nil {
		l.waits, l.refusals = map[Quota]int{}, map[Quota]int{}
	}
	l.waits[q]++
	l.mu.Unlock()
	if l.wait == nil {
		return nil
	}
	return l.wait(ctx, q)
}

func (l *ledger) Throttled(_ context.Context, q Quota) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusals[q]++
}

// onWire counts requests by what they show on the wire: the credentials and the
// region of their signature, and the service and operation that they ask.
type onWire struct {
	http.RoundTripper
	mu   sync.Mutex
	sent map[Quota]int
}

func (w *onWire) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	read := r.Clone(r.Context())
	read.Body, r.Body = io.NopCloser(bytes.NewReader(body)), io.NopCloser(bytes.NewReader(body))
	request := parseRequest(read)
	q := Quota{Account: request.account, Service: request.service, Region: request.region}
	switch {
	case q.Service == "iam" || q.Service == "organizations":
		q.Region = ""
	case q.Service == "sts":
		q.Account = "" // the first call finds it out
	case request.call() == events.CallLookup:
		q.Class = ClassLookup
	}
	w.mu.Lock()
	w.sent[q]++
	w.mu.Unlock()
	return w.RoundTripper.RoundTrip(r)
}

// TestBudgetIsAskedBeforeEachRequest: a budget gives leave for exactly what is sent,
// by the account, service and region of the request, and hears of each refusal
// for load, and of no other.
func TestBudgetIsAskedBeforeEachRequest(t *testing.T) {
	w, records, accounts := twoAccounts()
	f := newFake(t, w)
	f.faults[callBucketPolicy+" acme-audit"] = throttled
	f.faults[callLifecycle+" other-audit"] = denied
	f.faults[callVersioning+" other-audit"] = failing
	f.refusals[callUserPolicies] = [2]string{"Throttling", "Rate exceeded"}
	f.refusals[events.CallLookup] = [2]string{"ThrottlingException", "Rate exceeded"}
	f.refusals[organization.CallEffective] = [2]string{"TooManyRequestsException", "slower"}
	budget, wire := &ledger{}, &onWire{RoundTripper: f.transport(), sent: map[Quota]int{}}
	o := f.options()
	o.Accounts, o.Organization, o.Who = accounts, managementReader, whoOfBuckets
	o.Budget, o.HTTPTransport = budget, wire
	collect(t, o, records...)

	given := map[Quota]int{}
	for q, n := range budget.waits {
		if q.Service == "sts" {
			q.Account = ""
		}
		given[q] += n
	}
	if diff := cmp.Diff(wire.sent, given); diff != "" {
		t.Errorf("sent and given leave for (-sent +given):\n%s", diff)
	}
	for _, q := range []Quota{
		{Account: home, Service: "s3", Region: "eu-west-1"},
		{Account: other, Service: "s3", Region: "us-west-2"},
		{Account: other, Service: "s3control", Region: "us-west-2"},
		{Account: other, Service: "kms", Region: "eu-west-1"},
		{Account: home, Service: "iam"},
		{Account: other, Service: "iam"},
		{Account: home, Service: "organizations"},
		{Account: home, Service: "cloudtrail", Region: "eu-west-1"},
		{Account: other, Service: "cloudtrail", Region: "us-west-2", Class: ClassLookup},
		{Account: home, Service: "sts", Region: "us-east-1"},
	} {
		if budget.waits[q] == 0 {
			t.Errorf("nothing was asked of %+v", q)
		}
	}
	if diff := cmp.Diff(map[Quota]int{
		{Account: home, Service: "s3", Region: "eu-west-1"}:                              f.counted(callBucketPolicy) - 1, // other-audit's is read
		{Account: home, Service: "iam"}:                                                  f.counted(callUserPolicies),
		{Account: home, Service: "cloudtrail", Region: "eu-west-1", Class: ClassLookup}:  2,
		{Account: other, Service: "cloudtrail", Region: "us-west-2", Class: ClassLookup}: 2,
		{Account: home, Service: "organizations"}:                                        2,
		{Account: other, Service: "organizations"}:                                       2,
	}, budget.refusals); diff != "" {
		t.Errorf("refused for load (-want +got):\n%s", diff)
	}
}

// TestBudgetThatCannotBeAsked: what was not sent is a gap that says why, is not tried
// again, and is not held against the service.
func TestBudgetThatCannotBeAsked(t *testing.T) {
	w := acme()
	f := newFake(t, w)
	budget := &ledger{wait: func(_ context.Context, q Quota) error {
		if q.Service == "iam" {
			return errors.New("connect to 10.1.2.3 as fleet with p4ssword")
		}
		return nil
	}}
	o := f.options()
	o.Budget = budget
	var records []scanner.Record
	for _, role := range strings.Fields(strings.Repeat("x ", giveUpAfter+5)) {
		records = append(records, roleExport("1", "acme-audit", roleARN+strings.Repeat(role, len(records))))
	}
	out := collect(t, o, records...)
	for i := range out {
		for j := range out[i].Gaps {
			g := &out[i].Gaps[j]
			if !strings.HasPrefix(g.Call, "iam:") {
				t.Fatalf("gap of another service: %+v", g)
			}
			if g.Reason != scanner.ReasonUnreachable || !strings.Contains(g.Detail, "budget") || strings.Contains(g.Detail, "p4ssword") || g.Step() == "" {
				t.Fatalf("gap %+v", g)
			}
		}
		gapOf(t, &out[i], document.KindRole)
	}
	sent := 0
	for call, n := range f.calls {
		if strings.HasPrefix(call, "iam:") {
			sent += n
		}
	}
	const questions = 3 // the role, its own policies and those attached
	if sent != 0 || budget.waits[Quota{Account: home, Service: "iam"}] != questions*len(records) {
		t.Errorf("%d requests were sent, and leave was asked for %v", sent, budget.waits)
	}
}

// TestWaitingForTheBudgetIsNotTheServices: a call may wait for longer than it may take.
// One that was let go and is not answered still ends.
func TestWaitingForTheBudgetIsNotTheServices(t *testing.T) {
	f := newFake(t, acme())
	f.faults[callVersioning] = hang
	o := f.options()
	o.Now, o.Timeout = time.Now, 2*time.Second
	var once sync.Once
	o.Budget = &ledger{wait: func(ctx context.Context, q Quota) error {
		if q.Service == "iam" {
			once.Do(func() { time.Sleep(o.Timeout + 200*time.Millisecond) })
		}
		return ctx.Err()
	}}
	r := collect(t, o, roleExport("1", "acme-audit", roleARN))[0]
	if len(r.Gaps) != 1 {
		t.Errorf("gaps %+v", r.Gaps)
	}
	if g := gapOf(t, &r, document.KindVersioning); g.Reason != scanner.ReasonTimeout {
		t.Errorf("gap %+v", g)
	}
}

// TestRunEndsWhileWaiting: whoever stops a run does not wait for the budget.
func TestRunEndsWhileWaiting(t *testing.T) {
	f := newFake(t, acme())
	ctx, cancel := context.WithCancel(t.Context())
	o := f.options()
	o.Budget = &ledger{wait: func(ctx context.Context, q Quota) error {
		if q.Service == "s3" {
			cancel()
			<-ctx.Done()
		}
		return ctx.Err()
	}}
	c, err := New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Collect(ctx, []scanner.Record{roleExport("1", "acme-audit", roleARN)}, func(r scanner.Record) error {
		if g := gapOf(t, &r, document.KindBucket); g.Reason != scanner.ReasonInterrupted {
			t.Errorf("gap %+v", g)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
