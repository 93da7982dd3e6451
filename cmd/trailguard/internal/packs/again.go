package packs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// Verifier says whether a pack can be believed.
type Verifier struct {
	// Judge judges again what a pack holds; nil: nothing is.
	Judge   func(ctx context.Context, o *Order) (*scanner.Report, error)
	Now     time.Time
	Version string // of this program
}

// Order is what a pack says of how one of its snapshots was judged. Paths are of
// files that were unpacked; empty: there is none.
type Order struct {
	Snapshot, Baseline, Waivers, Attestations string

	Shipped   fs.FS // the rules of the version that made the pack
	Own       []string
	Rules     []string // ids; empty: all
	Tenants   []string
	Exports   []string
	AsOf      time.Time
	Settings  *scanner.Settings
	Threshold scanner.Threshold
	Version   string // that made the pack
}

// ReplayError says that a pack is authentic, and that nothing could be judged again.
type ReplayError struct {
	Pack, MadeBy, Version string
	Err                   error
}

func (e *ReplayError) Error() string {
	return fmt.Sprintf("%s is authentic, and could not be judged again: %v (it was made by trailguard %s; this is %s)", e.Pack, e.Err, e.MadeBy, e.Version)
}

// Unwrap returns what went wrong.
func (e *ReplayError) Unwrap() error { return e.Err }

// Verify reads a pack into a folder, checks it, and judges it again. What is wrong
// with the pack is in the verdict; the error says that it could not be read, or is
// a [ReplayError].
func (v *Verifier) Verify(ctx context.Context, path, dir string, c evidence.Criteria) (*Verdict, error) {
	verdict := &Verdict{Pack: path, Verdict: "authentic", Lacking: []string{}, Notes: []string{}, Results: []evidence.Result{}}
	err := v.verify(ctx, verdict, dir, c)
	var altered *evidence.AlteredError
	switch {
	case errors.As(err, &altered):
		verdict.Status, verdict.Verdict, verdict.Problem = scanner.ExitFail, "altered", altered.Problem
	case err != nil:
		return nil, err
	case len(verdict.Lacking) > 0:
		verdict.Status = scanner.ExitIncomplete
	}
	return verdict, nil
}

func (v *Verifier) verify(ctx context.Context, verdict *Verdict, dir string, c evidence.Criteria) error {
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
	pack, err := evidence.Read(ctx, verdict.Pack, c)
	if err != nil {
		return err
	}
	verdict.Signatory, verdict.Timestamp, verdict.Files = pack.Signatory, pack.Timestamp, len(pack.Entries)
	verdict.MadeBy, verdict.Results = pack.Predicate.Tool.Version, pack.Predicate.Results
	text, err := root.ReadFile(evidence.JudgingName)
	if err != nil {
		return withoutFile(evidence.JudgingName)
	}
	judging, err := evidence.ParseJudging(text)
	if err != nil {
		return err
	}
	r := &replayer{Verifier: v, dir: dir, pack: pack, judging: judging, verdict: verdict}
	if err := r.checkFiles(); err != nil {
		return err
	}
	if v.Judge == nil {
		verdict.Notes = append(verdict.Notes, "nothing was judged again (--no-replay): who signed is all that vouches for the report")
		return nil
	}
	err = r.replay(ctx)
	var altered *evidence.AlteredError
	if err == nil || errors.As(err, &altered) {
		return err
	}
	return &ReplayError{Pack: verdict.Pack, MadeBy: judging.Tool.Version, Version: v.Version, Err: err}
}

func withoutFile(name string) error {
	return &evidence.AlteredError{Problem: "there is no " + name + " in it: nothing shows what its report rests on"}
}

// replayer judges again what a pack holds.
type replayer struct {
	*Verifier

	dir     string // where the pack is unpacked
	pack    *evidence.Pack
	judging *evidence.Judging
	verdict *Verdict
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
	if made := r.judging.Tool.Version; made != r.Version {
		r.verdict.Notes = append(r.verdict.Notes, fmt.Sprintf("made by trailguard %s and judged again by %s: the report as JSON is the same, the pages were not compared", made, r.Version))
	}
	return nil
}

// order says how a run is judged again.
func (r *replayer) order(run *evidence.Run) *Order {
	o := &Order{
		Shipped: os.DirFS(r.path(evidence.ShippedRules)), Rules: r.judging.Rules, Tenants: run.Tenants, Exports: run.Exports,
		AsOf: run.AsOf, Settings: &run.Settings, Version: r.judging.Tool.Version,
		Threshold: scanner.Threshold{FailOn: r.judging.FailOn, FailOnNew: r.judging.FailOnNew, AllowIncomplete: r.judging.AllowIncomplete},
	}
	name, _ := evidence.Find(r.pack.Entries, run.Folder+evidence.SnapshotName) // which was checked
	o.Snapshot = r.path(name)
	if name, ok := evidence.Find(r.pack.Entries, evidence.BaselineName); ok {
		o.Baseline = r.path(name)
	}
	o.Waivers, o.Attestations = r.unpacked(evidence.WaiversName), r.unpacked(evidence.AttestationsName)
	for n := 1; ; n++ {
		dir := r.unpacked(fmt.Sprintf("%s%d", evidence.OwnRules, n))
		if dir == "" {
			return o
		}
		o.Own = append(o.Own, dir)
	}
}

// unpacked is the path of what the pack holds by a name; empty: it does not.
func (r *replayer) unpacked(name string) string {
	if _, err := os.Stat(r.path(name)); err != nil {
		return ""
	}
	return r.path(name)
}

// one judges a run again, and compares its reports.
func (r *replayer) one(ctx context.Context, run *evidence.Run) error {
	report, err := r.Judge(ctx, r.order(run))
	if err != nil {
		return err
	}
	for _, made := range reportFiles(report) {
		if made.Name != evidence.ReportName && r.judging.Tool.Version != r.Version {
			continue
		}
		name := run.Folder + made.Name
		line, err := compareLines(r.path(name), made.Write)
		if err != nil {
			return err
		}
		if line > 0 {
			return &evidence.AlteredError{Problem: fmt.Sprintf("judged again, %s differs in line %d (it was made by trailguard %s; this is %s)", name, line, r.judging.Tool.Version, r.Version)}
		}
	}
	r.noteEnded(report)
	return nil
}

// noteEnded tells which waivers held when the pack was made and do not any more.
func (r *replayer) noteEnded(report *scanner.Report) {
	today, ended := r.Now.UTC().Format(time.DateOnly), 0
	for i := range report.Waivers.Applied {
		if report.Waivers.Applied[i].Expires < today {
			ended++
		}
	}
	if ended > 0 {
		r.verdict.Notes = append(r.verdict.Notes, fmt.Sprintf("%d of the waivers and accepted gaps that the report rests on have ended since", ended))
	}
}
