package overwrite_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/overwrite"
)

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	for _, folder := range []string{at("rules", "acme"), at("real")} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{at("key"), at("rules", "acme", "a.rego")} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(at("real"), at("link")); err != nil {
		t.Skip(err)
	}
	if err := os.Link(at("key"), at("hard")); err != nil {
		t.Skip(err)
	}
	inputs := []overwrite.Input{
		{What: "the key", Path: at("key")},
		{What: "the history", Path: at("real", "new.db")},
		{What: "the rules", Path: at("rules"), Folder: true},
		{What: "nothing"},
	}
	for path, want := range map[string]string{
		at("key"): "is the key", at("hard"): "is the key", at("rules", "..", "key"): "is the key", at("KEY"): "is the key",
		at("real", "new.db"): "is the history", at("link", "new.db"): "is the history", at("link", "NEW.db"): "is the history",
		at("rules", "acme", "a.rego"): "the rules", at("rules", "new.json"): "the rules", at("rules"): "the rules",
		at("rules.json"): "", at("real", "new.db.json"): "", at("out.json"): "", os.DevNull: "",
	} {
		err := overwrite.Check(path, inputs)
		if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
