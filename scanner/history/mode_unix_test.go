//go:build unix

package history_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMode also shows that no character of a name is taken for an option.
func TestMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "new", "a b#c?d%e.db")
	s := open(t, path)
	recordRun(t, s, newWorld(3))
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) < 2 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", file, info.Mode())
		}
		if !strings.HasPrefix(file, path) {
			t.Errorf("%s was made for a history at %s", file, path)
		}
	}
}
