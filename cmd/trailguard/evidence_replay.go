package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/snapshot"
)

// verify reads a pack into a folder, checks it, and judges it again.
func (a *app) verify(ctx context.Context, f *verifyFlags, v *verdict, dir string, c evidence.Criteria) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close() //nolint:errcheck // nothing is written to it afterwards
	c.Keep = func(name string) (io.WriteCloser, error) {
		if err := root.MkdirAll(path.Dir(name), 0o700); err != nil {
			return nil, fmt.Errorf("unpack: %w", err)
		}
		return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	pack, err := evidence.Read(ctx, v.Pack, c)
	if err != nil {
		return err
	}
	v.Signatory, v.Timestamp, v.Files = pack.Signatory, pack.Timestamp, len(pack.Entries)
	v.MadeBy, v.Results = pack.Predicate.Tool.Version, pack.Predicate.Results
	text, err := root.ReadFile(evidence.JudgingName)
	if err != nil {
		return withoutFile(evidence.JudgingName)
	}
	judging, err := evidence.ParseJudging(text)
	if err != nil {
		return err
	}
	r := &replayer{app: a, flags: f, dir: dir, pack: pack, judging: judging, verdict: v}
	if err := r.checkFiles(); err != nil {
		return err
	}
	if f.noReplay {
		v.Notes = append(v.Notes, "nothing was judged again (--no-replay): who signed is all that vouches for the report")
		return nil
	}
	err = r.replay(ctx)
	var altered *evidence.AlteredError
	if err == nil || errors.As(err, &altered) || interruption(ctx) != 0 {
		return err
	}
	// What the pack holds is no wrong usage of this command.
	return &exitError{scanner.ExitCannotRun, fmt.Errorf("%s is authentic, and could not be judged again: %w (it was made by trailguard %s; this is %s)", v.Pack, err, judging.Tool.Version, version)}
}

func withoutFile(name string) error {
	return &evidence.AlteredError{Problem: "there is no " + name + " in it: nothing shows what its report rests on"}
}

// replayer judges again what a pack holds.
type replayer struct {
	app     *app
	flags   *verifyFlags
	dir     string // where the pack is unpacked
	pack    *evidence.Pack
	judging *evidence.Judging
	verdict *verdict
}

// checkFiles holds what the pack has against what it must have, and the statement
// against the reports.
func (r *replayer) checkFiles() error {
	if r.judging.Tool != r.pack.Predicate.Tool {
		return &evidence.AlteredError{Problem: "the statement names another program than " + evidence.JudgingName}
	}
	known := map[string]bool{evidence.ReadmeName: true, evidence.JudgingName: true, evidence.WaiversName: true}
	if name, ok := evidence.Find(r.pack.Entries, evidence.BaselineName); ok {
		known[name], known[snapshot.ApprovalPath(name)] = true, true
	}
	var results []evidence.Result
	for i := range r.judging.Runs {
		folder := r.judging.Runs[i].Folder
		name, ok := evidence.Find(r.pack.Entries, folder+evidence.SnapshotName)
		if !ok {
			return withoutFile(folder + evidence.SnapshotName)
		}
		report := folder + evidence.ReportName
		known[name], known[report], known[folder+evidence.PageName] = true, true, true
		result, err := r.result(report)
		if err != nil {
			return err
		}
		if why := result.Lacking(); why != "" {
			r.verdict.Lacking = append(r.verdict.Lacking, report+": "+why)
		}
		results = append(results, result)
	}
	if period := r.judging.Period; period != nil {
		r.checkPeriod(period, results)
	}
	if !r.pack.Predicate.Tells(results) {
		return &evidence.AlteredError{Problem: "the statement says something else of the results than the reports do"}
	}
	return r.checkNames(known)
}

// checkPeriod tells what of a period is not in the pack.
func (r *replayer) checkPeriod(period *evidence.Period, results []evidence.Result) {
	if lacking := lackingDays(period, results); lacking != "" {
		r.verdict.Lacking = append(r.verdict.Lacking, lacking)
	}
	for i := range period.LeftOut {
		l := &period.LeftOut[i]
		r.verdict.Lacking = append(r.verdict.Lacking, fmt.Sprintf("run %d of %s is not in the pack: %s", l.Number, l.CollectedAt.Format(time.RFC3339), l.Reason))
	}
}

func (r *replayer) result(name string) (evidence.Result, error) {
	file, err := os.Open(r.path(name))
	if err != nil {
		return evidence.Result{}, withoutFile(name)
	}
	defer file.Close() //nolint:errcheck // it was only read
	return evidence.ReadResult(name, file)
}

func (r *replayer) path(name string) string { return filepath.Join(r.dir, filepath.FromSlash(name)) }

// checkNames refuses files that no pack has: nobody would look at what they say.
func (r *replayer) checkNames(known map[string]bool) error {
	for _, e := range r.pack.Entries {
		page := false
		for i := range r.judging.Runs {
			page = page || strings.HasPrefix(e.Name, r.judging.Runs[i].Folder+evidence.PagesFolder)
		}
		rule := path.Ext(e.Name) == ".rego" && (strings.HasPrefix(e.Name, evidence.ShippedRules+"/") || strings.HasPrefix(e.Name, evidence.OwnRules))
		if attested := strings.HasPrefix(e.Name, evidence.AttestationsFolder); !known[e.Name] && !page && !rule && !attested {
			return &evidence.AlteredError{Problem: e.Name + " is none of the files that a pack has"}
		}
	}
	return nil
}

// replay judges every run again.
func (r *replayer) replay(ctx context.Context) error {
	other, err := pipeline.OtherThanShipped(os.DirFS(r.path(evidence.ShippedRules)))
	if err != nil {
		return err
	}
	if len(other) > 0 {
		r.verdict.Lacking = append(r.verdict.Lacking, fmt.Sprintf("judged by other rules than this version of trailguard has: %d files differ, the first is %s/%s", len(other), evidence.ShippedRules, other[0]))
	}
	for i := range r.judging.Runs {
		if err := r.one(ctx, &r.judging.Runs[i]); err != nil {
			return err
		}
	}
	r.verdict.Replayed = true
	if made := r.judging.Tool.Version; made != version {
		r.verdict.Notes = append(r.verdict.Notes, fmt.Sprintf("made by trailguard %s and judged again by %s: the report as JSON is the same, the pages were not compared", made, version))
	}
	return nil
}

// flags are those of a scan that judges a run again.
func (r *replayer) scanFlags(run *evidence.Run) (*scanFlags, error) {
	f := &scanFlags{snapshot: r.path(run.Folder), history: noHistory, packed: &packedRun{&run.Settings, r.judging.Tool.Version}}
	name, _ := evidence.Find(r.pack.Entries, run.Folder+evidence.SnapshotName) // which was checked
	f.snapshot = r.path(name)
	if name, ok := evidence.Find(r.pack.Entries, evidence.BaselineName); ok {
		f.baseline = r.path(name)
	}
	if _, err := os.Stat(r.path(evidence.WaiversName)); err == nil {
		f.waivers = r.path(evidence.WaiversName)
	}
	if _, err := os.Stat(r.path(evidence.AttestationsName)); err == nil {
		f.attestations = r.path(evidence.AttestationsName)
	}
	f.shipped, f.ids = os.DirFS(r.path(evidence.ShippedRules)), r.judging.Rules
	for n := 1; ; n++ {
		dir := r.path(fmt.Sprintf("%s%d", evidence.OwnRules, n))
		if _, err := os.Stat(dir); err != nil {
			break
		}
		f.dirs = append(f.dirs, dir)
	}
	f.parallel = r.flags.parallel
	f.tenants, f.exports, f.asOf = run.Tenants, run.Exports, run.AsOf.Format(time.RFC3339Nano)
	f.failOnNew, f.allowIncomplete = r.judging.FailOnNew, r.judging.AllowIncomplete
	f.failOn.Value, f.failOn.Given = string(r.judging.FailOn), true
	f.output.format.Value = "html"
	_, err := scanner.ParseSeverity(f.failOn.Value)
	return f, err
}

// one judges a run again, and compares its reports.
func (r *replayer) one(ctx context.Context, run *evidence.Run) error {
	f, err := r.scanFlags(run)
	if err != nil {
		return err
	}
	scan, err := r.app.prepareRun(ctx, f)
	if err != nil {
		return err
	}
	defer scan.close(ctx)
	report, err := scan.report(ctx)
	if err != nil {
		return err
	}
	for _, made := range packedReports(report) {
		if made.Name != evidence.ReportName && r.judging.Tool.Version != version {
			continue
		}
		name := run.Folder + made.Name
		line, err := compareLines(r.path(name), made.Write)
		if err != nil {
			return err
		}
		if line > 0 {
			return &evidence.AlteredError{Problem: fmt.Sprintf("judged again, %s differs in line %d (it was made by trailguard %s; this is %s)", name, line, r.judging.Tool.Version, version)}
		}
	}
	r.noteEnded(report)
	return nil
}

// noteEnded tells which waivers held when the pack was made and do not any more.
func (r *replayer) noteEnded(report *scanner.Report) {
	today, ended := r.app.now().UTC().Format(time.DateOnly), 0
	for i := range report.Waivers.Applied {
		if report.Waivers.Applied[i].Expires < today {
			ended++
		}
	}
	if ended > 0 {
		r.verdict.Notes = append(r.verdict.Notes, fmt.Sprintf("%d of the waivers and accepted gaps that the report rests on have ended since", ended))
	}
}
