// Package reportfile keeps reports in files and folders: each is replaced as a
// whole or not at all, and nothing is replaced that is not a report. It does not
// know what reports say.
package reportfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner/wholefile"
)

// Write writes a file that only its owner may read. It appears whole or not at
// all.
func Write(path string, write func(io.Writer) error) error {
	return writeBy(wholefile.Create, path, write)
}

// WriteShared is Write for a file that others may read.
func WriteShared(path string, write func(io.Writer) error) error {
	return writeBy(wholefile.CreateShared, path, write)
}

func writeBy(create func(path string) (*wholefile.File, error), path string, write func(io.Writer) error) error {
	file, err := create(path)
	if err != nil {
		return err
	}
	defer file.Discard()
	if err := write(file); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return file.Commit()
}

// ManyFindings is the number of findings above which HTML in one page is too
// much.
const ManyFindings = 5000

// maxBefore bounds, in bytes, what is read of a report that is about to be
// replaced.
const maxBefore = 64 << 20

// ReadBefore reads the file that a report is about to replace, where there is
// one. It does not read pipes: that would wait for a writer.
func ReadBefore(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return nil, nil // if the path cannot be written to, writing says so
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the earlier report: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	before, err := io.ReadAll(io.LimitReader(file, maxBefore))
	if err != nil {
		return nil, fmt.Errorf("read the earlier report: %w", err)
	}
	return before, nil
}

// NamesFolder reports whether a path ends in a separator, as one that means a
// folder.
func NamesFolder(path string) bool { return path != "" && os.IsPathSeparator(path[len(path)-1]) }

// WriteFolder writes each file of a report whole, and removes those of an
// earlier report that this one does not have, which readers would take for
// today's. It touches nothing else in the folder.
func WriteFolder(dir string, folder *reporters.Folder, files []reporters.File) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create folder %s: %w", dir, err)
	}
	for _, f := range files {
		if err := Write(filepath.Join(dir, f.Name), f.Write); err != nil {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("list folder %s: %w", dir, err)
	}
	for _, e := range entries {
		written := slices.ContainsFunc(files, func(f reporters.File) bool { return f.Name == e.Name() })
		if written || !e.Type().IsRegular() || !folder.Named(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an earlier report's file: %w", err)
		}
	}
	return nil
}

// Replaceable reports whether a path holds nothing or a report. The inputs of a
// run that has not begun are not known, and none of them may be lost.
func Replaceable(path string) bool {
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
