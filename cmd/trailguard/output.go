package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/cli"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/reportfile"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/terminal"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// outputFlags say in which formats a report goes where.
type outputFlags struct {
	format       cli.Choice
	outputs      []string
	sarifProfile cli.Choice
	evidence     string
}

func (o *outputFlags) register(flags *pflag.FlagSet) {
	formats, profiles := reporters.Formats(), reporters.Profiles()
	o.format.Register(flags, "format", "table", "what standard output shows: "+strings.Join(formats, ", "), "format", formats...)
	flags.StringArrayVar(&o.outputs, "output", nil, "write `FORMAT=FILE` as well (repeatable); - is standard output; asff=DIR/ and html=DIR/ are folders of files")
	o.sarifProfile.Register(flags, "sarif-profile", reporters.ProfileGitHub, "SARIF for GitHub code scanning, or full: "+strings.Join(profiles, ", "), "SARIF profile", profiles...)
	flags.StringVar(&o.evidence, "evidence", "", "write the documents that were judged below `DIR`")
}

// standard stands for standard output or standard input in place of a file's
// name.
const standard = "-"

// destination is one report to write.
type destination struct {
	format string
	report reporters.Reporter
	folder *reporters.Folder // nil: one file
	path   string            // empty: standard output
	taken  bool              // standard output, because --output says so
}

// destinations checks the flags: an unknown format and the same file twice are
// wrong usage, found before anything is collected.
func (o *outputFlags) destinations() ([]destination, error) {
	list := []destination{newDestination(o.format.Value, "")}
	for _, output := range o.outputs {
		name, path, ok := strings.Cut(output, "=")
		if !ok || path == "" {
			return nil, usageError("--output %q: write FORMAT=FILE, such as sarif=trailguard.sarif", output)
		}
		format, err := cli.OneOf("format", name, slices.DeleteFunc(reporters.Formats(), func(f string) bool { return f == "none" }))
		switch {
		case err != nil:
			return nil, usageError("%w", err)
		case reportfile.NamesFolder(path) && newDestination(format, path).folder == nil:
			return nil, usageError("--output %s: names a folder; write %s=FILE", output, format)
		case path == standard && o.format.Given && list[0].format != "none", path == standard && list[0].taken:
			return nil, usageError("--output %s: standard output shows %s already", output, list[0].format)
		case path == standard:
			list[0] = newDestination(format, "")
			list[0].taken = true
			continue
		case o.evidence != "" && overwrite.Same(o.evidence, path):
			return nil, usageError("--output and --evidence both name %s", path)
		case slices.ContainsFunc(list, func(d destination) bool { return d.path != "" && overwrite.Same(d.path, path) }):
			return nil, usageError("--output names the file %s twice", path)
		}
		list = append(list, newDestination(format, path))
	}
	return list, nil
}

// shows reports whether the report is written in a format.
func (o *outputFlags) shows(format string) bool {
	return o.format.Value == format || slices.ContainsFunc(o.outputs, func(output string) bool { return strings.HasPrefix(output, format+"=") })
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
func (o *outputFlags) refuseInputs(list []destination, inputs []overwrite.Input) error {
	for _, d := range list {
		if d.path == "" {
			continue
		}
		if err := refuseOverwrite(d.path, inputs); err != nil {
			return err
		}
		if err := refuseApproved(d.path, "write to another file"); err != nil {
			return err
		}
	}
	if o.evidence == "" {
		return nil
	}
	return refuseOverwrite(o.evidence, inputs)
}

// write writes the report to all destinations. Files come before standard
// output, so that a reader who closes the pipe early costs no file. Every
// destination is tried, and the first error returned.
func (a *app) write(o *outputFlags, list []destination, r *scanner.Report) error {
	a.reported = true
	var first error
	for _, d := range slices.Backward(list) {
		if err := a.writeOne(o, d, r); err != nil && first == nil {
			first = err
		}
	}
	return first
}

func (a *app) writeOne(o *outputFlags, d destination, r *scanner.Report) error {
	options := reporters.Options{Width: reporters.DefaultWidth, Profile: o.sarifProfile.Value, EvidenceDir: o.evidence}
	if d.path == "" {
		options.Width = terminal.Width(a.stdout)
		options.Color = terminal.Color(a.color.Value, a.stdout)
		if err := d.report(a.stdout, r, options); err != nil {
			return fmt.Errorf("write %s to standard output: %w", d.format, err)
		}
		return nil
	}
	if d.folder != nil {
		return reportfile.WriteFolder(d.path, d.folder, d.folder.Files(r, options))
	}
	if n := len(r.Findings); d.format == "html" && n > reportfile.ManyFindings {
		a.note("%s holds %d findings, which browsers are slow to show: --output html=DIR/ writes a folder of pages", d.path, n)
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
