package scan

import (
	"cmp"
	"context"
	"slices"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
)

// mostMended is for how many findings a scan proves a change: as many as come to some
// seconds, whatever the fleet.
const mostMended = 500

// fix proves a change for each finding that may have one, the gravest first.
func (r *Run) fix(ctx context.Context, report *scanner.Report) error {
	slices.SortStableFunc(report.Findings, func(a, b scanner.Finding) int { return cmp.Compare(a.Severity.Rank(), b.Severity.Rank()) })
	left, err := r.fixer.Mend(ctx, report.Findings, mostMended)
	if left > 0 {
		r.app.Note("--fixes proved changes for the %d gravest findings and looked at no other: trailguard fix FINGERPRINT does, of %s more", mostMended, scanner.Count(left, "finding", "findings"))
	}
	return err
}

// judge hands every export and tenant to all who want to see it.
func (r *Run) judge(ctx context.Context) (*scanner.Report, error) {
	var evidence *evidenceFolder
	if dir := r.flags.Output.evidence; dir != "" {
		var err error
		if evidence, err = newEvidenceFolder(dir, r.Source); err != nil {
			return nil, err
		}
		defer evidence.close()
	}
	judge := pipeline.NewJudge(r.Source, r.Options)
	if r.flags.Fixes {
		r.fixer = pipeline.NewFixer(r.Source.Header(), r.Source.Tenants(), r.Options)
	}
	builder := judge.Builder(r.tool())
	for judged, err := range r.All(ctx, judge) {
		if err != nil {
			return nil, err
		}
		if evidence != nil {
			if err := evidence.add(judged); err != nil {
				return nil, err
			}
		}
		if r.recorder != nil && judged.Record != nil {
			r.recorder.Add(judged.Collected)
		}
		if r.fixer != nil && judged.Record != nil {
			r.fixer.Add(judged.Collected)
		}
		builder.Add(judged)
	}
	if r.recorder != nil {
		r.recorder.Flush() // waivers may change what it reads
	}
	return builder.Report()
}
