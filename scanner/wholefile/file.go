package wholefile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// File is a file that appears whole or not at all: it is written beside its
// target, with mode 0600, and takes its place on Commit. A named pipe or a
// device is written directly.
type File struct {
	name   string // as errors call it
	target string // where it ends up, with symbolic links resolved
	file   *os.File
	direct bool
	done   bool
}

// Create opens a file for writing. Call Commit when all is written;
// Discard, which does nothing after Commit, belongs in a defer.
func Create(path string) (*File, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return createBeside(path, path)
	case err != nil:
		return nil, creating(path, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s: is a directory; name a file", path)
	case !info.Mode().IsRegular() || strings.HasPrefix(path, "/dev/"):
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, creating(path, err)
		}
		return &File{name: path, file: file, direct: true}, nil
	}
	// Renaming over a symbolic link would replace the link and leave the file
	// that it names as it was.
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil, creating(path, err)
	}
	return createBeside(path, target)
}

// CreateShared is Create for a file that others may read, with mode 0644.
func CreateShared(path string) (*File, error) {
	f, err := Create(path)
	if err != nil || f.direct {
		return f, err
	}
	if err := f.file.Chmod(0o644); err != nil {
		f.Discard()
		return nil, creating(path, err)
	}
	return f, nil
}

func createBeside(path, target string) (*File, error) {
	file, err := os.CreateTemp(filepath.Dir(target), "."+filepath.Base(target)+".*.tmp")
	if err != nil {
		return nil, creating(path, err)
	}
	return &File{name: path, target: target, file: file}, nil
}

func creating(path string, err error) error {
	return fmt.Errorf("%s: create: %w; check that the folder exists and may be written to", path, bare(err))
}

// writing describes an error of writing a file.
func writing(name string, err error) error {
	advice := "the old file, if there was one, is unchanged"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EFBIG) {
		advice = "free some space or write elsewhere; " + advice
	}
	return fmt.Errorf("%s: write: %w; %s", name, bare(err), advice)
}

// bare strips the operation and the path from an error whose message names the
// file already: the temporary name would only confuse.
func bare(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}

// Write implements io.Writer.
func (f *File) Write(p []byte) (int, error) {
	n, err := f.file.Write(p)
	if err != nil {
		return n, writing(f.name, err)
	}
	return n, nil
}

// Commit puts the file in its place. After an error the old file, if there was
// one, is unchanged.
func (f *File) Commit() error {
	if f.done {
		return nil
	}
	if f.direct {
		f.done = true
		if err := f.file.Close(); err != nil {
			return writing(f.name, err)
		}
		return nil
	}
	defer f.Discard()
	if err := f.file.Sync(); err != nil {
		return writing(f.name, err)
	}
	if err := f.file.Close(); err != nil {
		return writing(f.name, err)
	}
	if err := os.Rename(f.file.Name(), f.target); err != nil {
		return writing(f.name, err)
	}
	f.done = true
	return nil
}

// Discard abandons the file and leaves nothing behind. What a pipe or device
// has received cannot be taken back.
func (f *File) Discard() {
	if f.done {
		return
	}
	f.done = true
	_ = f.file.Close() // it is thrown away, or was closed
	if !f.direct {
		_ = os.Remove(f.file.Name()) // if it cannot be removed, nothing else can be done
	}
}
