package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// reportFailure writes, for a run that could not run, JSON reports that say
// why. It replaces earlier reports. Other formats stay as they are: a list
// without findings would look like a clean run in them.
func (a *app) reportFailure(list []destination, exit *exitError) {
	if exit.err == nil || exit.status == scanner.ExitUsage {
		return
	}
	var lines []string
	for line := range strings.SplitSeq(exit.err.Error(), "\n") {
		lines = append(lines, reporters.Visible(line))
	}
	report := scanner.CouldNotRun(scanner.Tool{Name: toolName, Version: version}, a.now().UTC(), exit.status, strings.Join(lines, "\n"))
	for _, d := range list {
		if d.format != "json" || d.path == "" || !replaceable(d.path) {
			continue
		}
		if err := a.writeOne(&outputFlags{}, d, report); err != nil {
			a.warn(fmt.Errorf("the report of an earlier run may still be there: %w", err))
		}
	}
}

// replaceable reports whether a path holds nothing or a report. The inputs of a
// run that has not begun are not known, and none of them may be lost.
func replaceable(path string) bool {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return errors.Is(err, fs.ErrNotExist)
	}
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close() //nolint:errcheck // it was only read
	head := make([]byte, 64)
	n, err := io.ReadFull(file, head)
	if n == 0 {
		return errors.Is(err, io.EOF)
	}
	return bytes.HasPrefix(head, []byte("{\n  \"formatVersion\": "))
}
