package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/evidence/internal/archive"
)

// The files of a pack that this package makes. Those of the attestation are in a
// folder of their own, and come before all content in the archive.
const (
	ManifestName = "MANIFEST.sha256"
	ReadmeName   = "README.txt"

	attestationFolder = "attestation/"
	SignatureName     = attestationFolder + ManifestName + ".sig"
	TimestampName     = SignatureName + ".tsr"
	StatementName     = attestationFolder + "statement.dsse.json"
)

// Entry is a line of the manifest.
type Entry struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"` // in hexadecimal
}

// writeManifest writes the format that sha256sum -c reads.
func writeManifest(entries []Entry) []byte {
	var b bytes.Buffer
	for _, e := range entries {
		fmt.Fprintf(&b, "%s  %s\n", e.SHA256, e.Name)
	}
	return b.Bytes()
}

// parseManifest reads a manifest only as writeManifest writes it.
func parseManifest(text []byte) ([]Entry, error) {
	var entries []Entry
	last := ""
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "  ")
		digest, err := hex.DecodeString(sum)
		if !ok || err != nil || len(digest) != sha256.Size || archive.CheckName(name) != nil || name <= last ||
			name == ManifestName || attested(name) {
			return nil, altered("%s: line %d is not a line of a manifest", ManifestName, len(entries)+1)
		}
		entries, last = append(entries, Entry{name, sum}), name
	}
	if !bytes.Equal(writeManifest(entries), text) {
		return nil, altered("%s is not as trailguard writes one", ManifestName)
	}
	return entries, nil
}

// attested says whether a file belongs to the attestation.
func attested(name string) bool { return strings.HasPrefix(name, attestationFolder) }

func digest(text []byte) string { return scanner.Digest(string(text)) }
