package scanner

import "time"

// CouldNotRun is the report of a run that judged nothing. It is incomplete and
// holds only the reason, so that nobody who reads the file takes an older
// report for today's.
func CouldNotRun(tool Tool, at time.Time, status int, reason string) *Report {
	r := NewBuilder(Header{CollectedAt: at}, nil, ReportOptions{Tool: tool, AsOf: at}).r
	r.Scan.ExitStatus, r.Scan.Error = status, reason
	return &r
}
