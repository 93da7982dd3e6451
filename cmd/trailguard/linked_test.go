package main

import (
	"bufio"
	"bytes"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/aws"
)

// dependencies builds the program and returns what the linker reached, and from
// where it did first, in the linker's words.
func dependencies(t *testing.T) (from map[string]string) {
	t.Helper()
	var said bytes.Buffer
	// What the linker says is kept with the compiled main package, and is said again by
	// every build that finds that package compiled: -gcflags has one compiled apart.
	build := exec.CommandContext(t.Context(), "go", "build", "-o", os.DevNull, "-gcflags=-e", "-ldflags=-dumpdep", ".")
	if build.Stderr = &said; build.Run() != nil {
		t.Fatal(said.String())
	}
	from = map[string]string{}
	lines := bufio.NewScanner(&said)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if needs, needed, ok := strings.Cut(lines.Text(), " -> "); ok {
			name, _, _ := strings.Cut(needed, " <")
			if _, seen := from[name]; !seen {
				from[name], _, _ = strings.Cut(needs, " <")
			}
			if strings.HasSuffix(needed, "<ReflectMethod>") {
				t.Fatalf("%s looks methods up by name, so that every method of every package is linked; reached from\n\t%s",
					name, strings.Join(chain(from, name), "\n\t"))
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return from
}

// chain is how the linker came to something, up to main.
func chain(from map[string]string, name string) []string {
	var path []string
	for ; from[name] != "" && len(path) < 40; name = from[name] {
		path = append(path, from[name])
	}
	return path
}

// TestProgramHoldsNoOtherCall: of the AWS SDK the program links the operations that
// scanner/aws lists, and those by which it logs in and publishes. What is not linked
// cannot be called. Three tenths of the program's size hang on it, too: templates, and
// whatever else looks methods up by name, would have everything linked.
func TestProgramHoldsNoOtherCall(t *testing.T) {
	short.Skip(t)
	allowed := map[string]string{
		"s3:CreateSession":                "the SDK's, for directory buckets",
		"signin:CreateOAuth2Token":        "the reader logs in",
		"sso:GetRoleCredentials":          "the reader logs in",
		"ssooidc:CreateToken":             "the reader logs in",
		"sts:AssumeRole":                  "the reader logs in",
		"sts:AssumeRoleWithWebIdentity":   "the reader logs in",
		"securityhub:BatchImportFindings": "publish, to a destination that is configured",
	}
	for _, o := range aws.Operations() {
		allowed[o.Call()] = o.Reason
	}
	client := regexp.MustCompile(`/service/([a-z0-9]+)\.\(\*Client\)\.([A-Z]\w*)$`)
	linked := map[string]bool{}
	from := dependencies(t)
	for name := range from {
		if m := client.FindStringSubmatch(name); m != nil {
			linked[m[1]+":"+m[2]] = true
		}
	}
	for _, call := range slices.Sorted(maps.Keys(linked)) {
		if allowed[call] == "" {
			t.Errorf("%s is linked, and is no operation that the program may send", call)
		}
	}
	for _, o := range aws.Operations() {
		if !linked[o.Call()] {
			t.Errorf("%s is not found among what is linked: this test sees nothing", o.Call())
		}
	}
}
