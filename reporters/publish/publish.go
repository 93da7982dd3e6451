// Package publish decides what of a report is told to others, and says what
// became of it. The channels are the packages below it, one each. They are the
// only ones of the program that write anywhere but to its own files: nothing
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

// Condition says how things stand with what a finding is about.
type Condition string

// The conditions. Nothing but Resolved means that a failure is gone.
const (
	Failing     Condition = "failing"
	Waived      Condition = "waived" // it fails, and somebody has accepted that in writing
	Resolved    Condition = "resolved"
	NotAssessed Condition = "not assessed" // never taken for either
)

// ConditionOf is how things stand with a finding.
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

// Notice is what is to be told.
type Notice struct {
	// Report is where it is from, without findings that are not told.
	Report *scanner.Report
	// Findings are the most severe first, and otherwise in the report's order.
	Findings []*scanner.Finding
	// Incomplete says in a sentence why not everything is known; empty: it is.
	Incomplete string
	// Everything says that also what has not changed is told.
	Everything bool
}

// Criteria say what is told.
type Criteria struct {
	All bool // also what has not changed
	// Least is the least severe that is told; empty: all are.
	Least scanner.Severity
}

// Select picks what is to be told. What has no state counts as changed: nobody
// knows that it was told before.
func Select(r *scanner.Report, c Criteria) *Notice {
	n := &Notice{Report: r, Incomplete: incomplete(r), Everything: c.All}
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

// Empty says that there is nothing to tell. An incomplete run is always told:
// silence would be taken for a pass.
func (n *Notice) Empty() bool {
	return len(n.Findings) == 0 && n.Incomplete == "" && !n.Everything
}

// TellsRun says whether something is to be told of the run as a whole.
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

// ID is the same whenever a report is told again, so that a receiver can drop
// what it has. It differs from run to run: a failure that was mended and comes
// back is news, and must not be dropped.
func ID(r *scanner.Report, parts ...string) string {
	h := sha256.New()
	for _, part := range append([]string{"trailguard/publish/1", r.Scan.SnapshotDigest, r.Scan.EvaluatedAt.UTC().String(), r.Scan.Error}, parts...) {
		h.Write([]byte(strings.ReplaceAll(part, "\x00", "\uFFFD")))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil))[:32]
}

// FindingID is the ID of what is told of a finding.
func FindingID(r *scanner.Report, f *scanner.Finding) string {
	return ID(r, f.Fingerprint, f.Tenant, f.ExportID, f.RuleID, string(ConditionOf(f)), string(f.State))
}
