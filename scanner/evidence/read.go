package evidence

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/secure-systems-lab/go-securesystemslib/dsse"

	"github.com/trailguard/trailguard/scanner/evidence/internal/archive"
)

// Criteria says how a pack is checked while it is read.
type Criteria struct {
	// Trust says whose signature is accepted; nil: the pack is read, signed or not,
	// and nothing in it is trusted.
	Trust Trust
	// At is the time at which keys must be valid, unless a time stamp is checked.
	At time.Time
	// Authorities vouch for time stamps; nil: none is known.
	Authorities *x509.CertPool
	// Keep is called with every file of the content, once the attestation is
	// verified, and returns where it goes; nil: nowhere.
	Keep func(name string) (io.WriteCloser, error)
}

// Pack is what was read from a pack.
type Pack struct {
	Entries []Entry // the manifest
	// Signatory is who signed; nil where Criteria named no Trust.
	Signatory *Signatory
	// Signed says that there is an attestation, good or not.
	Signed bool
	// Predicate is what the statement says; nil: there is none.
	Predicate *Predicate
	Timestamp *Timestamp // nil where there is none
}

// maxManifest and maxAttestation bound what is held in memory, in bytes.
const (
	maxManifest    = 32 << 20
	maxAttestation = 16 << 20
)

// Read reads a pack to its end and checks every byte of it. An *AlteredError says that
// it is not as a trusted signer signed it; any other error that it could not be read.
func Read(ctx context.Context, path string, c Criteria) (*Pack, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open the pack: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	r := &reader{ctx: ctx, criteria: c, attestation: map[string][]byte{}}
	if err := archive.Read(file, r.visit); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &r.pack, nil
}

// reader is the state of reading a pack.
type reader struct {
	ctx         context.Context //nolint:containedctx // of one reading, driven by a callback
	criteria    Criteria
	pack        Pack
	manifest    []byte
	attestation map[string][]byte
	attested    bool // the attestation was checked
	next        int  // the next entry of the manifest
}

// visit takes the files in order: the manifest, the README, the attestation, and
// then the content. The archive has checked that they are sorted.
func (r *reader) visit(name string, size int64, content io.Reader) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if r.manifest == nil {
		if name != ManifestName {
			return fmt.Errorf("it begins with %s, not with %s: it is not an evidence pack", name, ManifestName)
		}
		var err error
		if r.manifest, err = hold(name, size, content, maxManifest); err != nil {
			return err
		}
		r.pack.Entries, err = parseManifest(r.manifest)
		return err
	}
	if attested(name) {
		if r.attested || !slices.Contains([]string{SignatureName, TimestampName, StatementName}, name) {
			return altered("%s is not a file of an attestation", name)
		}
		var err error
		r.attestation[name], err = hold(name, size, content, maxAttestation)
		return err
	}
	if name > attestationFolder {
		if err := r.check(); err != nil {
			return err
		}
	}
	return r.content(name, content)
}

func hold(name string, size int64, content io.Reader, most int64) ([]byte, error) {
	if size > most {
		return nil, fmt.Errorf("%s is larger than %d MB", name, most>>20)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return text, nil
}

// content compares a file with the manifest.
func (r *reader) content(name string, content io.Reader) (err error) {
	if r.next == len(r.pack.Entries) || name < r.pack.Entries[r.next].Name {
		return altered("%s is in the pack and not in its manifest: it was added", name)
	}
	entry := r.pack.Entries[r.next]
	if name != entry.Name {
		return altered("%s is in the manifest and not in the pack: it was taken out", entry.Name)
	}
	r.next++
	sum := sha256.New()
	var out io.Writer = sum
	if keep := r.criteria.Keep; keep != nil && name != ReadmeName {
		file, err := keep(name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		out = io.MultiWriter(sum, file)
	}
	if _, err := io.Copy(out, content); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if hex.EncodeToString(sum.Sum(nil)) != entry.SHA256 {
		return altered("%s is not the file that the manifest names: it was altered", name)
	}
	return nil
}

// end is called after the last file of the archive.
func (r *reader) end() error {
	if err := r.check(); err != nil {
		return err
	}
	if r.next < len(r.pack.Entries) {
		return altered("%s is in the manifest and not in the pack: it was taken out", r.pack.Entries[r.next].Name)
	}
	return nil
}

// check checks the attestation, once.
func (r *reader) check() error {
	if r.attested {
		return nil
	}
	r.attested, r.pack.Signed = true, len(r.attestation) > 0
	signature, envelope := r.attestation[SignatureName], r.attestation[StatementName]
	if r.criteria.Trust == nil {
		return r.glance()
	}
	if signature == nil || envelope == nil {
		return altered("%s", unsigned(signature, envelope))
	}
	e, s, err := parseStatement(envelope)
	if err != nil {
		return err
	}
	if !s.about(r.manifest, signature, r.attestation[TimestampName]) {
		return altered("%s is about another manifest, signature or time stamp than those in the pack", StatementName)
	}
	at := r.criteria.At
	if stamp := r.attestation[TimestampName]; stamp != nil {
		if r.pack.Timestamp, err = checkStamp(stamp, signature, r.criteria.Authorities); err != nil {
			return err
		}
		if r.pack.Timestamp.Checked {
			at = r.pack.Timestamp.Time
		}
	}
	if r.pack.Signatory, err = r.criteria.Trust.Verify(r.manifest, signature, at); err != nil {
		return altered("%s: %v", SignatureName, err)
	}
	if err := r.envelope(e, at); err != nil {
		return err
	}
	r.pack.Predicate = &s.Predicate
	return nil
}

// envelope checks that the statement has the same signer as the manifest.
func (r *reader) envelope(e *dsse.Envelope, at time.Time) error {
	signatory := &trusting{trust: r.criteria.Trust, at: at}
	verifier, err := dsse.NewEnvelopeVerifier(signatory)
	if err == nil {
		_, err = verifier.Verify(r.ctx, e)
	}
	if err != nil {
		return altered("%s is not signed by a key that is trusted, or was altered", StatementName)
	}
	if key := r.pack.Signatory.Key; signatory.who.Key != key || e.Signatures[0].KeyID != key.Fingerprint {
		return altered("%s names or is signed by another key than the manifest", StatementName)
	}
	return nil
}

// glance reads what the attestation says, without trusting it.
func (r *reader) glance() error {
	if stamp := r.attestation[TimestampName]; stamp != nil {
		var err error
		if r.pack.Timestamp, err = checkStamp(stamp, r.attestation[SignatureName], nil); err != nil {
			return err
		}
	}
	if envelope := r.attestation[StatementName]; envelope != nil {
		_, s, err := parseStatement(envelope)
		if err != nil {
			return err
		}
		r.pack.Predicate = &s.Predicate
	}
	return nil
}

func unsigned(signature, envelope []byte) string {
	switch {
	case signature == nil && envelope == nil:
		return "it is not signed, or the attestation was taken out"
	case signature == nil:
		return strings.TrimPrefix(SignatureName, attestationFolder) + " was taken out of the attestation"
	default:
		return strings.TrimPrefix(StatementName, attestationFolder) + " was taken out of the attestation"
	}
}
