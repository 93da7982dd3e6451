package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

// What editors on Windows save: a byte order mark is nothing, UTF-16 is named.
func TestTextOfWindows(t *testing.T) {
	t.Parallel()
	p := newProgram(t)
	wide := func(text string) string { return "\xff\xfe" + strings.Join(strings.Split(text, ""), "\x00") + "\x00" }
	p.run(t, "rules", "new", "acme.marked").want(t, scanner.ExitClean)
	var rule string
	for _, path := range []string{"rules/marked/marked.rego", "rules/marked/marked_test.rego"} {
		text, err := os.ReadFile(filepath.Join(p.dir, path))
		if err != nil {
			t.Fatal(err)
		}
		p.write(t, path, "\ufeff"+string(text))
		rule = string(text)
	}
	p.run(t, "rules", "test", "rules").want(t, scanner.ExitClean)
	p.write(t, "rules/marked/marked.rego", wide(rule))
	p.run(t, "rules", "test", "rules").want(t, scanner.ExitCannotRun, "marked.rego: the text is encoded as UTF-16")

	p.write(t, "w.yaml", "\ufeffwaivers: []\r\n")
	p.run(t, "waivers", "check", "w.yaml").want(t, scanner.ExitClean)
	p.write(t, "w.yaml", wide("waivers: []"))
	p.run(t, "waivers", "check", "w.yaml").want(t, scanner.ExitCannotRun, "UTF-16")
	p.write(t, "w.yaml", strings.Repeat("[", 400_000))
	p.run(t, "waivers", "check", "w.yaml").want(t, scanner.ExitCannotRun, "w.yaml:1: not valid YAML: nested more than 50 deep")
	p.write(t, "trailguard.yaml", strings.Repeat("{", 2<<20))
	p.run(t, "scan").want(t, scanner.ExitCannotRun, "trailguard.yaml: larger than 1 MB")
}
