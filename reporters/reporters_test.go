package reporters_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

func TestLookup(t *testing.T) {
	if first := reporters.Formats()[0]; first != "table" {
		t.Errorf("the default format is %s, not table", first)
	}
	for _, name := range reporters.Formats() {
		if _, ok := reporters.Lookup(name); !ok {
			t.Errorf("%s is listed and cannot be found", name)
		}
	}
	for _, name := range []string{"", "Table", "yaml"} {
		if _, ok := reporters.Lookup(name); ok {
			t.Errorf("%q is a format", name)
		}
	}
}

func TestNoneWritesNothing(t *testing.T) {
	if got := render(t, "none", fullReport(), reporters.Options{}); got != "" {
		t.Errorf("none writes %q", got)
	}
}

// fullDisk takes a few bytes and then fails, as a disk or a pipe does.
type fullDisk struct{ room int }

var errFull = errors.New("no space left on device")

func (f *fullDisk) Write(p []byte) (int, error) {
	if len(p) > f.room {
		return f.room, errFull
	}
	f.room -= len(p)
	return len(p), nil
}

func TestErrorsOfTheWriterAreReturned(t *testing.T) {
	for _, name := range reporters.Formats() {
		if name == "none" {
			continue
		}
		report, _ := reporters.Lookup(name)
		whole := len(render(t, name, fullReport(), reporters.Options{}))
		for _, room := range []int{0, 1, whole / 2, whole - 1} {
			if err := report(&fullDisk{room}, fullReport(), reporters.Options{}); !errors.Is(err, errFull) {
				t.Errorf("%s with room for %d of %d bytes returns %v", name, room, whole, err)
			}
		}
	}
}

func TestReportsAreTheSameEveryTime(t *testing.T) {
	for _, name := range reporters.Formats() {
		first := render(t, name, fullReport(), reporters.Options{})
		for range 20 {
			if render(t, name, fullReport(), reporters.Options{}) != first {
				t.Fatalf("%s differs between runs", name)
			}
		}
	}
}

// TestReportersChangeNothing lets several formats share one report.
func TestReportersChangeNothing(t *testing.T) {
	shared := fullReport()
	before := render(t, "json", shared, reporters.Options{})
	for _, name := range reporters.Formats() {
		render(t, name, shared, reporters.Options{Profile: reporters.ProfileFull})
	}
	if render(t, "json", shared, reporters.Options{}) != before {
		t.Error("a reporter changed the report")
	}
}

func TestHostileNamesReachNoTerminal(t *testing.T) {
	short.Skip(t)
	for _, name := range reporters.Formats() {
		for _, profile := range reporters.Profiles() {
			text := render(t, name, hostileReport(), reporters.Options{Profile: profile})
			if !utf8.ValidString(text) {
				t.Errorf("%s is not UTF-8", name)
			}
			for _, r := range text {
				if r != '\n' && r != '\r' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
					t.Errorf("%s holds the raw character %U", name, r)
					break
				}
			}
			if name != "csv" && strings.Contains(text, "\r") {
				t.Errorf("%s holds a carriage return", name)
			}
		}
	}
}

func TestReportsOfNothingDoNotPanic(t *testing.T) {
	for _, name := range reporters.Formats() {
		report, _ := reporters.Lookup(name)
		finding := scanner.Finding{RuleID: "x", Status: scanner.StatusUnknown}
		for _, r := range []*scanner.Report{{}, {Findings: []scanner.Finding{finding}, Gaps: []scanner.Gap{{}}, Drift: []scanner.Change{{}}}} {
			must(t, report(io.Discard, r, reporters.Options{}))
		}
	}
}
