package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/manual"
	"github.com/trailguard/trailguard/scanner"
)

var (
	parts = flag.String("parts", "", "write the man pages and completions of a release into this folder")
	dated = flag.Int64("dated", 0, "the date of the man pages, in seconds since 1970")
)

// TestManual: every command has a page in which mandoc finds nothing wrong, and that
// says all that the command's help says.
func TestManual(t *testing.T) {
	dir, date := t.TempDir(), time.Unix(*dated, 0).UTC()
	if *parts != "" {
		dir = filepath.Join(*parts, "man")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	_, root := newApp(nil, strings.NewReader(""), io.Discard, io.Discard)
	commands, err := manual.Write(dir, root, date)
	if err != nil || len(commands) < 40 {
		t.Fatalf("pages of %d commands: %v", len(commands), err)
	}
	if _, err := exec.LookPath("mandoc"); err != nil {
		t.Skip("mandoc is not installed")
	}
	for _, cmd := range commands {
		name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
		page := filepath.Join(dir, name+".1")
		if said, err := exec.CommandContext(t.Context(), "mandoc", "-Tlint", "-W", "warning", page).CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, said)
		}
		shown, err := exec.CommandContext(t.Context(), "mandoc", "-Tutf8", "-O", "width=1000", page).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range helpTexts(cmd) {
			if !strings.Contains(words(string(shown)), words(text)) {
				t.Errorf("%s does not say %s, but\n%s", name, strconv.Quote(text), shown)
			}
		}
	}
}

// TestCompletions: the shells of packages get a script that completes commands.
func TestCompletions(t *testing.T) {
	dir := t.TempDir()
	if *parts != "" {
		dir = filepath.Join(*parts, "completions")
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		var script, said bytes.Buffer
		a, root := newApp([]string{"completion", shell}, strings.NewReader(""), &script, &said)
		if status := run(t.Context(), a, root); status != scanner.ExitClean || !strings.Contains(script.String(), "__complete") {
			t.Errorf("%s: exit status %d\n%s", shell, status, said.String())
		}
		if err := os.WriteFile(filepath.Join(dir, "trailguard."+shell), script.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// helpTexts are what the help of a command says.
func helpTexts(cmd *cobra.Command) []string {
	texts := []string{cmd.Short, cmd.UseLine()}
	texts = append(texts, strings.Split(cmd.Long, "\n\n")...)
	texts = append(texts, strings.Split(cmd.Example, "\n")...)
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			value, usage := pflag.UnquoteUsage(f)
			texts = append(texts, strings.TrimSpace("--"+f.Name+" "+value)+" "+usage)
		}
	})
	return texts
}

var struckTwice = regexp.MustCompile(".\b")

// words leaves the words of a text, whichever way it is set: on a terminal, bold is
// struck twice, and lines are filled.
func words(text string) string {
	return strings.Join(strings.Fields(struckTwice.ReplaceAllString(text, "")), " ")
}
