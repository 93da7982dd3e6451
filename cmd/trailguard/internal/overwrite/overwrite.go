// Package overwrite refuses to write a command's output over a file that the
// command reads or keeps, under whatever name the file is given, or over what
// somebody approved. It writes nothing itself.
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
	Path string // empty where the command has no such input
	// Folder means that everything below Path counts.
	Folder bool
}

// Check returns an error if writing to path would replace one of the inputs,
// even one that does not exist yet. Names that differ only in case count as the
// same, since on some file systems they are.
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

// place resolves the symbolic links of a path, as far as it exists.
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

// Same reports whether two paths lead to one file, existing or not.
func Same(a, b string) bool { return strings.EqualFold(place(a), place(b)) }
