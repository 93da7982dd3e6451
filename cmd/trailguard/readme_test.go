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

// Every command and flag in the README exists.
func TestReadmeCommandsExist(t *testing.T) {
	p := newProgram(t)
	seen := 0
	for _, block := range readmeBlocks(t, "") {
		for line := range strings.SplitSeq(block, "\n") {
			words := strings.Fields(line)
			if len(words) < 2 || words[0] != "trailguard" {
				continue
			}
			seen++
			args := append([]string{}, words[1:]...)
			for i, w := range args {
				if strings.HasPrefix(w, "-") || (i > 0 && !strings.Contains("approve show check new test list runs findings trend export verify prune", w)) {
					args = args[:i]
					break
				}
			}
			help := p.run(t, append(args, "--help")...)
			help.want(t, scanner.ExitClean)
			for _, w := range words {
				if flag, _, _ := strings.Cut(w, "="); strings.HasPrefix(flag, "--") && !strings.Contains(help.stdout, flag) {
					t.Errorf("%q: %s has no flag %s", line, strings.Join(args, " "), flag)
				}
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d commands of the README were looked at", seen)
	}
}
