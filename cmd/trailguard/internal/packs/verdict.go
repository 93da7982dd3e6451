package packs

import (
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
)

// Verdict is what verify says of a pack.
type Verdict struct {
	Pack     string `json:"pack"`
	Status   int    `json:"exitStatus"`
	Verdict  string `json:"verdict"` // authentic or altered
	Problem  string `json:"problem,omitempty"`
	Files    int    `json:"files"`
	Replayed bool   `json:"replayed"` // and came out the same
	// MadeBy is the version of the program that made the pack.
	MadeBy    string              `json:"madeBy"`
	Signatory *evidence.Signatory `json:"signatory"`
	Timestamp *evidence.Timestamp `json:"timestamp"`
	// Lacking is why the status is 2 where it is, a line each.
	Lacking []string          `json:"lacking"`
	Notes   []string          `json:"notes"`
	Results []evidence.Result `json:"results"`
}

// Lines are what a person reads.
func (v *Verdict) Lines() []string {
	if v.Problem != "" {
		return []string{v.Pack + ": NOT AUTHENTIC: " + v.Problem}
	}
	head := "AUTHENTIC"
	if v.Status == scanner.ExitIncomplete {
		head += ", WITH RESERVATIONS"
	}
	if v.Replayed {
		head += ", and judged the same again"
	}
	lines := []string{v.Pack + ": " + head}
	by := v.Signatory.Key.String()
	if v.Signatory.Principal != "" {
		by = v.Signatory.Principal + ", " + by
	}
	lines = append(lines, "signed by   "+by)
	if t := v.Timestamp; t != nil {
		line := "time stamp  " + t.Time.Format(time.RFC3339) + ", " + t.Authority
		if !t.Checked {
			line += ", NOT CHECKED: name who vouches for it with --timestamp-ca"
		}
		lines = append(lines, line)
	}
	lines = append(lines, fmt.Sprintf("files       %d, each as the manifest says; made by trailguard %s", v.Files, v.MadeBy))
	for i := range v.Results {
		lines = append(lines, "report      "+describeResult(&v.Results[i]))
	}
	for _, l := range v.Lacking {
		lines = append(lines, "but         "+l)
	}
	for _, n := range v.Notes {
		lines = append(lines, "note        "+n)
	}
	return lines
}

// describeResult is one result in one line.
func describeResult(r *evidence.Result) string {
	return fmt.Sprintf("%s, as of %s: %s, %d passed, %d failed, %d unknown, %s; %s waived, %s",
		r.Report, r.EvaluatedAt.Format(time.RFC3339), scanner.Count(r.Exports, "export", "exports"), r.ByStatus[scanner.StatusPass], r.ByStatus[scanner.StatusFail],
		r.ByStatus[scanner.StatusUnknown], scanner.Count(r.ByStatus[scanner.StatusError], "error", "errors"),
		scanner.Count(r.Waived, "finding", "findings"), scanner.Count(r.Gaps, "gap", "gaps"))
}
