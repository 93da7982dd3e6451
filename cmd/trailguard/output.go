package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/terminal"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/wholefile"
)

// outputFlags say in which formats a report goes where.
type outputFlags struct {
	format       string
	outputs      []string
	sarifProfile string
	evidence     string
}

func (o *outputFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&o.format, "format", "table", "what standard output shows: "+strings.Join(reporters.Formats(), ", "))
	flags.StringArrayVar(&o.outputs, "output", nil, "write `FORMAT=FILE` as well (repeatable)")
	flags.StringVar(&o.sarifProfile, "sarif-profile", reporters.ProfileGitHub, "SARIF for GitHub code scanning, or full: "+strings.Join(reporters.Profiles(), ", "))
	flags.StringVar(&o.evidence, "evidence", "", "write the documents that were judged below `DIR`")
}

// destination is one report to write.
type destination struct {
	format string
	report reporters.Reporter
	path   string // empty: standard output
}

// destinations checks the flags: an unknown format and the same file twice are
// wrong usage, found before anything is collected.
func (o *outputFlags) destinations() ([]destination, error) {
	report, ok := reporters.Lookup(o.format)
	if !ok {
		return nil, unknownFormat(o.format)
	}
	if !slices.Contains(reporters.Profiles(), o.sarifProfile) {
		return nil, usageError("unknown SARIF profile %q: use one of %s", o.sarifProfile, strings.Join(reporters.Profiles(), ", "))
	}
	list := []destination{{o.format, report, ""}}
	for _, output := range o.outputs {
		format, path, ok := strings.Cut(output, "=")
		if !ok || path == "" {
			return nil, usageError("--output %q: write FORMAT=FILE, such as sarif=trailguard.sarif", output)
		}
		report, ok := reporters.Lookup(format)
		if !ok || format == "none" {
			return nil, unknownFormat(format)
		}
		if slices.ContainsFunc(list, func(d destination) bool { return d.path != "" && overwrite.Same(d.path, path) }) {
			return nil, usageError("--output names the file %s twice", path)
		}
		list = append(list, destination{format, report, path})
	}
	return list, nil
}

// spare refuses outputs that are inputs of the run.
func (o *outputFlags) spare(list []destination, inputs []overwrite.Input) error {
	for _, d := range list {
		if d.path == "" {
			continue
		}
		if err := refuseOverwrite(d.path, inputs); err != nil {
			return err
		}
	}
	if o.evidence == "" {
		return nil
	}
	return refuseOverwrite(o.evidence, inputs)
}

func unknownFormat(name string) error {
	return usageError("unknown format %q: use one of %s", name, strings.Join(reporters.Formats(), ", "))
}

// write writes the report everywhere. Files are written before standard
// output, so that a reader which closes the pipe early costs no file; every
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
	options := reporters.Options{Width: reporters.DefaultWidth, Profile: o.sarifProfile, EvidenceDir: o.evidence}
	if d.path == "" {
		options.Width = terminal.Width(a.stdout)
		options.Color = terminal.Color(a.color, a.stdout)
		if err := d.report(a.stdout, r, options); err != nil {
			return fmt.Errorf("write %s to standard output: %w", d.format, err)
		}
		return nil
	}
	return writeFile(d.path, func(w io.Writer) error { return d.report(w, r, options) })
}

// writeFile writes a file that appears whole or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	file, err := wholefile.Create(path)
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := write(file); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return file.Commit()
}
