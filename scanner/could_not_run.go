package scanner

import "time"

// CouldNotRun is the report of a run that never came to judge anything. It is
// incomplete and holds nothing but the reason, so that whoever reads the file
// does not take an older report for today's.
func CouldNotRun(tool Tool, at time.Time, status int, reason string) *Report {
	r := NewBuilder(Header{CollectedAt: at}, nil, ReportOptions{Tool: tool, AsOf: at}).r
	r.Scan.ExitStatus, r.Scan.Error = status, reason
	return &r
}
