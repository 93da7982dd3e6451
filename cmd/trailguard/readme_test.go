package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
)

// changing is what differs from one demo to the next: times, and the port.
var changing = regexp.MustCompile(`\d{4}-\d{2}-\d{2}|\d{2}:\d{2}(:\d{2})?|127\.0\.0\.1:\d+|trailguard \S+: collected`)

// guides are the texts that tell people what to type.
var guides = []string{
	"../../README.md", "../../docs/configuration.md", "../../docs/schedule.md", "../../docs/serve.md", "../../docs/plan.md", "../../docs/fix.md", "../../docs/scaffold.md", "../../docs/audit.md",
	"../../docs/integrations.md", "../../docs/formats.md",
}

func readText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks returns the fenced blocks of a language.
func blocks(text, language string) []string {
	var blocks []string
	for i, part := range strings.Split(text, "\n```") {
		if body, ok := strings.CutPrefix(part, language+"\n"); ok && i%2 == 1 {
			blocks = append(blocks, body)
		}
	}
	return blocks
}

// What the README shows of the demo is what the demo prints, in its order.
func TestReadmeShowsTheDemo(t *testing.T) {
	short.Skip(t)
	demo := newProgram(t).run(t, "demo")
	demo.want(t, scanner.ExitClean)
	prints(t, shown(t, "demands ExternalId"), demo.stdout+demo.stderr)
}

// And so is what it shows of drift.
func TestReadmeShowsDrift(t *testing.T) {
	short.Skip(t)
	address := "" // one for both, since findings name the tenant's
	collect := func(data fs.FS) string {
		server := startSandbox(t, sandbox.Options{Data: data, Now: sandboxNow, Address: address})
		defer server.Close()
		address = strings.TrimPrefix(server.URL(), "http://")
		path := filepath.Join(t.TempDir(), "snapshot.jsonl")
		collectSnapshot(t, server.Config(), sandboxNow, path)
		return path
	}
	before := collect(acme.Files())
	after := collect(mended(t, acme.Files(), nil, []edit{{"policies/bucket/finance.json", `"Statement": [`, financeReader}}))
	drift := newProgram(t).run(t, "scan", "--snapshot", after, "--baseline", before, "--fail-on-new")
	drift.want(t, scanner.ExitFail)
	prints(t, shown(t, "29 failures (17 critical"), drift.stdout)
}

// Of a plan.
func TestReadmeShowsAPlan(t *testing.T) {
	short.Skip(t)
	recorded, err := filepath.Abs("../../fixtures/terraform/plans/opens/plan.json")
	if err != nil {
		t.Fatal(err)
	}
	plan := newProgram(t).run(t, "plan", "--snapshot", see(t, acme.Files()).path, recorded)
	plan.want(t, scanner.ExitFail)
	prints(t, shown(t, "planned: the change touches"), plan.stdout)
}

// Of a fix.
func TestReadmeShowsAFix(t *testing.T) {
	short.Skip(t)
	fix := newProgram(t).run(t, "fix", "put_object_granted", "e6b93c05", "--snapshot", see(t, acme.Files()).path)
	fix.want(t, scanner.ExitClean)
	prints(t, shown(t, "opens nothing else"), fix.stdout)
}

// shown is the output in the README that holds a text.
func shown(t *testing.T, holding string) string {
	t.Helper()
	for _, block := range blocks(readText(t, guides[0]), "text") {
		if strings.Contains(block, holding) {
			return block
		}
	}
	t.Fatalf("the README shows no output with %q", holding)
	return ""
}

// prints says that a program printed the lines that are shown, in their order.
func prints(t *testing.T, shown, printed string) {
	t.Helper()
	rest := strings.Split(changing.ReplaceAllString(printed, "…"), "\n")
	for line := range strings.SplitSeq(shown, "\n") {
		if line == "[…]" {
			continue
		}
		want := changing.ReplaceAllString(line, "…")
		at := 0
		for at < len(rest) && rest[at] != want {
			at++
		}
		if at == len(rest) {
			t.Fatalf("the README shows %q, which is not printed there", line)
		}
		rest = rest[at+1:]
	}
}

// command is a command line of the program, wherever it begins.
var command = regexp.MustCompile(`(?:^|[ /` + "`" + `])trailguard ([a-z][^` + "`" + `|\n]*)`)

// guidesCommands are the command lines of the guides, those inside of their
// sentences included.
func guidesCommands(t *testing.T) []string {
	t.Helper()
	var code, commands []string
	for _, path := range guides {
		text := readText(t, path)
		code = append(code, blocks(text, "")...)
		code = append(code, blocks(text, "yaml")...)
		code = append(code, regexp.MustCompile("`[^`\n]+`").FindAllString(text, -1)...)
	}
	for line := range strings.SplitSeq(strings.Join(code, "\n"), "\n") {
		if m := command.FindStringSubmatch(line); m != nil {
			commands = append(commands, m[1])
		}
	}
	return commands
}

// Every command and flag in the guides exists.
func TestGuidesCommandsExist(t *testing.T) {
	short.Skip(t)
	p := newProgram(t)
	commands := guidesCommands(t)
	for _, line := range commands {
		words := strings.Fields(line)
		args := append([]string{}, words...)
		for i, w := range args {
			if strings.HasPrefix(w, "-") || (i > 0 && !strings.Contains("approve show check new test list runs findings trend export verify prune changes approvals init attest pack aws", w)) {
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
		t.Errorf("only %d commands of the guides were looked at: %q", len(commands), commands)
	}
}

// The configuration that docs/configuration.md shows is one that is read, and
// every key is shown.
func TestGuideShowsEveryKeyOfTheConfiguration(t *testing.T) {
	text := readText(t, guides[1])
	for _, shown := range blocks(text, "yaml") {
		if _, err := config.Parse("configuration.md", []byte(shown)); err != nil {
			t.Error(err)
		}
	}
	for _, key := range yamlKeys(reflect.TypeFor[config.Config]()) {
		if !regexp.MustCompile(`[ {\n]` + key + `:`).MatchString(text) {
			t.Errorf("docs/configuration.md does not show %s", key)
		}
	}
}

// yamlKeys lists the keys of a struct and of all that it holds.
func yamlKeys(typ reflect.Type) []string {
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return yamlKeys(typ.Elem())
	case reflect.Struct:
		var keys []string
		for field := range typ.Fields() {
			if key := field.Tag.Get("yaml"); key != "" && key != "-" {
				keys = append(append(keys, key), yamlKeys(field.Type)...)
			}
		}
		return keys
	default:
		return nil
	}
}

// Every link of a guide leads to a file that exists.
func TestGuidesLinksLeadSomewhere(t *testing.T) {
	for _, path := range append(guides, "../../CONTRIBUTING.md", "../../docs/rules.md", "../../docs/controls.md", "../../docs/simulate.md") {
		for _, link := range regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(readText(t, path), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(path), link[1])); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// Every file and folder that docs/architecture.md names exists.
func TestArchitectureNamesWhatExists(t *testing.T) {
	text := readText(t, "../../docs/architecture.md")
	names := regexp.MustCompile("`((?:cmd|fixtures|policies|reporters|scanner)(?:/[a-z0-9_./]+)?)`").FindAllStringSubmatch(text, -1)
	if len(names) < 40 {
		t.Fatalf("only %d names were found", len(names))
	}
	for _, name := range names {
		if _, err := os.Stat("../../" + name[1]); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", name[1], err)
		}
	}
}
