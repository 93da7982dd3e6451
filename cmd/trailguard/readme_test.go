package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/scanner"
)

// changing is what differs from one demo to the next: times, and the port.
var changing = regexp.MustCompile(`\d{4}-\d{2}-\d{2}|\d{2}:\d{2}(:\d{2})?|127\.0\.0\.1:\d+|trailguard \S+: collected`)

// readmeBlocks returns the fenced blocks of a language.
func readmeBlocks(t *testing.T, language string) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var blocks []string
	for i, part := range strings.Split(string(text), "\n```") {
		if body, ok := strings.CutPrefix(part, language+"\n"); ok && i%2 == 1 {
			blocks = append(blocks, body)
		}
	}
	return blocks
}

// What the README shows of the demo is what the demo prints, in its order.
func TestReadmeShowsTheDemo(t *testing.T) {
	blocks := readmeBlocks(t, "text")
	if len(blocks) == 0 {
		t.Fatal("the README shows no output")
	}
	demo := newProgram(t).run(t, "demo")
	demo.want(t, scanner.ExitClean)
	rest := strings.Split(changing.ReplaceAllString(demo.stdout+demo.stderr, "…"), "\n")
	for line := range strings.SplitSeq(blocks[0], "\n") {
		if line == "[…]" {
			continue
		}
		shown := changing.ReplaceAllString(line, "…")
		at := 0
		for at < len(rest) && rest[at] != shown {
			at++
		}
		if at == len(rest) {
			t.Fatalf("the README shows %q, which the demo does not print there", line)
		}
		rest = rest[at+1:]
	}
}

// command is a command line of the program, wherever it begins.
var command = regexp.MustCompile(`(?:^|[ /` + "`" + `])trailguard ([a-z][^` + "`" + `|\n]*)`)

// readmeCommands are the command lines of the README, those inside of its
// sentences included.
func readmeCommands(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	code := append(readmeBlocks(t, ""), readmeBlocks(t, "yaml")...)
	code = append(code, regexp.MustCompile("`[^`\n]+`").FindAllString(string(text), -1)...)
	var commands []string
	for line := range strings.SplitSeq(strings.Join(code, "\n"), "\n") {
		if m := command.FindStringSubmatch(line); m != nil {
			commands = append(commands, m[1])
		}
	}
	return commands
}

// Every command and flag in the README exists.
func TestReadmeCommandsExist(t *testing.T) {
	p := newProgram(t)
	commands := readmeCommands(t)
	for _, line := range commands {
		words := strings.Fields(line)
		args := append([]string{}, words...)
		for i, w := range args {
			if strings.HasPrefix(w, "-") || (i > 0 && !strings.Contains("approve show check new test list runs findings trend export verify prune changes approvals", w)) {
				args = args[:i]
				break
			}
		}
		help := p.run(t, append(args, "--help")...)
		help.want(t, scanner.ExitClean)
		if !strings.Contains(help.stdout, "\n  trailguard "+strings.Join(args, " ")) {
			t.Errorf("%q: there is no such command", line)
		}
		for _, w := range words {
			if flag, _, _ := strings.Cut(w, "="); strings.HasPrefix(flag, "--") && !strings.Contains(help.stdout, flag) {
				t.Errorf("%q: %s has no flag %s", line, strings.Join(args, " "), flag)
			}
		}
	}
	if len(commands) < 25 {
		t.Errorf("only %d commands of the README were looked at: %q", len(commands), commands)
	}
}

// Every file and folder that docs/architecture.md names exists.
func TestArchitectureNamesWhatExists(t *testing.T) {
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile("`((?:cmd|fixtures|policies|reporters|scanner)(?:/[a-z0-9_./]+)?)`").FindAllStringSubmatch(string(text), -1)
	if len(names) < 40 {
		t.Fatalf("only %d names were found", len(names))
	}
	for _, name := range names {
		if _, err := os.Stat("../../" + name[1]); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", name[1], err)
		}
	}
}
