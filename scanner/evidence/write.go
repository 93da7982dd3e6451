package evidence

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/evidence/internal/archive"
)

// File is a file that goes into a pack. It is opened twice, and must hold the same
// both times.
type File struct {
	Name string
	Open func() (io.ReadCloser, error)
}

// Text returns a file that holds a text.
func Text(name string, text []byte) File {
	return File{name, func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(string(text))), nil }}
}

// Options says how a pack is made.
type Options struct {
	// Name is the name of the archive's file: its ending says the format.
	Name string
	// Signer signs; nil: the pack is not signed.
	Signer Signer
	// Stamp returns a time stamp over a signature; nil: the pack has none.
	Stamp   func(context.Context, []byte) ([]byte, error)
	Tool    Tool
	Results []Result
}

// CheckFormat refuses a name without the ending of an archive that can be written.
func CheckFormat(name string) error {
	if _, ok := archive.FormatOf(name); !ok {
		return fmt.Errorf("%s: a pack's name ends in .tar.gz, .tgz or .zip", name)
	}
	return nil
}

// Write writes a pack of files, and a README that says how to verify it.
func Write(ctx context.Context, w io.Writer, files []File, o Options) error {
	format, ok := archive.FormatOf(o.Name)
	if !ok {
		return CheckFormat(o.Name)
	}
	var all []measured
	var entries []Entry
	files = append(slices.Clone(files), Text(ReadmeName, readme(&o)))
	slices.SortFunc(files, func(x, y File) int { return strings.Compare(x.Name, y.Name) })
	for _, f := range files {
		if f.Name == ManifestName || attested(f.Name) {
			return fmt.Errorf("%s is a name that the pack uses itself", f.Name)
		}
		m, err := measure(f)
		if err != nil {
			return err
		}
		all, entries = append(all, m), append(entries, Entry{f.Name, m.sum})
	}
	manifest := writeManifest(entries)
	own, err := attestation(ctx, manifest, &o)
	if err != nil {
		return err
	}
	for _, f := range append(own, Text(ManifestName, manifest)) {
		m, err := measure(f)
		if err != nil {
			return err
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(x, y measured) int { return strings.Compare(x.Name, y.Name) })
	out := archive.NewWriter(w, format)
	for i := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := all[i].add(out); err != nil {
			return err
		}
	}
	return out.Close()
}

// measured is a file with what it held when it was first read.
type measured struct {
	File
	sum  string // SHA-256
	size int64
}

func measure(f File) (measured, error) {
	m := measured{File: f}
	in, err := f.Open()
	if err != nil {
		return m, err
	}
	defer in.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if m.size, err = io.Copy(h, in); err != nil {
		return m, fmt.Errorf("read %s: %w", f.Name, err)
	}
	m.sum = hex.EncodeToString(h.Sum(nil))
	return m, nil
}

// add packs the file, which must still be what was measured.
func (m *measured) add(out archive.Writer) error {
	in, err := m.Open()
	if err != nil {
		return err
	}
	defer in.Close() //nolint:errcheck // it was only read
	h := sha256.New()
	if err := out.Add(m.Name, m.size, io.TeeReader(in, h)); err != nil {
		return err
	}
	if hex.EncodeToString(h.Sum(nil)) != m.sum {
		return fmt.Errorf("%s changed while it was packed", m.Name)
	}
	return nil
}

// attestation signs a manifest.
func attestation(ctx context.Context, manifest []byte, o *Options) ([]File, error) {
	if o.Signer == nil {
		return nil, nil
	}
	signature, err := o.Signer.Sign(manifest)
	if err != nil {
		return nil, err
	}
	files := []File{Text(SignatureName, signature)}
	p := Predicate{Tool: o.Tool, Results: o.Results, Signature: digest(signature)}
	if o.Stamp != nil {
		stamp, err := o.Stamp(ctx, signature)
		if err != nil {
			return nil, err
		}
		files = append(files, Text(TimestampName, stamp))
		p.Timestamp = digest(stamp)
	}
	envelope, err := attest(ctx, manifest, p, o.Signer)
	if err != nil {
		return nil, err
	}
	return append(files, Text(StatementName, envelope)), nil
}
