package main

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
)

const bulkCall = "iam:GetAccountAuthorizationDetails"

// bulkPages is so little that the sandbox's company takes several pages.
const bulkPages = 3

// newBulkRig reads roles and users all at once, however few there are.
func newBulkRig(t *testing.T, o sandbox.Options) *rig {
	t.Helper()
	o.PageSize = bulkPages
	r := newRig(t, o)
	r.bulkFrom = 1
	return r
}

// Where roles and users are read all at once, the same is found as one by one.
func TestBulkFindsTheSame(t *testing.T) {
	single := newRig(t, sandbox.Options{PageSize: bulkPages})
	truth := statuses(single.mustScan(t))
	r := newBulkRig(t, sandbox.Options{})
	if diff := cmp.Diff(truth, statuses(r.mustScan(t))); diff != "" {
		t.Errorf("one by one (-) and in bulk (+):\n%s", diff)
	}
	before, now := single.server.Count("iam:GetRole", ""), r.server.Count("iam:GetRole", "")
	if r.server.Count(bulkCall, "") == 0 || now >= before {
		t.Errorf("%d roles were asked for one by one, and %d without bulk", now, before)
	}
}

// A question in bulk that fails, in any way and at the first page or the second,
// costs nothing but calls: no result is lost, and none turns into a pass.
func TestUnknownInBulkIsNeverAPass(t *testing.T) {
	short.Skip(t)
	honest := newRig(t, sandbox.Options{PageSize: bulkPages}).mustScan(t)
	truth := statuses(honest)
	for _, kind := range faultKinds() {
		for _, answered := range []int64{0, 1} {
			t.Run(fmt.Sprintf("%s after %d pages", kind, answered), func(t *testing.T) {
				var asked atomic.Int64
				r := newBulkRig(t, sandbox.Options{Faults: func(call sandbox.Call) sandbox.Fault {
					if call.Operation != bulkCall || asked.Add(1) <= answered {
						return sandbox.Fault{}
					}
					return sandbox.Fault{Kind: kind}
				}})
				f := faulty{late: kind == sandbox.FaultHang}
				report, err := r.scan(t.Context(), f.patience())
				if err != nil {
					t.Fatal(err)
				}
				for _, wrong := range compare(truth, report) {
					t.Error(wrong)
				}
				if asked.Load() <= answered || r.server.Count("iam:GetRole", "") == 0 {
					t.Error("the fault did not reach the scan")
				}
				if kind == sandbox.FaultHang {
					return // its patience is so short that other calls may be given up, too
				}
				if diff := cmp.Diff(truth, statuses(report)); diff != "" || len(report.Gaps) != len(honest.Gaps) {
					t.Errorf("%d gaps, and %d one by one; one by one (-) and in bulk (+):\n%s", len(report.Gaps), len(honest.Gaps), diff)
				}
			})
		}
	}
}
