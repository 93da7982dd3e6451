package main

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are what the scripts of testdata/script can do besides
// testscript's own commands.
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"capture": scriptCapture,
		"fill":    scriptFill,
		"records": scriptRecords,
		"replace": scriptReplace,
		"status":  scriptStatus,
	}
}

// scriptStatus runs a command and asserts its exit status: status N CMD ARG…
func scriptStatus(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status N CMD ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // testscript returns it bare
		got = exit.ExitCode()
	} else if err != nil && !os.IsNotExist(err) {
		ts.Fatalf("run: %v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// scriptReplace puts another text in place of the first of its kind in a file,
// and fails where there is none: replace FILE OLD NEW
func scriptReplace(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: replace FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// scriptFill fills in what waivers leave to be filled in: fill FILE
func scriptFill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: fill FILE")
	}
	text := strings.NewReplacer("justification: #", "justification: moves in May #", "approvedBy: #", "approvedBy: j.doe #").Replace(ts.ReadFile(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

// scriptCapture keeps a part of the last standard output in a variable: capture
// NAME PATTERN, where the pattern's first group is the part.
func scriptCapture(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: capture NAME PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) != 2 {
		ts.Fatalf("standard output has no %q with a group", args[1])
	}
	ts.Setenv(args[0], found[1])
}

// scriptRecords asserts that every line on standard error is JSON with the keys
// that are promised, and which events they are: records EVENT…, where one with +
// stands for one or more of its kind, and one with ? for one or none.
func scriptRecords(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: records EVENT...")
	}
	records, err := parseRecords(ts.ReadFile("stderr"))
	ts.Check(err)
	var events []string
	for _, r := range records {
		events = append(events, fmt.Sprint(r["event"]))
	}
	pattern := ""
	for _, arg := range args {
		name := strings.TrimRight(arg, "+?")
		pattern += "(" + name + ",)" + arg[len(name):]
	}
	said := strings.Join(append(events, ""), ",")
	if !regexp.MustCompile("^" + pattern + "$").MatchString(said) {
		ts.Fatalf("events %s do not match %s", said, pattern)
	}
}
