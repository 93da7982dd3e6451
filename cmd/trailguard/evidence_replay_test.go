package main

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/app"
	evidencecommand "github.com/trailguard/trailguard/cmd/trailguard/internal/commands/evidence"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/packs"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/recorded"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/scan"
	"github.com/trailguard/trailguard/fixtures/acme"
	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence"
)

// packMaker makes packs of one snapshot, signs whatever they hold, and verifies them.
type packMaker struct {
	*program

	snapshot string
	keys     map[string]string
}

func newPackMaker(t *testing.T) *packMaker {
	t.Helper()
	seen := see(t, mended(t, acme.Files(), nil, []edit{readable}))
	return &packMaker{newProgram(t), seen.path, scriptKeys(t, t.TempDir())}
}

// make makes a pack and returns what it holds.
func (p *packMaker) make(t *testing.T, name string, args ...string) map[string]string {
	t.Helper()
	p.run(t, append([]string{"evidence", "pack", "-o", name, "--snapshot", p.snapshot, "--sign", "ssh:" + p.keys["KEY"]}, args...)...).want(t, scanner.ExitClean)
	return p.open(t, name)
}

func (p *packMaker) open(t *testing.T, name string) map[string]string {
	t.Helper()
	file, err := os.Open(p.path(name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	z, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[h.Name] = string(text)
	}
}

// sign signs files as a pack, whatever they hold, by somebody who is trusted.
func (p *packMaker) sign(t *testing.T, name string, files map[string]string, version string, results func([]evidence.Result)) {
	t.Helper()
	signer, err := evidence.NewSigner("ssh:"+p.keys["KEY"], "")
	if err != nil {
		t.Fatal(err)
	}
	o := evidence.Options{Name: name, Signer: signer, Tool: evidence.Tool{Name: app.Name, Version: version}}
	if report, ok := files[evidence.ReportName]; ok {
		result, err := evidence.ReadResult(evidence.ReportName, strings.NewReader(report))
		if err != nil {
			t.Fatal(err)
		}
		o.Results = append(o.Results, result)
	}
	if results != nil {
		results(o.Results)
	}
	var list []evidence.File
	for _, file := range slices.Sorted(maps.Keys(files)) {
		if file != evidence.ManifestName && file != evidence.ReadmeName && !strings.HasPrefix(file, "attestation/") {
			list = append(list, evidence.Text(file, []byte(files[file])))
		}
	}
	out, err := os.Create(p.path(name))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if err := evidence.Write(t.Context(), out, list, o); err != nil {
		t.Fatal(err)
	}
}

func (p *packMaker) verify(t *testing.T, name string) (ended, packs.Verdict) {
	t.Helper()
	e := p.run(t, "evidence", "verify", name, "--allowed-signers", p.keys["ALLOWED"], "--format", "json")
	var v packs.Verdict
	if e.status != scanner.ExitCannotRun {
		if err := json.Unmarshal([]byte(e.stdout), &v); err != nil {
			t.Fatal(err)
		}
		if v.Status != e.status {
			t.Errorf("exit status %d, and the verdict says %d", e.status, v.Status)
		}
	}
	return e, v
}

const insideReport = `"ruleId": "`

// Whoever signs can be trusted and yet be wrong: what he signed is judged again, and
// what does not follow from the evidence is no pass.
func TestVerifyJudgesAgain(t *testing.T) {
	short.Skip(t)
	p := newPackMaker(t)
	good := p.make(t, "good.tar.gz")
	rule := "rules/shipped/lib/text.rego"
	for name, tt := range map[string]struct {
		edit    func(map[string]string)
		results func([]evidence.Result)
		version string
		status  int
		want    string
	}{
		"nothing":         {status: 0},
		"another version": {edit: sayOtherVersion(`"version": "devel"`, `"version": "9.9"`), version: "9.9", status: 0, want: "made by trailguard 9.9 and judged again by devel"},
		"the report":      {edit: replaceIn(evidence.ReportName, insideReport, `"ruleid": "`), status: 1, want: "judged again, report.json differs in line "},
		"a shorter report": {
			edit:   func(f map[string]string) { f[evidence.ReportName] = strings.TrimSuffix(f[evidence.ReportName], "\n") },
			status: 1, want: "report.json differs in line ",
		},
		"the page":          {edit: replaceIn(evidence.PageName, "<h1", "<h1 "), status: 1, want: "report.html differs in line "},
		"no page":           {edit: dropFile(evidence.PageName), status: 1, want: "report.html differs in line 1"},
		"no snapshot":       {edit: dropFile(evidence.SnapshotName), status: 1, want: "there is no snapshot.jsonl in it"},
		"no settings":       {edit: dropFile(evidence.JudgingName), status: 1, want: "there is no judging.json in it"},
		"the settings":      {edit: replaceIn(evidence.JudgingName, `"failOn": "low"`, `"failOn": "critical"`), status: 0},
		"no severity":       {edit: replaceIn(evidence.JudgingName, `"failOn": "low"`, `"failOn": "loud"`), status: 3, want: "could not be judged again: unknown severity"},
		"the expectation":   {edit: replaceIn(evidence.JudgingName, `"maxInterval": "EVERY_12_HOURS"`, `"maxInterval": "EVERY_2_HOURS"`), status: 1, want: "report.json differs"},
		"the time":          {edit: replaceIn(evidence.JudgingName, `"asOf": "2026-03-02`, `"asOf": "2027-03-02`), status: 1, want: "report.json differs"},
		"another file":      {edit: func(f map[string]string) { f["notes.txt"] = "all is well" }, status: 1, want: "notes.txt is none of the files that a pack has"},
		"a rule":            {edit: func(f map[string]string) { f[rule] += "# changed\n" }, status: 1, want: "report.json differs"},
		"other results":     {results: func(r []evidence.Result) { r[0].ByStatus[scanner.StatusFail] = 0 }, status: 1, want: "the statement says something else"},
		"no results":        {edit: dropFile(evidence.ReportName), status: 1, want: "there is no report.json in it"},
		"a later format":    {edit: replaceIn(evidence.JudgingName, `"formatVersion": 1`, `"formatVersion": 2`), status: 3, want: "format version 2"},
		"a folder outside":  {edit: replaceIn(evidence.JudgingName, `"folder": ""`, `"folder": "../"`), status: 3, want: "is not the folder of a run"},
		"a rule that calls": {edit: func(f map[string]string) { f["rules/own-1/own.rego"] = callingRule }, status: 3, want: "http.send"},
		"a broken snapshot": {edit: replaceIn(evidence.SnapshotName, "acme-audit", "acme-audiT"), status: 3, want: "is authentic, and could not be judged again"},
	} {
		t.Run(name, func(t *testing.T) {
			files := maps.Clone(good)
			if tt.edit != nil {
				tt.edit(files)
			}
			version := tt.version
			if version == "" {
				version = "devel"
			}
			p.sign(t, "signed.tar.gz", files, version, tt.results)
			e, v := p.verify(t, "signed.tar.gz")
			said := e.stderr + v.Problem + strings.Join(v.Notes, "\n")
			if e.status != tt.status || !strings.Contains(said, tt.want) {
				t.Errorf("exit status %d, want %d; said %s, want %q", e.status, tt.status, said, tt.want)
			}
		})
	}
	if left, err := os.ReadDir(filepath.Join(filepath.Dir(p.dir), "tmp")); err != nil || len(left) > 0 {
		t.Errorf("%d files are left behind, %v", len(left), err)
	}
}

const callingRule = `# METADATA
# title: It calls
# description: It asks somebody.
# scope: package
# custom:
#   id: own.calls
#   severity: low
#   requires: [bucket]
#   remediation: None.
package own.calls

deny contains {"message": http.send({"method": "GET", "url": "http://127.0.0.1/"}).body}
`

func dropFile(name string) func(map[string]string) {
	return func(f map[string]string) { delete(f, name) }
}

func replaceIn(name, old, text string) func(map[string]string) {
	return func(f map[string]string) {
		if !strings.Contains(f[name], old) {
			panic(name + " does not hold " + old)
		}
		f[name] = strings.Replace(f[name], old, text, 1)
	}
}

func sayOtherVersion(old, text string) func(map[string]string) {
	return func(f map[string]string) {
		for _, name := range []string{evidence.JudgingName, evidence.ReportName} {
			replaceIn(name, old, text)(f)
		}
	}
}

// A pack that was judged by the rules of another version is judged by them again, and
// the verdict says that they are not today's.
func TestVerifyTellsOtherRules(t *testing.T) {
	short.Skip(t)
	p := newPackMaker(t)
	shipped := t.TempDir()
	for name, text := range p.make(t, "good.tar.gz") {
		rel, ok := strings.CutPrefix(name, evidence.ShippedRules+"/")
		if !ok {
			continue
		}
		if rel == "s3/encrypted/encrypted.rego" {
			text += "# of another version\n"
		}
		path := filepath.Join(shipped, filepath.FromSlash(rel))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	p.packBy(t, "other.tar.gz", os.DirFS(shipped))
	e, v := p.verify(t, "other.tar.gz")
	if e.status != scanner.ExitIncomplete || !v.Replayed || len(v.Lacking) != 1 ||
		!strings.Contains(v.Lacking[0], "other rules than this version of trailguard has: 1 files differ, the first is rules/shipped/s3/encrypted/encrypted.rego") {
		t.Errorf("%+v, %s", v, e.stderr)
	}
}

// packBy makes a pack by other rules than those of this version.
func (p *packMaker) packBy(t *testing.T, name string, shipped fs.FS) {
	t.Helper()
	a, _ := newApp([]string{"version"}, nil, io.Discard, io.Discard)
	f := &evidencecommand.PackFlags{Flags: scan.Flags{History: recorded.None, Snapshot: p.snapshot, Packed: &scan.PackedRun{}}, Out: p.path(name), Sign: "ssh:" + p.keys["KEY"]}
	f.Shipped = shipped
	if err := evidencecommand.Pack(t.Context(), a, f); err != nil {
		t.Fatal(err)
	}
}
