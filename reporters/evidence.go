package reporters

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// EvidenceWriter writes the displayed documents that findings point into, each
// to the path of its location below one directory. It never leaves that
// directory: not by "..", nor by a symbolic link.
type EvidenceWriter struct {
	dir     string
	root    *os.Root
	written map[string]string // digest of what was written, by path
	folded  map[string]string // path as it was written, by its lower-case form
}

// NewEvidenceWriter creates the directory where it is missing, readable by its
// owner alone.
func NewEvidenceWriter(dir string) (*EvidenceWriter, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create evidence directory %s: %w", Visible(dir), err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("open evidence directory %s: %w", Visible(dir), err)
	}
	return &EvidenceWriter{dir: dir, root: root, written: map[string]string{}, folded: map[string]string{}}, nil
}

// Add writes a displayed document to a location's path. A run that is killed
// leaves the old file or the new one, never a part. Adding the same document
// again is allowed. Another document under the same path is an error, because a
// finding's line would then point into the wrong text.
func (e *EvidenceWriter) Add(name, text string) error {
	if !fs.ValidPath(name) || name == "." {
		return fmt.Errorf("write evidence %q: the path leaves the evidence directory", name)
	}
	digest := scanner.Digest(text)
	if earlier, seen := e.written[name]; seen {
		if earlier != digest {
			return fmt.Errorf("write evidence %q: two different documents have this path", name)
		}
		return nil
	}
	if err := e.refuseCaseAlone(name); err != nil {
		return err
	}
	if err := e.write(name, text); err != nil {
		return fmt.Errorf("write evidence %q below %s: %w", name, Visible(e.dir), err)
	}
	e.written[name] = digest
	e.folded[strings.ToLower(name)] = name
	return nil
}

// refuseCaseAlone refuses a path that differs only in case from one already
// written, if the file system keeps both in one file: a finding would point
// into another document.
func (e *EvidenceWriter) refuseCaseAlone(name string) error {
	other, seen := e.folded[strings.ToLower(name)]
	if !seen {
		return nil
	}
	a, errA := e.root.Stat(filepath.FromSlash(other))
	b, errB := e.root.Stat(filepath.FromSlash(name))
	if errA == nil && errB == nil && os.SameFile(a, b) {
		return fmt.Errorf("write evidence %q: this file system holds one file for it and %q", name, other)
	}
	return nil
}

// write writes the text to a temporary file beside its target, then renames
// that.
func (e *EvidenceWriter) write(name, text string) (err error) {
	local, err := filepath.Localize(name)
	if err != nil {
		return err
	}
	if err := e.root.MkdirAll(filepath.Dir(local), 0o700); err != nil {
		return err
	}
	temporary := filepath.Join(filepath.Dir(local), ".trailguard-"+rand.Text())
	file, err := e.root.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ignoreMissing(e.root.Remove(temporary)))
		}
	}()
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return e.root.Rename(temporary, local)
}

// ignoreMissing drops the error of removing what is no longer there.
func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Close releases the directory.
func (e *EvidenceWriter) Close() error {
	if err := e.root.Close(); err != nil {
		return fmt.Errorf("close evidence directory %s: %w", Visible(e.dir), err)
	}
	return nil
}
