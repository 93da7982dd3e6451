package aws

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
)

func TestCallsAtOnceAreBounded(t *testing.T) {
	w := acme()
	var records []scanner.Record
	for i := range 20 {
		name := fmt.Sprintf("bucket-%02d", i)
		w.buckets[name] = acmeBucket()
		records = append(records, roleExport(fmt.Sprint(i), name, roleARN))
	}
	f := newFake(t, w)
	f.latency = 5e6
	o := f.options()
	o.Concurrency = 4
	var last atomic.Int64
	o.Progress = func(done, total int) {
		if total != 41 || int64(done) != last.Add(1) {
			t.Errorf("progress %d of %d after %d", done, total, last.Load()-1)
		}
	}
	collect(t, o, records...)
	if f.most != 4 {
		t.Errorf("%d calls at once, want exactly 4", f.most)
	}
	if last.Load() != 41 {
		t.Errorf("progress ended at %d", last.Load())
	}
}

func TestAnInterruptedRunSaysSo(t *testing.T) {
	f := newFake(t, acme())
	f.faults["s3:GetBucketPolicy"] = hang
	o := f.options()
	o.Timeout = 1 << 40 // only the interruption ends the call
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(done, _ int) {
		if done == 3 { // the role, the path and the other bucket: all but the one that hangs
			cancel()
		}
	}
	c, err := New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	records := []scanner.Record{roleExport("1", "acme-audit", roleARN), roleExport("2", "gone", roleARN)}
	var out []scanner.Record
	if err := c.Collect(ctx, records, func(r scanner.Record) error { out = append(out, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(out) != 2 {
		t.Fatalf("%d records", len(out))
	}
	if g := gapOf(t, &out[0], document.KindBucketPolicy); g.Reason != scanner.ReasonInterrupted {
		t.Errorf("gap: %+v", g)
	}
	if got := text(t, &out[0], document.KindTrustPolicy, ""); got != trustPolicy {
		t.Errorf("what was read before is lost: %s", got)
	}
}

func TestARunThatIsOverBeforeItStarts(t *testing.T) {
	f := newFake(t, acme())
	ctx, cancel := context.WithCancel(t.Context())
	c, err := New(ctx, f.options())
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	var out []scanner.Record
	err = c.Collect(ctx, []scanner.Record{roleExport("1", "acme-audit", roleARN)},
		func(r scanner.Record) error { out = append(out, r); return nil })
	if err != nil || len(out) != 1 || len(out[0].Evidence) != 0 {
		t.Fatalf("error %v, records %+v", err, out)
	}
	for _, g := range out[0].Gaps {
		if g.Reason != scanner.ReasonInterrupted && g.Reason != scanner.ReasonSubjectMissing {
			t.Errorf("gap %+v", g)
		}
	}
	for _, kind := range []document.Kind{document.KindBucket, document.KindBucketPolicy, document.KindDelivery, document.KindRole, document.KindTrustPolicy} {
		gapOf(t, &out[0], kind)
	}
	if n := len(f.calls); n != 0 {
		t.Errorf("%d operations were sent", n)
	}
}

func TestEmitEndsTheRun(t *testing.T) {
	f := newFake(t, acme())
	c, err := New(t.Context(), f.options())
	if err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err = c.Collect(t.Context(), []scanner.Record{roleExport("1", "acme-audit", roleARN), roleExport("2", "acme-audit", roleARN)},
		func(scanner.Record) error { return full })
	if !errors.Is(err, full) {
		t.Errorf("error %v", err)
	}
}

func TestOtherDestinationsNeedNoAWS(t *testing.T) {
	f := newFake(t, acme())
	adls := scanner.Record{Configuration: scanner.ExportConfiguration{ID: "1", Endpoint: scanner.Endpoint{Type: scanner.EndpointADLS}}}
	out := collect(t, f.options(), adls)
	if len(out) != 1 || len(out[0].Gaps)+len(out[0].Evidence) != 0 || len(f.calls) != 0 {
		t.Errorf("records %+v, calls %v", out, f.calls)
	}
}

func TestAFaultOfTheProgramEndsTheRun(t *testing.T) {
	f := newFake(t, acme())
	o := f.options()
	o.Progress = func(int, int) { panic("a fault") }
	c, err := New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	collect := func() (err error) {
		defer crash.Catch(&err)
		return c.Collect(t.Context(), []scanner.Record{roleExport("1", "acme-audit", roleARN)}, func(scanner.Record) error { return nil })
	}
	if err := collect(); err == nil || !strings.Contains(err.Error(), "a fault") {
		t.Errorf("error %v", err)
	}
}
