package scanner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// ErrNothingJudged is returned when no rule was evaluated over anything, so
// that an empty run is never taken for a clean one.
var ErrNothingJudged = errors.New("no rule was evaluated")

// ReportOptions is what a report depends on besides records and rules.
type ReportOptions struct {
	Tool Tool
	AsOf time.Time
	// FailOn is the least severe failure that makes the run fail.
	FailOn Severity
	// FailOnNew keeps failures that are known to be unchanged from failing the
	// run.
	FailOnNew bool
	// AllowIncomplete makes an incomplete run without failures succeed.
	AllowIncomplete bool
	Baseline        *BaselineInfo
	// Tenants and Exports restrict what is judged; empty: everything.
	Tenants []string
	Exports []string
	// Waive attaches waivers to findings and gaps; nil: there are none.
	Waive func(findings []Finding, gaps []Gap) WaiverReport
	// Compare sets the states of the report's findings and returns those to
	// add; nil: there is nothing to compare with.
	Compare func(*Report) ([]Finding, error)
	// Drift is asked, after the last record, for the changes since the
	// baseline; nil: there is none.
	Drift func() ([]Change, error)
	// Observe sees every record with its results, in order; nil: nobody does.
	Observe func(*Record, []Result) error
	// ObserveTenant sees every tenant with its results, after all records; nil:
	// nobody does.
	ObserveTenant func(*Tenant, []Result) error
	// Seal is asked after the last record for what only the end of the stream
	// tells: the snapshot's digest, and whether collecting was interrupted.
	Seal func() (digest string, interrupted bool)
}

// Scan judges records and builds the report. It reads no clock and asks no
// network: the same records, rules and options give the same report.
func Scan(ctx context.Context, records Records, judge Judge, o ReportOptions) (*Report, error) {
	b := newBuilder(records.Header(), judge.Rules(), o)
	for {
		record, err := records.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if !b.selected(record.Configuration.Tenant, record.Configuration.ID) {
			continue
		}
		results, err := judge.Record(ctx, record)
		if err != nil {
			return nil, fmt.Errorf("judge export %s: %w", record.Configuration.ID, err)
		}
		if o.Observe != nil {
			if err := o.Observe(record, results); err != nil {
				return nil, err
			}
		}
		b.addRecord(record, results)
	}
	tenants := records.Tenants()
	for i := range tenants {
		if len(o.Tenants) > 0 && !slices.Contains(o.Tenants, tenants[i].Name) {
			continue
		}
		results, err := judge.Tenant(ctx, &tenants[i])
		if err != nil {
			return nil, fmt.Errorf("judge tenant %s: %w", tenants[i].Name, err)
		}
		if o.ObserveTenant != nil {
			if err := o.ObserveTenant(&tenants[i], results); err != nil {
				return nil, err
			}
		}
		b.addTenant(&tenants[i], results)
	}
	return b.report()
}

// selected says whether an export is to be judged; an empty id is the tenant.
func (b *builder) selected(tenant, id string) bool {
	return (len(b.o.Tenants) == 0 || slices.Contains(b.o.Tenants, tenant)) &&
		(id == "" || len(b.o.Exports) == 0 || slices.Contains(b.o.Exports, id))
}
