package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/trailguard/trailguard/reporters"
)

// namesFolder reports whether a path ends in a separator, as one that means a
// folder.
func namesFolder(path string) bool { return path != "" && os.IsPathSeparator(path[len(path)-1]) }

// writeFolder writes each file of a report whole, and removes those of an
// earlier report that this one does not have, which readers would take for
// today's. It touches nothing else in the folder.
func writeFolder(dir string, folder *reporters.Folder, files []reporters.File) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create folder %s: %w", dir, err)
	}
	for _, f := range files {
		if err := writeFile(filepath.Join(dir, f.Name), f.Write); err != nil {
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
