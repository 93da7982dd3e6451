// Package publish decides which parts of a report are sent to receivers, and
// says what became of them. The channels are the packages below it, one each.
// Nothing else in the program writes to anything but its own files, and nothing
// that scans may import them.
package publish

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Condition is the state of what a finding is about.
type Condition string

// The conditions. Only Resolved means that a failure is gone.
const (
	Failing     Condition = "failing"
	Waived      Condition = "waived" // it fails, and somebody has accepted that in writing
	Resolved    Condition = "resolved"
	NotAssessed Condition = "not assessed" // neither failing nor resolved
)

// ConditionOf returns the condition of a finding.
func ConditionOf(f *scanner.Finding) Condition {
	switch {
	case f.State == scanner.StateResolved:
		return Resolved
	case f.Status != scanner.StatusFail:
		return NotAssessed
	case f.Waiver != nil:
		return Waived
	default:
		return Failing
	}
}

// Notice is what is sent of one report.
type Notice struct {
	// Report is where the notice comes from, without the findings that are not
	// sent.
	Report *scanner.Report
	// Findings are sorted by severity, the most severe first, and otherwise in
	// the report's order.
	Findings []*scanner.Finding
	// Incomplete says in a sentence why something is not known. It is empty
	// where everything is.
	Incomplete string
	// Everything means that unchanged findings are sent too.
	Everything bool
	// Tenant is the one tenant that was judged, where each is judged in runs of
	// its own; empty: a run is about all.
	Tenant string
}

// Criteria select what is sent.
type Criteria struct {
	All bool // also what has not changed
	// Least is the lowest severity that is sent; empty: all are.
	Least scanner.Severity
	// Tenant is the one tenant that was judged, where each is judged in runs of
	// its own; empty: a run is about all.
	Tenant string
}

// Select picks what is sent. A finding without a state counts as changed, since
// nobody knows whether it was sent before.
func Select(r *scanner.Report, c Criteria) *Notice {
	n := &Notice{Report: r, Incomplete: incomplete(r), Everything: c.All, Tenant: c.Tenant}
	if n.Incomplete != "" && c.Tenant != "" {
		n.Incomplete = "tenant " + c.Tenant + ": " + n.Incomplete
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if !c.All && f.State == scanner.StateUnchanged || c.Least != "" && f.Severity.Rank() > c.Least.Rank() {
			continue
		}
		n.Findings = append(n.Findings, f)
	}
	slices.SortStableFunc(n.Findings, func(x, y *scanner.Finding) int {
		return cmp.Compare(x.Severity.Rank(), y.Severity.Rank())
	})
	return n
}

// Empty reports whether there is nothing to send. An incomplete run is always
// sent: silence would be taken for a pass.
func (n *Notice) Empty() bool {
	return len(n.Findings) == 0 && n.Incomplete == "" && !n.Everything
}

// TellsRun reports whether the notice says something about the run as a whole.
func (n *Notice) TellsRun() bool { return n.Incomplete != "" || n.Everything }

// Count counts the findings in a condition.
func (n *Notice) Count(c Condition) int {
	count := 0
	for _, f := range n.Findings {
		if ConditionOf(f) == c {
			count++
		}
	}
	return count
}

func incomplete(r *scanner.Report) string {
	switch {
	case r.Scan.Error != "":
		return "the run could not run, and judged nothing: " + r.Scan.Error
	case r.Scan.Interrupted:
		return "the run was stopped before everything was collected"
	case !r.Scan.Complete:
		return "the run is incomplete: something could not be assessed"
	default:
		return ""
	}
}

// ID identifies a part of a report, such as a finding, to receivers. It is the
// same whenever that report is sent again, so that a receiver can drop what it
// has. It differs from run to run: a failure that comes back after it was
// mended is news, and must not be dropped.
func ID(r *scanner.Report, parts ...string) string {
	h := sha256.New()
	for _, part := range append([]string{"trailguard/publish/1", r.Scan.SnapshotDigest, r.Scan.EvaluatedAt.UTC().String(), r.Scan.Error}, parts...) {
		h.Write([]byte(strings.ReplaceAll(part, "\x00", "\uFFFD")))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// FindingID is the ID of a finding of a report.
func FindingID(r *scanner.Report, f *scanner.Finding) string {
	return ID(r, f.Fingerprint, f.Tenant, f.ExportID, f.RuleID, string(ConditionOf(f)), string(f.State))
}
