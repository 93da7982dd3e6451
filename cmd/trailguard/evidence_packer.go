package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/opa"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// packedRun is what the report of an evidence pack rests on besides flags.
type packedRun struct {
	settings *scanner.Settings // nil: the pack is only being made
	version  string            // of the program that made it; empty: this one
}

// tool is what the report says that it was made by.
func (f *scanFlags) tool() scanner.Tool {
	t := scanner.Tool{Name: toolName, Version: version}
	if f.packed != nil && f.packed.version != "" {
		t.Version = f.packed.version
	}
	return t
}

// packer judges snapshots for a pack and gathers what goes into it.
type packer struct {
	app   *app
	flags *packFlags
	dir   string // for what is made on the way

	judging evidence.Judging
	results []evidence.Result
	rules   []opa.Source
	content []evidence.File
	scan    *scanRun // the last one, which has been closed
}

// one judges one snapshot.
func (p *packer) one(ctx context.Context, run evidence.Run, path string) (err error) {
	f := p.flags.scanFlags
	f.snapshot = path
	f.output.format.Value = "html" // so that the report has what a page shows
	scan, err := p.app.prepareRun(ctx, &f)
	if err != nil {
		return err
	}
	defer scan.close(ctx)
	report, err := scan.report(ctx)
	if err != nil {
		return err
	}
	o := scan.options
	run.AsOf, run.Settings = o.AsOf, o.Settings
	run.Tenants = append([]string{}, o.Selection.Tenants...)
	run.Exports = slices.Concat([]string{}, o.Selection.Exports, o.Selection.Buckets)
	threshold := f.threshold(scan.config)
	p.judging = evidence.Judging{
		FormatVersion: evidence.JudgingVersion, Tool: evidence.Tool{Name: toolName, Version: version},
		Rules: append([]string{}, f.ids...), FailOn: threshold.FailOn, FailOnNew: threshold.FailOnNew,
		AllowIncomplete: threshold.AllowIncomplete, Runs: append(p.judging.Runs, run),
	}
	p.rules, p.scan = scan.engine.Sources(), scan
	name, err := snapshotName(evidence.SnapshotName, path)
	if err != nil {
		return err
	}
	p.content = append(p.content, onDisk(run.Folder+name, path))
	return p.keepReport(run.Folder, report)
}

// keepReport writes a report as it goes into the pack.
func (p *packer) keepReport(folder string, report *scanner.Report) error {
	for _, r := range packedReports(report) {
		path := filepath.Join(p.dir, filepath.FromSlash(folder+r.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("make a folder for the reports: %w", err)
		}
		if err := writeFile(path, r.Write); err != nil {
			return err
		}
		p.content = append(p.content, onDisk(folder+r.Name, path))
	}
	path := filepath.Join(p.dir, filepath.FromSlash(folder+evidence.ReportName))
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	result, err := evidence.ReadResult(folder+evidence.ReportName, file)
	p.results = append(p.results, result)
	return err
}

// packedReports are the files that a pack holds of a report.
func packedReports(report *scanner.Report) []reporters.File {
	options := reporters.Options{Width: reporters.DefaultWidth}
	write := func(format string) func(io.Writer) error {
		return func(w io.Writer) error {
			reporter, _ := reporters.Lookup(format) // both are there
			return reporter(w, report, options)
		}
	}
	files := []reporters.File{{Name: evidence.ReportName, Write: write("json")}}
	if len(report.Findings) <= manyFindings {
		return append(files, reporters.File{Name: evidence.PageName, Write: write("html")})
	}
	folder, _ := reporters.LookupFolder("html")
	for _, page := range folder.Files(report, options) {
		page.Name = evidence.PagesFolder + page.Name
		files = append(files, page)
	}
	return files
}

// files are all that go into the pack.
func (p *packer) files() ([]evidence.File, error) {
	text, err := p.judging.Marshal()
	if err != nil {
		return nil, err
	}
	files := append(p.content, evidence.Text(evidence.JudgingName, text))
	for _, s := range p.rules {
		folder := evidence.ShippedRules
		if s.Folder > 0 {
			folder = fmt.Sprintf("%s%d", evidence.OwnRules, s.Folder)
		}
		files = append(files, evidence.Text(folder+"/"+s.Name, s.Text))
	}
	if path := p.scan.waiversPath(); path != "" {
		files = append(files, onDisk(evidence.WaiversName, path))
	}
	files = append(files, p.attestations()...)
	if path := p.flags.baseline; path != "" {
		name, err := snapshotName(evidence.BaselineName, path)
		if err != nil {
			return nil, err
		}
		files = append(files, onDisk(name, path))
		if _, err := os.Stat(snapshot.ApprovalPath(path)); err == nil {
			files = append(files, onDisk(snapshot.ApprovalPath(name), snapshot.ApprovalPath(path)))
		}
	}
	return files, nil
}

// attestations are those, and the evidence that they name.
func (p *packer) attestations() []evidence.File {
	path := p.scan.attestationsPath()
	if path == "" {
		return nil
	}
	files := []evidence.File{onDisk(evidence.AttestationsName, path)}
	seen := map[string]bool{}
	for i := range p.scan.attestations {
		if name := p.scan.attestations[i].Evidence; !seen[name] {
			seen[name] = true
			files = append(files, onDisk(evidence.AttestationsFolder+name, filepath.Join(filepath.Dir(path), filepath.FromSlash(name))))
		}
	}
	return files
}

// incomplete says whether anything that the pack shows could not be assessed.
func (p *packer) incomplete() bool {
	if period := p.judging.Period; period != nil && (len(period.LeftOut) > 0 || lackingDays(period, p.results) != "") {
		return true
	}
	return slices.ContainsFunc(p.results, func(r evidence.Result) bool { return r.Lacking() != "" })
}

// snapshotName is what a snapshot is called in the pack: a compressed one so that its
// name tells.
func snapshotName(name, path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("read the snapshot: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	head := make([]byte, 4)
	if _, err := io.ReadFull(file, head); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("read the snapshot: %w", err)
	}
	if snapshot.Compressed(head) {
		name += snapshot.Extension
	}
	return name, nil
}

// onDisk is a file of the pack that lies in a file.
func onDisk(name, path string) evidence.File {
	return evidence.File{Name: name, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
}
