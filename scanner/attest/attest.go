// Package attest reads the file of attestations: what people checked by hand
// because no program can see it. Each names a control or a rule, the result, who
// checked it, when it expires, and the evidence with its SHA-256.
//
// An attestation stands beside a result and changes none. The package refuses one
// without proof: evidence that is missing, or is not the file that was attested.
package attest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/entries"
	"github.com/trailguard/trailguard/scanner/nearest"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// Known is what attestations may name.
type Known struct {
	Rules    []string          // ids of all rules
	Controls []scanner.Control // those that rules bear on
}

// everyExport stands for all exports.
const everyExport = "all"

// Parse reads a file of attestations, and every file of evidence that it names, by
// paths below a folder. Errors and sources use the name. An error is
// [entries.Errors], with everything that is wrong; an expiry in the past is no error.
func Parse(name string, text []byte, folder fs.FS, known Known) ([]scanner.Attestation, error) {
	p := &parsing{Reader: entries.Reader{Name: name}, folder: folder, known: known, digests: map[string]string{}}
	if top := p.Top(text); top != nil {
		if fields, ok := p.Mapping(top, "the file", "attestations"); ok {
			for _, node := range p.Sequence(fields["attestations"], "attestations") {
				p.attestation(node)
			}
		}
	}
	if err := p.Err(); err != nil {
		return nil, err
	}
	return p.list, nil
}

// Strangers returns the export configurations that attestations name and that are
// not among these. It is no mistake in the file: a re-created configuration has a
// new id.
func Strangers(list []scanner.Attestation, exports []string) []string {
	var lines []string
	for i := range list {
		if id := list[i].ExportID; id != "" && !slices.Contains(exports, id) {
			lines = append(lines, entries.Stranger(list[i].Source, id))
		}
	}
	return lines
}

type parsing struct {
	entries.Reader

	folder  fs.FS
	known   Known
	list    []scanner.Attestation
	digests map[string]string // of evidence that was read
}

func (p *parsing) attestation(node *yamlfile.Node) {
	fields, ok := p.Mapping(node, "an attestation", "rule", "framework", "control", "export", "result", "by", "at", "expires", "evidence", "sha256", "note")
	if !ok {
		return
	}
	p.Need(fields, node.Line, "export", "result", "by", "at", "expires", "evidence", "sha256", "note")
	a := scanner.Attestation{
		Result: scanner.AttestedResult(p.Text(fields["result"], "result")), By: p.Text(fields["by"], "by"),
		Note: p.Text(fields["note"], "note"), Source: p.Source(node.Line),
	}
	p.about(&a, fields, node.Line)
	if a.ExportID = p.Text(fields["export"], "export"); a.ExportID == everyExport {
		a.ExportID = ""
	}
	if strings.ContainsAny(a.ExportID, "*?") {
		p.Errorf(fields["export"].Line, "export is %q: write the id of one export configuration, or all", a.ExportID)
	}
	if a.Result != "" && !slices.Contains(scanner.AttestedResults(), a.Result) {
		p.Errorf(fields["result"].Line, "result is %q: write passed-by-hand or failed-by-hand", string(a.Result))
	}
	a.At, _ = p.Date(fields["at"], "at")
	a.Expires, _ = p.Date(fields["expires"], "expires")
	if a.At != "" && a.Expires != "" && a.Expires < a.At {
		p.Errorf(fields["expires"].Line, "expires is %s, before the day on which it was looked at, %s", a.Expires, a.At)
	}
	p.evidence(&a, fields)
	p.Once(node.Line, "attestation", []string{a.RuleID}, []string{a.Framework}, []string{a.Control}, []string{a.ExportID}, []string{a.By}, []string{a.At})
	p.list = append(p.list, a)
}

// about reads what is attested: a rule, or a control of a framework.
func (p *parsing) about(a *scanner.Attestation, fields map[string]*yamlfile.Node, line int) {
	switch {
	case fields["rule"] == nil && fields["control"] == nil:
		p.Errorf(line, "rule is missing: name a rule, or a framework and a control of it")
		return
	case fields["rule"] != nil && (fields["control"] != nil || fields["framework"] != nil):
		p.Errorf(line, "rule and control are both given: keep one of them")
		return
	case fields["rule"] != nil:
		if a.RuleID = p.Text(fields["rule"], "rule"); a.RuleID != "" {
			p.Rule(fields["rule"].Line, a.RuleID, p.known.Rules)
		}
		return
	case fields["framework"] == nil:
		p.Errorf(line, "framework is missing: name that of the control, such as SOC 2")
	}
	a.Framework, a.Control = p.Text(fields["framework"], "framework"), p.Text(fields["control"], "control")
	if a.Framework != "" && a.Control != "" {
		p.control(a, fields)
	}
}

// control refuses a control that no rule bears on: there is no result beside it,
// and a misspelt one would be lost.
func (p *parsing) control(a *scanner.Attestation, fields map[string]*yamlfile.Node) {
	var frameworks, ids []string
	for _, c := range p.known.Controls {
		frameworks = append(frameworks, c.Framework)
		if c.Framework == a.Framework {
			ids = append(ids, c.IDs...)
		}
	}
	switch {
	case len(ids) == 0:
		p.unknown(fields["framework"].Line, "framework", a.Framework, frameworks)
	case !slices.Contains(ids, a.Control):
		p.unknown(fields["control"].Line, "control of "+a.Framework, a.Control, ids)
	}
}

func (p *parsing) unknown(line int, what, name string, known []string) {
	advice := "trailguard controls lists them"
	if near := nearest.Name(name, known); near != "" {
		advice = "did you mean " + near + "?"
	}
	p.Errorf(line, "no rule bears on a %s %q: %s", what, name, advice)
}

var digestPattern = regexp.MustCompile(`^[0-9a-f]{64}$`)

// evidence reads the named file, and compares it with what was attested.
func (p *parsing) evidence(a *scanner.Attestation, fields map[string]*yamlfile.Node) {
	a.Evidence, a.EvidenceDigest = p.Text(fields["evidence"], "evidence"), strings.ToLower(p.Text(fields["sha256"], "sha256"))
	if a.EvidenceDigest != "" && !digestPattern.MatchString(a.EvidenceDigest) {
		p.Errorf(fields["sha256"].Line, "sha256 is not a SHA-256: sha256sum FILE prints 64 characters of 0-9 and a-f")
		return
	}
	if a.Evidence == "" || a.EvidenceDigest == "" {
		return
	}
	line := fields["evidence"].Line
	a.Evidence = path.Clean(a.Evidence)
	if !fs.ValidPath(a.Evidence) || a.Evidence == "." || strings.Contains(a.Evidence, `\`) {
		p.Errorf(line, "evidence is %q: write a path below the folder of this file, with slashes, so that both can be handed on", a.Evidence)
		return
	}
	digest, ok := p.digests[a.Evidence]
	if !ok {
		var err error
		if digest, err = digestOf(p.folder, a.Evidence); err != nil {
			p.Errorf(line, "evidence %s: %v", a.Evidence, err)
			return
		}
		p.digests[a.Evidence] = digest
	}
	if digest != a.EvidenceDigest {
		p.Errorf(line, "evidence %s has the SHA-256 %s, and %s was attested: it is not the file that was looked at", a.Evidence, digest, a.EvidenceDigest)
	}
}

// digestOf reads a file to its end. It refuses a pipe: reading one waits for a
// writer.
func digestOf(folder fs.FS, name string) (string, error) {
	info, err := fs.Stat(folder, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", errors.New("there is no such file")
	case err != nil:
		return "", bare(err)
	case !info.Mode().IsRegular():
		return "", errors.New("it is not a file")
	}
	file, err := folder.Open(name)
	if err != nil {
		return "", bare(err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", bare(err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// bare returns an error without the path, which the message already has.
func bare(err error) error {
	if pathError, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", pathError.Op, pathError.Err)
	}
	return err
}
