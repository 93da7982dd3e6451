package main

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// faultKinds are all ways to fail that last.
func faultKinds() []sandbox.FaultKind {
	return []sandbox.FaultKind{
		sandbox.FaultDenied, sandbox.FaultThrottled, sandbox.FaultError, sandbox.FaultHTML,
		sandbox.FaultReset, sandbox.FaultHang, sandbox.FaultTruncated,
	}
}

// faulty is one run that meets a fault.
type faulty struct {
	name  string
	fault func(sandbox.Call) sandbox.Fault // what the calls meet
	late  bool                             // it is an answer that never comes
	// elsewhere are the exports that the fault is no concern of.
	elsewhere []string
}

// patience is short where nothing will ever be answered, and long where an
// answer that is merely late would be taken for the fault.
func (f *faulty) patience() pipeline.Patience {
	if f.late {
		return pipeline.Patience{Timeout: 2 * time.Second, Attempts: 1}
	}
	return patient
}

// faultyRun is what became of one. An err is that with which the run exits 3.
type faultyRun struct {
	faulty
	report *scanner.Report
	err    error
}

// runFaulty scans once for each fault, on several sandboxes side by side:
// some of the time is spent waiting for answers that never come.
func runFaulty(t *testing.T, faults []faulty) []faultyRun {
	t.Helper()
	const sideBySide = 6
	// Those that wait start first, and the others work meanwhile.
	slices.SortStableFunc(faults, func(x, y faulty) int { return cmp.Compare(x.patience().Attempts, y.patience().Attempts) })
	runs := make([]faultyRun, len(faults))
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(sideBySide, len(faults)) {
		var current atomic.Pointer[faulty]
		r := newRig(t, sandbox.Options{Faults: func(call sandbox.Call) sandbox.Fault {
			if f := current.Load(); f != nil {
				return f.fault(call)
			}
			return sandbox.Fault{}
		}})
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(faults); i = int(next.Add(1)) - 1 {
				current.Store(&faults[i])
				report, err := r.scan(t.Context(), faults[i].patience())
				runs[i] = faultyRun{faults[i], report, err}
			}
		})
	}
	workers.Wait()
	return runs
}

// checkFaulty compares every faulty run with the truth, and says how many
// results each fault took away.
func checkFaulty(t *testing.T, truth map[string]scanner.Status, runs []faultyRun) map[string]int {
	t.Helper()
	lost := map[string]int{}
	for _, run := range runs {
		if run.err != nil {
			lost[run.name] = len(truth) // nothing is claimed at all
			continue
		}
		for _, wrong := range compare(truth, run.report) {
			t.Errorf("%s: %s", run.name, wrong)
		}
		for result, status := range statuses(run.report) {
			export, _, _ := strings.Cut(result, " ")
			switch {
			case status == truth[result]:
			case !run.late && slices.Contains(run.elsewhere, export):
				t.Errorf("%s: %s turned from %s to %s, and the fault is another export's", run.name, result, truth[result], status)
			default:
				lost[run.name]++
			}
		}
	}
	return lost
}

// Every operation that a scan sends, failing for all exports at once, in one
// way or another: unknown is never a pass, nor a false alarm.
func TestUnknownIsNeverAPass(t *testing.T) {
	r := newRig(t, sandbox.Options{})
	truth := statuses(r.mustScan(t))
	operations := r.operations("")
	if len(operations) < 20 {
		t.Fatalf("the scan sent only %d operations: %v", len(operations), operations)
	}
	var faults []faulty
	for i, operation := range operations {
		kind := faultKinds()[i%len(faultKinds())]
		faults = append(faults, faulty{
			name: operation + "/" + string(kind), late: kind == sandbox.FaultHang,
			fault: allOf(operation, sandbox.Fault{Kind: kind}),
		})
	}
	runs := runFaulty(t, faults)
	lost := checkFaulty(t, truth, runs)
	// Had the faults not reached the scans, the comparison would find nothing
	// wrong: what everything rests on must be missed.
	for _, operation := range []string{
		"immuta:getAllExportConfigurations", "s3:HeadBucket", "s3:GetBucketPolicy", "s3:GetBucketEncryption",
		"s3:ListObjectsV2", "iam:GetRole", "iam:GetRolePolicy", "kms:GetKeyPolicy", "sts:AssumeRole",
	} {
		for _, run := range runs {
			if strings.HasPrefix(run.name, operation+"/") && lost[run.name] == 0 {
				t.Errorf("%s: no result turned unknown", run.name)
			}
		}
	}
}

// deceptive are, by operation, the code by which AWS says that there is none, and
// the element that an answer consists of.
var deceptive = map[string]struct{ notFound, root string }{
	"s3:HeadBucket":                      {"NoSuchBucket", ""},
	"s3:GetBucketPolicy":                 {"NoSuchBucketPolicy", ""},
	"s3:GetBucketAcl":                    {"NoSuchBucket", "AccessControlPolicy"},
	"s3:GetBucketEncryption":             {"ServerSideEncryptionConfigurationNotFoundError", "ServerSideEncryptionConfiguration"},
	"s3:GetPublicAccessBlock":            {"NoSuchPublicAccessBlockConfiguration", "PublicAccessBlockConfiguration"},
	"s3:GetBucketOwnershipControls":      {"OwnershipControlsNotFoundError", "OwnershipControls"},
	"s3:GetObjectLockConfiguration":      {"ObjectLockConfigurationNotFoundError", "ObjectLockConfiguration"},
	"s3:GetBucketRequestPayment":         {"NoSuchBucket", "RequestPaymentConfiguration"},
	"s3:ListObjectsV2":                   {"NoSuchBucket", "ListBucketResult"},
	"s3control:GetPublicAccessBlock":     {"NoSuchPublicAccessBlockConfiguration", "PublicAccessBlockConfiguration"},
	"iam:GetRole":                        {"NoSuchEntity", "GetRoleResponse"},
	"iam:ListRolePolicies":               {"NoSuchEntity", "ListRolePoliciesResponse"},
	"iam:ListAttachedRolePolicies":       {"NoSuchEntity", "ListAttachedRolePoliciesResponse"},
	"iam:GetRolePolicy":                  {"NoSuchEntity", "GetRolePolicyResponse"},
	"iam:ListAccessKeys":                 {"NoSuchEntity", "ListAccessKeysResponse"},
	"s3:GetBucketLifecycleConfiguration": {"NoSuchLifecycleConfiguration", "LifecycleConfiguration"},
}

// Answers that look as if there were nothing: refused with the code of what does
// not exist, or the right element with nothing in it.
func TestNothingInAnAnswerIsNeverAPass(t *testing.T) {
	short.Skip(t)
	honest := newRig(t, sandbox.Options{}).mustScan(t)
	var faults []faulty
	for _, operation := range slices.Sorted(maps.Keys(deceptive)) {
		said := deceptive[operation]
		refused := fmt.Sprintf("<Error><Code>%s</Code><Message>There is none.</Message></Error>", said.notFound)
		if strings.HasPrefix(operation, "iam:") {
			refused = "<ErrorResponse>" + refused + "</ErrorResponse>"
		}
		faults = append(faults, faulty{
			name:  operation + ", refused as not found",
			fault: allOf(operation, sandbox.Fault{Kind: sandbox.FaultBody, Status: http.StatusForbidden, ContentType: "application/xml", Body: refused}),
		})
		if said.root != "" {
			faults = append(faults, faulty{
				name:  operation + ", an empty " + said.root,
				fault: allOf(operation, sandbox.Fault{Kind: sandbox.FaultBody, Status: http.StatusOK, ContentType: "application/xml", Body: "<" + said.root + "/>"}),
			})
		}
	}
	runs := runFaulty(t, faults)
	checkFaulty(t, statuses(honest), runs)
	for _, run := range runs { // a result may be decided all the same, by other documents
		if run.err == nil && len(run.report.Gaps) <= len(honest.Gaps) {
			t.Errorf("%s: it is no gap", run.name)
		}
	}
}

// Every single call of a scan, failing: what one export's missing evidence does
// must be right, and no concern of the others. Calls on behalf of different
// exports fail in the same run and in different ways, so that an operation, which
// all of them need, fails in every way; with -every-fault, every call does.
func TestUnknownIsNeverAPassCallByCall(t *testing.T) {
	short.Skip(t)
	r := newRig(t, sandbox.Options{})
	report := r.mustScan(t)
	truth := statuses(report)
	exports := exportsByTeam(report)
	calls := map[string][]sandbox.Call{} // by team; shared calls are nobody's
	for _, call := range r.server.Calls() {
		team := teamOf(call.Call, exports)
		calls[team] = append(calls[team], call.Call)
	}
	if len(calls) < 14 || len(calls["finance"]) < 15 {
		t.Fatalf("the scan made too few calls to mean anything: %v", calls)
	}
	// An error is to the clients what throttling is; all operations met it above.
	kinds := slices.DeleteFunc(faultKinds(), func(k sandbox.FaultKind) bool {
		return k == sandbox.FaultError || k == sandbox.FaultHang
	})
	faults := callByCall(calls, exports, []sandbox.FaultKind{sandbox.FaultHang})
	for turn := range kinds {
		if turn == 0 || *everyFault {
			faults = append(faults, callByCall(calls, exports, slices.Concat(kinds[turn:], kinds[:turn]))...)
		}
	}
	runs := runFaulty(t, faults)
	lost := checkFaulty(t, truth, runs)
	withLoss := 0
	for _, n := range lost {
		if n > 0 {
			withLoss++
		}
	}
	if withLoss < len(runs)/2 {
		t.Errorf("only %d of %d faulty runs lost a result: the faults did not reach them", withLoss, len(runs))
	}
}

// allOf is a fault that all calls of an operation meet.
func allOf(operation string, fault sandbox.Fault) func(sandbox.Call) sandbox.Fault {
	return func(call sandbox.Call) sandbox.Fault {
		if call.Operation == operation {
			return fault
		}
		return sandbox.Fault{}
	}
}

// someOf is faults that single calls meet.
func someOf(kinds map[sandbox.Call]sandbox.FaultKind) func(sandbox.Call) sandbox.Fault {
	return func(call sandbox.Call) sandbox.Fault { return sandbox.Fault{Kind: kinds[call]} }
}

// callByCall is a fault for each call that is made on behalf of several exports,
// and one for the nth calls of all exports, for every n, that is of another kind
// for each of them.
func callByCall(calls map[string][]sandbox.Call, exports map[string]string, kinds []sandbox.FaultKind) []faulty {
	late := kinds[0] == sandbox.FaultHang
	var faults []faulty
	for i, call := range calls[""] {
		kind := kinds[i%len(kinds)]
		faults = append(faults, faulty{
			name: fmt.Sprintf("shared call %d, %s %s/%s", i, call.Operation, call.Resource, kind), late: late,
			fault: someOf(map[sandbox.Call]sandbox.FaultKind{call: kind}),
		})
	}
	for n := 0; ; n++ {
		f := faulty{late: late}
		targets := map[sandbox.Call]sandbox.FaultKind{}
		for i, team := range slices.Sorted(maps.Keys(exports)) {
			if n >= len(calls[team]) {
				f.elsewhere = append(f.elsewhere, exports[team])
				continue
			}
			kind := kinds[(n+i)%len(kinds)]
			targets[calls[team][n]] = kind
			f.name += fmt.Sprintf("%s of %s/%s, ", calls[team][n].Operation, team, kind)
		}
		if len(targets) == 0 {
			return faults
		}
		f.fault = someOf(targets)
		faults = append(faults, f)
	}
}

// exportsByTeam maps the name of a team in the sandbox's company to the id of
// its export. Buckets, roles and users are called after the team.
func exportsByTeam(r *scanner.Report) map[string]string {
	teams := map[string]string{}
	for _, e := range r.Exports {
		name := strings.TrimSuffix(e.Endpoint.Bucket, "-eu")
		if account, _, ok := document.RegionalName(name); ok {
			name, _, _ = strings.Cut(name, "-"+account)
		}
		if name == "" {
			name = "lab"
		}
		teams[name[strings.LastIndexByte(name, '-')+1:]] = e.ID
	}
	return teams
}

// teamOf is the team on whose behalf alone a call is made, or empty.
func teamOf(call sandbox.Call, exports map[string]string) string {
	for _, known := range []struct{ part, team string }{
		{"7c0e4d21", "security"}, {"e1b94a73", "risk"}, {"52f8b3c0", "pensions"}, {"machine-users", "marketing"}, // keys and groups are not called after them
	} {
		if strings.Contains(call.Resource, known.part) {
			return known.team
		}
	}
	for _, team := range slices.Sorted(maps.Keys(exports)) {
		if strings.Contains(strings.ToLower(call.Resource), team) {
			return team
		}
	}
	return ""
}
