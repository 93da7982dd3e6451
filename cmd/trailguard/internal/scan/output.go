package scan

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// OutputFlags say in which formats a report goes where.
type OutputFlags struct {
	Format       cli.Choice
	outputs      []string
	sarifProfile cli.Choice
	evidence     string
}

// Register adds the flags.
func (o *OutputFlags) Register(flags *pflag.FlagSet) {
	formats, profiles := reporters.Formats(), reporters.Profiles()
	o.Format.Register(flags, "format", "table", "what standard output shows: "+strings.Join(formats, ", "), "format", formats...)
	flags.StringArrayVar(&o.outputs, "output", nil, "write `FORMAT=FILE` as well (repeatable); - is standard output; asff=DIR/ and html=DIR/ are folders of files")
	o.sarifProfile.Register(flags, "sarif-profile", reporters.ProfileGitHub, "SARIF for GitHub code scanning, or full: "+strings.Join(profiles, ", "), "SARIF profile", profiles...)
	flags.StringVar(&o.evidence, "evidence", "", "write the documents that were judged below `DIR`")
}

// destination is one report to write.
type destination struct {
	format string
	report reporters.Reporter
	folder *reporters.Folder // nil: one file
	path   string            // empty: standard output
	taken  bool              // standard output, because --output says so
}

// Destinations checks the flags: an unknown format and the same file twice are
// wrong usage, found before anything is collected.
func (o *OutputFlags) Destinations() ([]destination, error) {
	list := []destination{newDestination(o.Format.Value, "")}
	for _, output := range o.outputs {
		name, path, ok := strings.Cut(output, "=")
		if !ok || path == "" {
			return nil, cli.Usage("--output %q: write FORMAT=FILE, such as sarif=trailguard.sarif", output)
		}
		format, err := cli.OneOf("format", name, slices.DeleteFunc(reporters.Formats(), func(f string) bool { return f == "none" }))
		switch {
		case err != nil:
			return nil, cli.Usage("%w", err)
		case reportfile.NamesFolder(path) && newDestination(format, path).folder == nil:
			return nil, cli.Usage("--output %s: names a folder; write %s=FILE", output, format)
		case path == cli.Standard && o.Format.Given && list[0].format != "none", path == cli.Standard && list[0].taken:
			return nil, cli.Usage("--output %s: standard output shows %s already", output, list[0].format)
		case path == cli.Standard:
			list[0] = newDestination(format, "")
			list[0].taken = true
			continue
		case o.evidence != "" && overwrite.Same(o.evidence, path):
			return nil, cli.Usage("--output and --evidence both name %s", path)
		case slices.ContainsFunc(list, func(d destination) bool { return d.path != "" && overwrite.Same(d.path, path) }):
			return nil, cli.Usage("--output names the file %s twice", path)
		}
		list = append(list, newDestination(format, path))
	}
	return list, nil
}

// shows reports whether the report is written in a format.
func (o *OutputFlags) shows(format string) bool {
	return o.Format.Value == format || slices.ContainsFunc(o.outputs, func(output string) bool { return strings.HasPrefix(output, format+"=") })
}

func newDestination(format, path string) destination {
	report, _ := reporters.Lookup(format) // the flags hold no other
	d := destination{format: format, report: report, path: path}
	if reportfile.NamesFolder(path) {
		d.folder, _ = reporters.LookupFolder(format)
	}
	return d
}

// refuseInputs refuses to write over what the run reads, or over an approved
// snapshot.
func (o *OutputFlags) refuseInputs(list []destination, inputs []overwrite.Input) error {
	for _, d := range list {
		if d.path == "" {
			continue
		}
		if err := overwrite.Refuse(d.path, inputs); err != nil {
			return err
		}
		if err := overwrite.RefuseApproved(d.path, "write to another file"); err != nil {
			return err
		}
	}
	if o.evidence == "" {
		return nil
	}
	return overwrite.Refuse(o.evidence, inputs)
}

// write writes the report to all destinations. Files come before standard
// output, so that a reader who closes the pipe early costs no file. Every
// destination is tried, and the first error returned.
func write(a *app.App, o *OutputFlags, list []destination, r *scanner.Report) error {
	a.Reported = true
	var first error
	for _, d := range slices.Backward(list) {
		if err := writeOne(a, o, d, r); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func writeOne(a *app.App, o *OutputFlags, d destination, r *scanner.Report) error {
	options := reporters.Options{Width: reporters.DefaultWidth, Profile: o.sarifProfile.Value, EvidenceDir: o.evidence}
	if d.path == "" {
		options.Width = a.Width()
		options.Color = a.Colored()
		if err := d.report(a.Stdout, r, options); err != nil {
			return fmt.Errorf("write %s to standard output: %w", d.format, err)
		}
		return nil
	}
	if d.folder != nil {
		return reportfile.WriteFolder(d.path, d.folder, d.folder.Files(r, options))
	}
	if n := len(r.Findings); d.format == "html" && n > reportfile.ManyFindings {
		a.Note("%s holds %d findings, which browsers are slow to show: --output html=DIR/ writes a folder of pages", d.path, n)
	}
	write := reportfile.Write
	if reporters.Scraped(d.format) {
		var err error
		if options.Before, err = reportfile.ReadBefore(d.path); err != nil {
			return err
		}
		write = reportfile.WriteShared
	}
	return write(d.path, func(w io.Writer) error { return d.report(w, r, options) })
}
