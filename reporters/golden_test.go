package reporters_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

var update = flag.Bool("update", false, "rewrite the golden files and the published schema")

// render runs a format over a report.
func render(t *testing.T, format string, r *scanner.Report, o reporters.Options) string {
	t.Helper()
	report, ok := reporters.Lookup(format)
	if !ok {
		t.Fatalf("there is no format %q", format)
	}
	var out bytes.Buffer
	must(t, report(&out, r, o))
	return out.String()
}

// golden compares a text with the file that holds what was read and approved.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("..", "fixtures", "report", name)
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o600))
		return
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; read the difference, then run make golden (-golden +now):\n%s", name, diff)
	}
}

func TestEveryFormatOverEveryReport(t *testing.T) {
	for _, format := range reporters.Formats() {
		if format == "none" {
			continue
		}
		for _, name := range []string{"empty", "full"} {
			t.Run(name+"."+format, func(t *testing.T) {
				golden(t, name+"."+format, render(t, format, cases()[name](), reporters.Options{}))
			})
		}
	}
}
