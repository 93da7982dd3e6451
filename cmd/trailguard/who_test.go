package main

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Whatever becomes of the question who changed something, every result is what it
// is without it, and the run is as complete.
func TestWhoDecidesNothing(t *testing.T) {
	data := mended(t, acme.Files(), nil, []edit{readable, financeStranger, {"events.yaml", "", whoEvents}})
	without := newRig(t, sandbox.Options{Data: data}).mustScan(t)
	baseline := filepath.Join(t.TempDir(), "monday.jsonl")
	before := startSandbox(t, sandbox.Options{Data: mended(t, acme.Files(), nil, []edit{readable}), Now: sandboxNow})
	collectSnapshot(t, before.Config(), sandboxNow.AddDate(0, 0, -1), baseline)
	for _, kind := range append(faultKinds(), sandbox.FaultNone) {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			met := faulty{late: kind == sandbox.FaultHang}
			r := newRig(t, sandbox.Options{Data: data, Faults: func(call sandbox.Call) sandbox.Fault {
				if call.Operation == "cloudtrail:LookupEvents" {
					return sandbox.Fault{Kind: kind}
				}
				return sandbox.Fault{}
			}})
			var err error
			if r.who, err = pipeline.WhoSince(baseline, func() time.Time { return sandboxNow }); err != nil {
				t.Fatal(err)
			}
			report, err := r.scan(t.Context(), met.patience())
			if err != nil {
				t.Fatal(err)
			}
			if kind != sandbox.FaultHang { // under which others may be too late as well
				for _, wrong := range compare(statuses(without), report) {
					t.Error(wrong)
				}
				if report.Scan.ExitStatus != without.Scan.ExitStatus || report.Scan.Complete != without.Scan.Complete {
					t.Errorf("exit status %d, complete %t", report.Scan.ExitStatus, report.Scan.Complete)
				}
			}
			gaps := 0
			for _, g := range report.Gaps {
				if g.Kind != document.KindEventHistory {
					continue
				}
				if gaps++; g.Resource != "arn:aws:s3:::acme-audit-finance-eu" || g.Reason == scanner.ReasonUndetermined {
					t.Errorf("gap %+v", g)
				}
			}
			if (gaps == 1) != (kind != sandbox.FaultNone) {
				t.Errorf("%d gaps, want one where nothing is told: %+v", gaps, report.Gaps)
			}
		})
	}
}
