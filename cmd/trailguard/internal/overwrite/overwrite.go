// Package overwrite keeps what a command writes off what it reads or keeps
// otherwise, under whatever name. It writes nothing itself.
package overwrite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Input is a file or folder that a command reads or keeps.
type Input struct {
	What string // what it is for, such as "the baseline"
	Path string // empty: there is none
	// Folder says that everything below it is meant.
	Folder bool
}

// Check refuses to write to a path that is one of the inputs, also one that is
// not there yet. Names that differ by case alone are the same: on some systems
// they are.
func Check(path string, inputs []Input) error {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		return nil // a pipe or a device loses nothing
	}
	target := place(path)
	for _, in := range inputs {
		if in.Path == "" {
			continue
		}
		known := place(in.Path)
		same := strings.EqualFold(target, known)
		if other, err := os.Stat(in.Path); err == nil && info != nil {
			same = same || os.SameFile(info, other)
		}
		if same {
			return fmt.Errorf("%s is %s: write to another file", path, in.What)
		}
		if in.Folder && below(target, known) {
			return fmt.Errorf("%s lies in %s, %s: write elsewhere", path, in.Path, in.What)
		}
	}
	return nil
}

func below(path, folder string) bool {
	prefix := strings.TrimSuffix(folder, string(filepath.Separator)) + string(filepath.Separator)
	return len(path) > len(prefix) && strings.EqualFold(path[:len(prefix)], prefix)
}

// place is where a path leads, behind the symbolic links of as much of it as
// there is.
func place(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for dir := absolute; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return absolute
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// Same says whether two paths lead to one file, there or not.
func Same(a, b string) bool { return strings.EqualFold(place(a), place(b)) }
