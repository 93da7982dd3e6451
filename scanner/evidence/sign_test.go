package evidence_test

import (
	"crypto/elliptic"
	"crypto/x509"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/trailguard/trailguard/scanner/evidence"
)

// Lines of allowed signers are honoured as ssh-keygen does.
func TestAllowedSigners(t *testing.T) {
	key, other := sshKey(t, ed25519Key(t), ""), sshKey(t, ed25519Key(t), "")
	path := makePack(t, ".tar.gz", content(), evidence.Options{Signer: key.signer(t)})
	for name, tt := range map[string]struct {
		lines    string
		identity string
		want     string // the principal, or the problem behind "error:"
	}{
		"anybody":                     {"audit@example.com KEY", "", "audit@example.com"},
		"a comment and empty lines":   {"# who\n\naudit@example.com KEY me@host", "", "audit@example.com"},
		"an identity":                 {"audit@example.com KEY", "audit@example.com", "audit@example.com"},
		"another identity":            {"audit@example.com KEY", "bob@example.com", "error: line 1 is about audit@example.com, not bob@example.com"},
		"a pattern":                   {"*@example.com KEY", "audit@example.com", "audit@example.com"},
		"a pattern with one letter":   {"audi?@example.com,x KEY", "audit@example.com", "audit@example.com"},
		"a pattern that takes away":   {"*@example.com,!audit@* KEY", "audit@example.com", "error: line 1 is about"},
		"a quoted name":               {`"audit team" KEY`, "audit team", "audit team"},
		"another key":                 {"audit@example.com OTHER", "", "error: which allowed_signers does not allow"},
		"the second line":             {"a OTHER\nb KEY", "", "b"},
		"the namespace":               {`a namespaces="git,trailguard-*" KEY`, "", "a"},
		"another namespace":           {`a namespaces="git" KEY`, "", "error: line 1 is for the namespaces git, not trailguard-evidence"},
		"a namespace that is refused": {`a namespaces="*,!trailguard-evidence" KEY`, "", "error: for the namespaces"},
		"not yet":                     {`a valid-after="20260303Z" KEY`, "", "error: is valid after 2026-03-03T00:00:00Z only"},
		"already":                     {`a valid-after="20260302115900Z" KEY`, "", "a"},
		"no more":                     {`a valid-before="202603021200Z" KEY`, "", "error: was valid before 2026-03-02T12:00:00Z only"},
		"still":                       {`a valid-before="202603021201Z",namespaces="trailguard-evidence" KEY`, "", "a"},
		"not then, and now":           {"a valid-before=\"20250101Z\" KEY\nb KEY", "", "b"},
		"an authority":                {"a cert-authority KEY", "", "error: line 1 is a cert-authority: certificates are not accepted"},
		"another's authority":         {"a cert-authority OTHER", "", "error: line 1 is a cert-authority"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.NewReplacer("KEY", key.public, "OTHER", other.public).Replace(tt.lines)
			trust, err := evidence.AllowedSigners("allowed_signers", []byte(text), tt.identity)
			if err != nil {
				t.Fatal(err)
			}
			pack, err := read(t, path, trust)
			if problem, fails := strings.CutPrefix(tt.want, "error: "); fails {
				if !isAltered(err) || !strings.Contains(err.Error(), problem) {
					t.Errorf("got %v, want %q", err, problem)
				}
			} else if err != nil || pack.Signatory.Principal != tt.want {
				t.Errorf("got %+v, %v", pack, err)
			}
		})
	}
}

func TestAllowedSignersMistakes(t *testing.T) {
	key := sshKey(t, ed25519Key(t), "").public
	for text, want := range map[string]string{
		"":                                  "allows nobody to sign",
		"# nobody":                          "allows nobody to sign",
		key:                                 "f:1: write who it is",
		"a " + key + "\nb ssh-ed25519 AAAA": "f:2: write who it is",
		"a no-touch-required " + key:        `f:1: no option "no-touch-required"`,
		`a valid-after="tomorrow" ` + key:   `f:1: "tomorrow" is not a time`,
		`a valid-before="20260230Z" ` + key: `f:1: "20260230Z" is not a time`,
		`a namespaces="" ` + key:            "f:1: namespaces without any",
		`"a ` + key:                         "f:1: a quote is not closed",
	} {
		if _, err := evidence.AllowedSigners("f", []byte(text), ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// A signature by the right key for another purpose, such as a commit, is refused.
func TestSignatureOfAnotherNamespace(t *testing.T) {
	private := ed25519Key(t)
	signer, err := ssh.NewSignerFromSigner(private)
	if err != nil {
		t.Fatal(err)
	}
	trust := sshKey(t, private, "").trust(t)
	for namespace, good := range map[string]bool{evidence.Namespace: true, "git": false} {
		sig, err := sshsig.Sign(strings.NewReader("text"), signer, sshsig.HashSHA512, namespace)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := trust.Verify([]byte("text"), sshsig.Armor(sig), noon); good != (err == nil) {
			t.Errorf("%s: %v", namespace, err)
		}
		if _, err := trust.Verify([]byte("texts"), sshsig.Armor(sig), noon); err == nil {
			t.Errorf("%s: another text was accepted", namespace)
		}
	}
}

// A file without a usable key is refused, and the error shows nothing of its
// content.
func TestKeysThatCannotSign(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		save(t, path, []byte(text))
		return path
	}
	const secret = "Tr0ub4dor-and-3"
	locked := sshKey(t, ed25519Key(t), secret)
	short, err := x509.MarshalPKCS8PrivateKey(rsaKey(t, 1024))
	if err != nil {
		t.Fatal(err)
	}
	small, err := x509.MarshalPKCS8PrivateKey(ecdsaKey(t, elliptic.P224()))
	if err != nil {
		t.Fatal(err)
	}
	public := sshKey(t, ed25519Key(t), "").public
	for spec, want := range map[string]string{
		"id":                                   "write ssh:KEYFILE",
		"ssh:":                                 "write ssh:KEYFILE",
		"gpg:me":                               `no kind of key "gpg"`,
		"ssh:" + filepath.Join(dir, "missing"): "no such file",
		"key:" + filepath.Join(dir, "missing"): "no such file",
		locked.path:                            "is protected by a passphrase: add it to an agent",
		"ssh:" + write("pub", public):          "holds a public key",
		"ssh:" + write("junk", secret):         "holds no private key that SSH can use",
		"key:" + write("text", secret):         "holds no key in PEM",
		"key:" + write("enc", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"):               "is protected by a passphrase",
		"key:" + write("old", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n"): "is protected by a passphrase",
		"key:" + write("bad", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):                                   "holds no private key that can sign",
		"key:" + write("cert", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):                                  "holds a certificate, not a private key",
		"key:" + write("short", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: short}))):                        "an RSA key of less than 2048 bits",
		"key:" + write("small", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: small}))):                        "too weak",
		"key:" + strings.TrimPrefix(sshKey(t, ed25519Key(t), "").path, "ssh:"):                                                    "is an SSH key",
		"ssh-agent:SHA256:x": "SSH_AUTH_SOCK is not set",
	} {
		_, err := evidence.NewSigner(spec, "")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v, want %q", spec, err, want)
		}
	}
	private, err := os.ReadFile(strings.TrimPrefix(pemKey(t, ed25519Key(t)).path, "key:"))
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{string(private): "holds a private key", public: "holds no key in PEM", "": "holds no key in PEM"} {
		if _, err := evidence.PublicKey("key.pem", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("public key: %v, want %q", err, want)
		}
	}
}

// An agent signs with the key that has the fingerprint, and never hands the key
// out.
func TestAgentSigns(t *testing.T) {
	private, decoy := ed25519Key(t), ed25519Key(t)
	ring := agent.NewKeyring()
	for _, key := range []any{decoy, private} {
		if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
			t.Fatal(err)
		}
	}
	socket := filepath.Join(t.TempDir(), "agent")
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go agent.ServeAgent(ring, conn)
		}
	}()
	public, err := ssh.NewPublicKey(private.Public())
	if err != nil {
		t.Fatal(err)
	}
	fingerprint := ssh.FingerprintSHA256(public)
	for _, name := range []string{fingerprint, strings.TrimPrefix(fingerprint, "SHA256:")} {
		signer, err := evidence.NewSigner("ssh-agent:"+name, socket)
		if err != nil {
			t.Fatal(err)
		}
		path := makePack(t, ".zip", content(), evidence.Options{Signer: signer})
		if err := signer.Close(); err != nil {
			t.Error(err)
		}
		pack, err := read(t, path, allow(t, "audit "+string(ssh.MarshalAuthorizedKey(public))))
		if err != nil || pack.Signatory.Key.Fingerprint != fingerprint {
			t.Errorf("%s: %+v, %v", name, pack, err)
		}
	}
	if _, err := evidence.NewSigner("ssh-agent:SHA256:elsewhere", socket); err == nil || !strings.Contains(err.Error(), "holds no key SHA256:elsewhere among its 2") {
		t.Errorf("another fingerprint: %v", err)
	}
	if _, err := evidence.NewSigner("ssh-agent:"+fingerprint, socket+"x"); err == nil || !strings.Contains(err.Error(), "reach the SSH agent") {
		t.Errorf("no agent: %v", err)
	}
}
