package evidence_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/trailguard/trailguard/scanner/evidence"
	"github.com/trailguard/trailguard/scanner/evidence/internal/archive"
)

// noon is the time in tests.
var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// signedBy is a key in a file, and who trusts it.
type signedBy struct {
	path   string // as --sign names it
	public string // a line of authorized keys, or a public key in PEM
}

// sshKey makes an SSH key, with a passphrase where one is given.
func sshKey(t *testing.T, private crypto.Signer, passphrase string) signedBy {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(private, "")
	if passphrase != "" {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(private, "", []byte(passphrase))
	}
	if err != nil {
		t.Fatal(err)
	}
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "id")
	save(t, path, pem.EncodeToMemory(block))
	return signedBy{"ssh:" + path, strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public)))}
}

// pemKey makes a key in PEM, as openssl genpkey does.
func pemKey(t *testing.T, private crypto.Signer) signedBy {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "key.pem")
	save(t, path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	return signedBy{"key:" + path, string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public}))}
}

func ed25519Key(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func ecdsaKey(t *testing.T, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func rsaKey(t *testing.T, bits int) *rsa.PrivateKey {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return private
}

func save(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// allow trusts a key by a line of allowed signers.
func allow(t *testing.T, line string) evidence.Trust {
	t.Helper()
	trust, err := evidence.AllowedSigners("allowed_signers", []byte(line+"\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func (s signedBy) trust(t *testing.T) evidence.Trust {
	t.Helper()
	if !strings.HasPrefix(s.path, "key:") {
		return allow(t, "audit@example.com "+s.public)
	}
	trust, err := evidence.PublicKey("key.pem", []byte(s.public))
	if err != nil {
		t.Fatal(err)
	}
	return trust
}

func (s signedBy) signer(t *testing.T) evidence.Signer {
	t.Helper()
	signer, err := evidence.NewSigner(s.path, "")
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// content is what a small pack holds.
func content() map[string]string {
	return map[string]string{
		"judging.json": "{}\n", "report.json": "{\"findings\": []}\n", "rules/shipped/lib/a.rego": "package a\n",
		"snapshot.jsonl": strings.Repeat("evidence ", 40), "empty.txt": "",
	}
}

// make writes a pack and returns its path.
func makePack(t *testing.T, ending string, files map[string]string, o evidence.Options) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pack"+ending)
	o.Name, o.Tool = path, evidence.Tool{Name: "trailguard", Version: "1.0"}
	var list []evidence.File
	for _, name := range slices.Sorted(maps.Keys(files)) {
		list = append(list, evidence.Text(name, []byte(files[name])))
	}
	var b bytes.Buffer
	if err := evidence.Write(t.Context(), &b, list, o); err != nil {
		t.Fatal(err)
	}
	save(t, path, b.Bytes())
	return path
}

// unpack returns the files of a pack.
func unpack(t *testing.T, path string) map[string]string {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	files := map[string]string{}
	if err := archive.Read(file, func(name string, _ int64, content io.Reader) error {
		text, err := io.ReadAll(content)
		files[name] = string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return files
}

// repack writes files as a pack is written, whatever they hold.
func repack(t *testing.T, format archive.Format, files map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	w := archive.NewWriter(&b, format)
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := w.Add(name, int64(len(files[name])), strings.NewReader(files[name])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "again."+string(format))
	save(t, path, b.Bytes())
	return path
}

// tarGzip writes entries that a pack would not have.
func tarGzip(t *testing.T, headers ...*tar.Header) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, h := range headers {
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(make([]byte, h.Size)); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	z.Close()
	path := filepath.Join(t.TempDir(), "hostile.tar.gz")
	save(t, path, b.Bytes())
	return path
}
