package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/sandbox"
)

// hardKey is a key that looks different in URLs, in JSON and in base64.
const hardKey = `sk/live+9f8e7d6c=="&<b>`

// Every byte that the program says or writes, for every command that holds a
// secret, at every log level, whatever the services do: none is a secret.
func TestNoSecretIsEverSaid(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		bearer bool
		fault  string // the operation that fails
		kind   sandbox.Fault
		runs   [][]string
	}{
		{
			"all is well, the key as it is", false, "",
			sandbox.Fault{},
			[][]string{
				{"scan", "--verbose", "--evidence", "evidence", "--output", "json=r.json", "--output", "sarif=r.sarif", "--output", "jsonl=r.jsonl", "--output", "csv=r.csv", "--output", "markdown=r.md", "--output", "junit=r.xml", "--output", "gitlab=r.gitlab", "--output", "ocsf=r.ocsf", "--output", "html=r.html", "--output", "asff=r.asff", "--output", "openmetrics=r.prom", "--output", "gitlab-sast=r.sast", "--output", "oscal=r.oscal"},
				{"demo", "--verbose", "--log-format", "json"},
			},
		},
		{
			"all is well, the key exchanged for a token", true, "",
			sandbox.Fault{},
			[][]string{
				{"scan", "--verbose", "--log-format", "json", "--sarif-profile", "full", "--format", "sarif", "--output", "json=r.json"},
				{"snapshot", "--verbose", "-o", "s.jsonl.zst"},
				{"snapshot", "--log-format", "json", "-o", "s.jsonl"},
				{"check", "--verbose"},
				{"scan", "--quiet"},
			},
		},
		{
			"immuta repeats what it was sent", true, "immuta:getAllExportConfigurations",
			sandbox.Fault{Kind: sandbox.FaultBody, Status: 401, ContentType: "application/json", Body: `{"statusCode":401,"message":"invalid key ` + jsonEscaped(hardKey) + ` (sent as ` + jsonEscaped(hardKey) + `)"}`},
			[][]string{{"scan", "--verbose"}, {"check", "--verbose", "--log-format", "json"}, {"snapshot", "-v", "-o", "s.jsonl"}},
		},
		{
			"immuta repeats it in an error of the query", false, "immuta:getAllExportConfigurations",
			sandbox.Fault{Kind: sandbox.FaultBody, ContentType: "application/json", Body: `{"errors":[{"message":"header authorization: ` + jsonEscaped(hardKey) + ` is not known"}]}`},
			[][]string{{"scan", "--verbose"}, {"check", "--verbose"}},
		},
		{
			"every aws call is answered by a page", false, "iam:GetRole",
			sandbox.Fault{Kind: sandbox.FaultHTML},
			[][]string{{"scan", "--verbose", "--log-format", "json", "--output", "json=r.json"}},
		},
		{
			"the other account's role is refused", true, "sts:AssumeRole",
			sandbox.Fault{Kind: sandbox.FaultDenied},
			[][]string{{"scan", "--verbose", "--output", "json=r.json"}, {"check", "-v"}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			data := overlay(t, acme.Files(), func(name, text string) string {
				if name == "company.yaml" {
					quoted := string(mustJSON(t, hardKey)) // a JSON text is YAML
					return strings.Replace(text, "apiKey: sandbox-api-key", "apiKey: "+quoted, 1)
				}
				return text
			})
			p, server := newSandboxed(t, sandbox.Options{Data: data, Immuta: sandbox.ImmutaOptions{BearerOnly: tt.bearer}})
			if tt.fault != "" {
				server.SetFault(tt.fault, tt.kind)
			}
			for _, args := range tt.runs {
				done := p.run(t, args...)
				if done.status > 3 {
					t.Errorf("%v: exit status %d: %s", args, done.status, done.stderr)
				}
				denySecrets(t, strings.Join(args, " ")+": standard output", done.stdout)
				denySecrets(t, strings.Join(args, " ")+": standard error", done.stderr)
			}
			if tt.bearer && server.Count("immuta:authenticate", "") == 0 {
				t.Error("no token was asked for: the test tests nothing")
			}
			if tt.fault == "" && server.Count("sts:AssumeRole", "") == 0 {
				t.Error("no role was assumed: the test tests nothing")
			}
			root := filepath.Dir(p.dir)
			for _, name := range filesBelow(t, root) {
				denySecrets(t, name, name+"\n"+plainText(t, filepath.Join(root, name)))
			}
		})
	}
}

// denySecrets finds the key in each of its spellings, and all else that the
// sandbox calls secret: its keys and tokens begin alike.
func denySecrets(t *testing.T, where, text string) {
	t.Helper()
	for _, spelling := range []string{
		hardKey, url.QueryEscape(hardKey), url.PathEscape(hardKey), jsonEscaped(hardKey), string(mustJSON(t, hardKey)),
		base64.StdEncoding.EncodeToString([]byte(hardKey)), "9f8e7d6c", "sandbox-",
	} {
		if at := strings.Index(text, spelling); at >= 0 {
			t.Errorf("%s holds a secret (%q): …%s…", where, spelling, text[max(0, at-80):min(len(text), at+80)])
		}
	}
}

// jsonEscaped is the inside of a JSON text, without escapes for HTML.
func jsonEscaped(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

func mustJSON(t testing.TB, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// plainText reads a file, decompressed where it is compressed.
func plainText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".zst") {
		return string(text)
	}
	r, err := zstd.NewReader(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}
