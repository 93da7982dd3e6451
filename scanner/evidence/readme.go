package evidence

import (
	_ "embed" // the text below
	"fmt"
	"strings"
	"text/template"

	"github.com/trailguard/trailguard/scanner"
)

//go:embed readme.txt
var readmeText string

// readmeAbout is what the README depends on.
type readmeAbout struct {
	Tool    Tool
	Results []Result
	Key     *Key // nil: the pack is not signed
	Stamped bool

	Manifest, Signature, Timestamp, Statement, Namespace string
}

// Raw says whether the signature is over the manifest itself, and not over its SHA-256.
func (r readmeAbout) Raw() bool { return r.Key.Type == "Ed25519" }

// Count is how many results of a status there are.
func (readmeAbout) Count(r Result, status scanner.Status) int { return r.ByStatus[status] }

// readme is the text that tells how to verify a pack.
func readme(o *Options) ([]byte, error) {
	about := readmeAbout{
		Tool: o.Tool, Results: o.Results, Stamped: o.Stamp != nil,
		Manifest: ManifestName, Signature: SignatureName, Timestamp: TimestampName, Statement: StatementName, Namespace: Namespace,
	}
	if o.Signer != nil {
		key := o.Signer.Key()
		about.Key = &key
	}
	var b strings.Builder
	t, err := template.New(ReadmeName).Parse(readmeText)
	if err == nil {
		err = t.Execute(&b, about)
	}
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", ReadmeName, err)
	}
	return []byte(b.String()), nil
}
