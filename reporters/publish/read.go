package publish

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

// maxReport bounds a report, in bytes. One with some 100,000 findings has half
// of it.
const maxReport = 1 << 30

// document is a report, or the input of the command of --on-change.
type document struct {
	scanner.Report
	New      []scanner.Finding `json:"new"`
	Resolved []scanner.Finding `json:"resolved"`
}

// Read reads a JSON report, or the input of the command of --on-change. The
// error says what is wrong with it. A report that ends early is an error as a
// whole.
func Read(r io.Reader) (*scanner.Report, error) {
	limited := &io.LimitedReader{R: r, N: maxReport + 1}
	var d document
	err := json.UnmarshalRead(plaintext.NewReader(limited), &d)
	switch {
	case limited.N <= 0:
		return nil, errors.New("the report is larger than 1 GB")
	case limited.N == maxReport+1:
		return nil, errors.New("there is no report: the input is empty; write one with trailguard scan --output json=FILE")
	case err != nil:
		return nil, fmt.Errorf("this is no JSON report of trailguard, or only a part of one: %w", err)
	case d.FormatVersion == 0:
		return nil, errors.New("this is no JSON report of trailguard: formatVersion is missing; write one with trailguard scan --output json=FILE")
	case d.FormatVersion != scanner.ReportFormatVersion:
		return nil, fmt.Errorf("the report has formatVersion %d, and this program reads %d: use the trailguard that wrote it", d.FormatVersion, scanner.ReportFormatVersion)
	case d.Scan.EvaluatedAt.IsZero():
		return nil, errors.New("the report does not say when it was judged: scan.evaluatedAt is missing")
	}
	d.Findings = append(append(d.Findings, d.New...), d.Resolved...)
	if err := check(d.Findings); err != nil {
		return nil, err
	}
	return &d.Report, nil
}

// check refuses findings that no channel could report truthfully.
func check(findings []scanner.Finding) error {
	for i := range findings {
		f := &findings[i]
		known := f.State == "" || f.State == scanner.StateNew || f.State == scanner.StateUnchanged ||
			f.State == scanner.StateResolved || f.State == scanner.StateIncomparable
		_, err := scanner.ParseSeverity(string(f.Severity))
		switch {
		case f.RuleID == "" || f.Fingerprint == "" || err != nil || !known:
			return fmt.Errorf("finding %d of the report has no rule or fingerprint, or a severity or state that nobody knows", i+1)
		case f.Status != scanner.StatusFail && f.Status != scanner.StatusUnknown && f.Status != scanner.StatusError:
			return fmt.Errorf("finding %d of the report (%s) has status %q, which no finding has", i+1, f.RuleID, f.Status)
		}
	}
	return nil
}
