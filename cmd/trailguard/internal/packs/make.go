package packs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// Maker judges snapshots and gathers what goes into a pack of them.
type Maker struct {
	// Judge judges a snapshot in a file as the command was told to.
	Judge func(ctx context.Context, path string) (*Judged, error)
	// Dir is a folder for what is made on the way. It is needed until the pack is
	// written.
	Dir      string
	Tool     evidence.Tool
	Rules    []string // ids; empty: all
	Baseline string   // a file; empty: none

	judging evidence.Judging
	results []evidence.Result
	content []evidence.File
	last    *Judged
}

// Snapshot judges the snapshot in a file, the only one of the pack.
func (m *Maker) Snapshot(ctx context.Context, path string) error {
	return m.one(ctx, evidence.Run{}, path)
}

// one judges one snapshot.
func (m *Maker) one(ctx context.Context, run evidence.Run, path string) error {
	judged, err := m.Judge(ctx, path)
	if err != nil {
		return err
	}
	run.AsOf, run.Settings = judged.AsOf, judged.Settings
	run.Tenants = append([]string{}, judged.Selection.Tenants...)
	run.Exports = slices.Concat([]string{}, judged.Selection.Exports, judged.Selection.Buckets)
	threshold := judged.Threshold
	m.judging = evidence.Judging{
		FormatVersion: evidence.JudgingVersion, Tool: m.Tool,
		Rules: append([]string{}, m.Rules...), FailOn: threshold.FailOn, FailOnNew: threshold.FailOnNew,
		AllowIncomplete: threshold.AllowIncomplete, Runs: append(m.judging.Runs, run),
	}
	m.last = judged
	name, err := snapshotName(evidence.SnapshotName, path)
	if err != nil {
		return err
	}
	m.content = append(m.content, onDisk(run.Folder+name, path))
	return m.keepReport(run.Folder, judged.Report)
}

// keepReport writes a report as it goes into the pack.
func (m *Maker) keepReport(folder string, report *scanner.Report) error {
	for _, r := range reportFiles(report) {
		path := filepath.Join(m.Dir, filepath.FromSlash(folder+r.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("make a folder for the reports: %w", err)
		}
		if err := reportfile.Write(path, r.Write); err != nil {
			return err
		}
		m.content = append(m.content, onDisk(folder+r.Name, path))
	}
	path := filepath.Join(m.Dir, filepath.FromSlash(folder+evidence.ReportName))
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read the report: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	result, err := evidence.ReadResult(folder+evidence.ReportName, file)
	m.results = append(m.results, result)
	return err
}

// Files are all that go into the pack. They are read from the folder when it is
// written.
func (m *Maker) Files() ([]evidence.File, error) {
	text, err := m.judging.Marshal()
	if err != nil {
		return nil, err
	}
	files := append(m.content, evidence.Text(evidence.JudgingName, text))
	for _, s := range m.last.Rules {
		folder := evidence.ShippedRules
		if s.Folder > 0 {
			folder = fmt.Sprintf("%s%d", evidence.OwnRules, s.Folder)
		}
		files = append(files, evidence.Text(folder+"/"+s.Name, s.Text))
	}
	if path := m.last.Waivers; path != "" {
		files = append(files, onDisk(evidence.WaiversName, path))
	}
	files = append(files, m.attestations()...)
	if path := m.Baseline; path != "" {
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
func (m *Maker) attestations() []evidence.File {
	path := m.last.Attestations
	if path == "" {
		return nil
	}
	files := []evidence.File{onDisk(evidence.AttestationsName, path)}
	seen := map[string]bool{}
	for i := range m.last.Attested {
		if name := m.last.Attested[i].Evidence; !seen[name] {
			seen[name] = true
			files = append(files, onDisk(evidence.AttestationsFolder+name, filepath.Join(filepath.Dir(path), filepath.FromSlash(name))))
		}
	}
	return files
}

// Results are those of the reports.
func (m *Maker) Results() []evidence.Result { return m.results }

// Incomplete says whether anything that the pack shows could not be assessed.
func (m *Maker) Incomplete() bool {
	if period := m.judging.Period; period != nil && (len(period.LeftOut) > 0 || lackingDays(period, m.results) != "") {
		return true
	}
	return slices.ContainsFunc(m.results, func(r evidence.Result) bool { return r.Lacking() != "" })
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
