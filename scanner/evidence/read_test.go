package evidence_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"crypto/elliptic"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/trailguard/trailguard/fixtures/short"
	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/evidence/internal/archive"
)

func read(t *testing.T, path string, trust evidence.Trust) (*evidence.Pack, error) {
	t.Helper()
	return evidence.Read(t.Context(), path, evidence.Criteria{Trust: trust, At: noon})
}

func isAltered(err error) bool {
	var altered *evidence.AlteredError
	return errors.As(err, &altered)
}

// Each kind of key signs packs of each format, and whoever trusts the key can read
// them.
func TestPackIsReadAgain(t *testing.T) {
	for name, key := range map[string]signedBy{
		"ssh-ed25519":         sshKey(t, ed25519Key(t), ""),
		"ecdsa-sha2-nistp256": sshKey(t, ecdsaKey(t, elliptic.P256()), ""),
		"ssh-rsa":             sshKey(t, rsaKey(t, 2048), ""),
		"Ed25519":             pemKey(t, ed25519Key(t)),
		"ECDSA P-384":         pemKey(t, ecdsaKey(t, elliptic.P384())),
		"RSA 2048":            pemKey(t, rsaKey(t, 2048)),
	} {
		for _, ending := range []string{".tar.gz", ".tgz", ".zip"} {
			kept := map[string]*bytes.Buffer{}
			pack, err := evidence.Read(t.Context(), makePack(t, ending, content(), evidence.Options{Signer: key.signer(t)}), evidence.Criteria{
				Trust: key.trust(t), At: noon,
				Keep: func(name string) (io.WriteCloser, error) {
					kept[name] = &bytes.Buffer{}
					return nopCloser{kept[name]}, nil
				},
			})
			if err != nil {
				t.Fatalf("%s, %s: %v", name, ending, err)
			}
			if pack.Signatory.Key.Type != name || pack.Predicate.Tool.Version != "1.0" || len(pack.Entries) != len(content())+1 {
				t.Errorf("%s, %s: %+v, %+v, %d entries", name, ending, pack.Signatory, pack.Predicate, len(pack.Entries))
			}
			for file, text := range content() {
				if kept[file] == nil || kept[file].String() != text {
					t.Errorf("%s: %s came back as %v", ending, file, kept[file])
				}
			}
		}
	}
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// The same content gives the same bytes, but for the attestation of keys whose
// signatures are never the same.
func TestPackIsDeterministic(t *testing.T) {
	key := sshKey(t, ed25519Key(t), "")
	for _, ending := range []string{".tar.gz", ".zip"} {
		var made [][]byte
		for range 2 {
			text, err := os.ReadFile(makePack(t, ending, content(), evidence.Options{Signer: key.signer(t)}))
			if err != nil {
				t.Fatal(err)
			}
			made = append(made, text)
		}
		if !bytes.Equal(made[0], made[1]) {
			t.Errorf("%s: two packs of the same differ", ending)
		}
	}
}

// A pack with one altered byte in any file is never accepted.
func TestEveryByteCounts(t *testing.T) {
	short.Skip(t)
	samples := 0
	for _, key := range []signedBy{sshKey(t, ed25519Key(t), ""), pemKey(t, ecdsaKey(t, elliptic.P256()))} {
		trust := key.trust(t)
		path := makePack(t, ".tar.gz", content(), evidence.Options{Signer: key.signer(t)})
		files := unpack(t, path)
		for _, name := range slices.Sorted(maps.Keys(files)) {
			text := files[name]
			step := max(1, len(text)/60)
			for at := 0; at < len(text); at += step {
				for _, bit := range []byte{1, 0x20} {
					altered := maps.Clone(files)
					altered[name] = text[:at] + string(text[at]^bit) + text[at+1:]
					samples++
					if _, err := read(t, repack(t, archive.TarGzip, altered), trust); err == nil {
						t.Errorf("%s, byte %d ^ %#x: nobody noticed", name, at, bit)
					}
				}
			}
		}
	}
	if samples < 500 {
		t.Errorf("only %d samples", samples)
	}
}

// An archive with one altered byte is refused, or holds the very same files: data can
// be compressed in more than one way.
func TestEveryByteOfTheArchiveCounts(t *testing.T) {
	short.Skip(t)
	key := sshKey(t, ed25519Key(t), "")
	trust := key.trust(t)
	for _, ending := range []string{".tar.gz", ".zip"} {
		path := makePack(t, ending, content(), evidence.Options{Signer: key.signer(t)})
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files := unpack(t, path)
		for at := range text {
			text[at] ^= 0x10
			save(t, path, text)
			if _, err := read(t, path, trust); err == nil && !maps.Equal(unpack(t, path), files) {
				t.Errorf("%s, byte %d: nobody noticed", ending, at)
			}
			text[at] ^= 0x10
		}
		for name, other := range map[string][]byte{
			"a byte behind": append(bytes.Clone(text), 0), "an archive behind": append(bytes.Clone(text), text...),
			"cut off": text[:len(text)-1], "a byte before": append([]byte{0}, text...),
		} {
			save(t, path, other)
			if _, err := read(t, path, trust); err == nil {
				t.Errorf("%s, %s: nobody noticed", ending, name)
			}
		}
	}
}

// A pack that is not as it was signed is reported as altered, with the problem.
func TestAlteredPacks(t *testing.T) {
	key, stranger := sshKey(t, ed25519Key(t), ""), sshKey(t, ed25519Key(t), "")
	files := unpack(t, makePack(t, ".tar.gz", content(), evidence.Options{Signer: key.signer(t)}))
	elsewhere := content()
	elsewhere["report.json"] = "{\"findings\": [1]}\n"
	other := unpack(t, makePack(t, ".tar.gz", elsewhere, evidence.Options{Signer: key.signer(t)}))
	foreign := unpack(t, makePack(t, ".tar.gz", content(), evidence.Options{Signer: stranger.signer(t)}))
	pemmed := unpack(t, makePack(t, ".tar.gz", content(), evidence.Options{Signer: pemKey(t, ed25519Key(t)).signer(t)}))
	none := unpack(t, makePack(t, ".tar.gz", content(), evidence.Options{}))
	const statement, signature = evidence.StatementName, evidence.SignatureName
	for name, tt := range map[string]struct {
		edit func(map[string]string)
		want string
	}{
		"a file is added":        {func(f map[string]string) { f["rules/shipped/lib/b.rego"] = "package b\n" }, "rules/shipped/lib/b.rego is in the pack and not in its manifest"},
		"a last file is added":   {func(f map[string]string) { f["zz.txt"] = "" }, "zz.txt is in the pack and not in its manifest"},
		"a file is dropped":      {func(f map[string]string) { delete(f, "report.json") }, "report.json is in the manifest and not in the pack"},
		"the last is dropped":    {func(f map[string]string) { delete(f, "snapshot.jsonl") }, "snapshot.jsonl is in the manifest and not in the pack"},
		"the README is dropped":  {func(f map[string]string) { delete(f, "README.txt") }, "README.txt is in the manifest and not in the pack"},
		"a file is renamed":      {func(f map[string]string) { f["report2.json"] = f["report.json"]; delete(f, "report.json") }, "report.json is in the manifest"},
		"a file of another pack": {func(f map[string]string) { f["report.json"] = other["report.json"] }, "report.json is not the file"},
		"with its manifest": {func(f map[string]string) {
			f["report.json"], f[evidence.ManifestName] = other["report.json"], other[evidence.ManifestName]
		}, "about another manifest"},
		"a signature of another":          {func(f map[string]string) { f[signature] = other[signature] }, "about another manifest, signature"},
		"a statement of another":          {func(f map[string]string) { f[statement] = other[statement] }, "about another manifest"},
		"a key of its own":                {func(f map[string]string) { maps.Copy(f, foreign) }, "which allowed_signers does not allow"},
		"a statement by a key of its own": {func(f map[string]string) { f[statement] = foreign[statement] }, "about another manifest, signature"},
		"another kind of key":             {func(f map[string]string) { maps.Copy(f, pemmed) }, "not an SSH signature"},
		"not signed":                      {func(f map[string]string) { clear(f); maps.Copy(f, none) }, "not signed"},
		"the attestation is gone":         {func(f map[string]string) { delete(f, statement); delete(f, signature) }, "not signed"},
		"the signature is gone":           {func(f map[string]string) { delete(f, signature) }, "MANIFEST.sha256.sig was taken out"},
		"the statement is gone":           {func(f map[string]string) { delete(f, statement) }, "statement.dsse.json was taken out"},
		"an empty signature":              {func(f map[string]string) { f[signature] = "" }, "about another manifest, signature"},
		"a time stamp is added":           {func(f map[string]string) { f[evidence.TimestampName] = "x" }, "about another manifest, signature or time stamp"},
		"something in the attestation":    {func(f map[string]string) { f["attestation/notes.txt"] = "x" }, "not a file of an attestation"},
		"another type of payload": {func(f map[string]string) {
			f[statement] = strings.Replace(f[statement], "in-toto+json", "other+json", 1)
		}, "the payload's type"},
		"no signature in the envelope": {func(f map[string]string) {
			at := strings.Index(f[statement], `"signatures"`)
			f[statement] = f[statement][:at] + "\"signatures\": []\n}\n"
		}, "not as trailguard writes one"},
		"an empty manifest": {func(f map[string]string) { f[evidence.ManifestName] = "" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			edited := maps.Clone(files)
			tt.edit(edited)
			_, err := read(t, repack(t, archive.TarGzip, edited), key.trust(t))
			if !isAltered(err) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// No content is kept before the attestation is verified.
func TestNothingIsKeptOfWhatNobodyVouchesFor(t *testing.T) {
	key, stranger := sshKey(t, ed25519Key(t), ""), sshKey(t, ed25519Key(t), "")
	path := makePack(t, ".tar.gz", content(), evidence.Options{Signer: stranger.signer(t)})
	_, err := evidence.Read(t.Context(), path, evidence.Criteria{Trust: key.trust(t), At: noon, Keep: func(name string) (io.WriteCloser, error) {
		t.Errorf("%s was kept", name)
		return nopCloser{io.Discard}, nil
	}})
	if !isAltered(err) {
		t.Errorf("error %v", err)
	}
}

// Archives that could harm, or mean more than one thing, are refused.
func TestHostileArchives(t *testing.T) {
	file := func(name string, size int64) *tar.Header {
		return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, Format: tar.FormatPAX}
	}
	typed := func(kind byte) *tar.Header {
		return &tar.Header{Typeflag: kind, Name: "MANIFEST.sha256", Linkname: "/etc/passwd", Mode: 0o644}
	}
	folder := &tar.Header{Typeflag: tar.TypeDir, Name: "rules/", Mode: 0o755}
	for name, tt := range map[string]struct {
		path string
		want string
	}{
		"an absolute path":      {tarGzip(t, file("/etc/passwd", 0)), "is not allowed in a pack"},
		"a path that leads out": {tarGzip(t, file("../x", 0)), "is not allowed in a pack"},
		"in its middle":         {tarGzip(t, file("a/../../x", 0)), "is not allowed in a pack"},
		"a path of Windows":     {tarGzip(t, file(`a\..\x`, 0)), "is not allowed in a pack"},
		"a drive":               {tarGzip(t, file("C:x", 0)), "is not allowed in a pack"},
		"a dot":                 {tarGzip(t, file("./x", 0)), "is not allowed in a pack"},
		"a line break":          {tarGzip(t, file("a\nb", 0)), "is not allowed in a pack"},
		"a hidden file":         {tarGzip(t, file(".bashrc", 0)), "is not allowed in a pack"},
		"turned writing":        {tarGzip(t, file("a\u202eb", 0)), "is not allowed in a pack"},
		"a long name":           {tarGzip(t, file(strings.Repeat("a", 300), 0)), "is longer than"},
		"a symbolic link":       {tarGzip(t, typed(tar.TypeSymlink)), "not a file but"},
		"a hard link":           {tarGzip(t, typed(tar.TypeLink)), "not a file but"},
		"a device":              {tarGzip(t, typed(tar.TypeChar)), "not a file but"},
		"a pipe":                {tarGzip(t, typed(tar.TypeFifo)), "not a file but"},
		"a folder":              {tarGzip(t, folder), "not a file but"},
		"a name twice":          {tarGzip(t, file("MANIFEST.sha256", 0), file("MANIFEST.sha256", 0)), "is there twice"},
		"names by case":         {tarGzip(t, file("MANIFEST.sha256", 0), file("README.txt", 0), file("readme.TXT", 0)), "by the case of letters"},
		"out of order":          {tarGzip(t, file("MANIFEST.sha256", 0), file("B", 0)), "out of order"},
		"a file as a folder":    {tarGzip(t, file("MANIFEST.sha256", 0), file("a", 0), file("a/b", 0)), "lies in a"},
		"no manifest":           {repack(t, archive.TarGzip, map[string]string{"a": ""}), "it is not an evidence pack"},
		"nothing":               {tarGzip(t), "holds no file"},
		"a large manifest":      {repack(t, archive.TarGzip, map[string]string{evidence.ManifestName: strings.Repeat("a", 33<<20)}), "larger than 32 MB"},
		"another program's":     {tarGzip(t, file("MANIFEST.sha256", 0)), "not as trailguard writes one"},
		"a zip that leads out":  {zipOf(t, "../x"), "is not allowed in a pack"},
		"another program's zip": {zipOf(t, "MANIFEST.sha256"), "not as trailguard writes one"},
		"a folder in a zip":     {zipOf(t, "a/"), "not a file but"},
	} {
		t.Run(name, func(t *testing.T) {
			err := walk(tt.path) // what is in it does not matter
			if err == nil {
				_, err = read(t, tt.path, nil)
			}
			if err == nil || isAltered(err) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	for name, text := range map[string]string{"empty": "", "no archive": "hello, world", "a cut zip": "PK\x03\x04", "a cut gzip": "\x1f\x8b"} {
		path := filepath.Join(t.TempDir(), "x.tar.gz")
		save(t, path, []byte(text))
		if _, err := read(t, path, nil); err == nil || isAltered(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := read(t, t.TempDir(), nil); err == nil {
		t.Error("a folder was read")
	}
}

func walk(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return archive.Read(file, func(string, int64, io.Reader) error { return nil })
}

func zipOf(t *testing.T, name string) string {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	if _, err := w.Create(name); err != nil {
		t.Fatal(err)
	}
	w.Close()
	path := filepath.Join(t.TempDir(), "hostile.zip")
	save(t, path, b.Bytes())
	return path
}
