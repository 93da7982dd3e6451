package evidence

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// maxKey bounds the size of a key file, in bytes.
const maxKey = 1 << 20

// minRSA is the minimum length of an RSA key, in bits.
const minRSA = 2048

// sshSigner signs as ssh-keygen -Y sign does.
type sshSigner struct {
	signer ssh.Signer
	close  func() error
}

func newSSHFile(path string) (Signer, error) {
	text, err := readKey(path)
	if err != nil {
		return nil, err
	}
	signer, err := ssh.ParsePrivateKey(text)
	var locked *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &locked):
		return nil, fmt.Errorf("%s is protected by a passphrase: add it to an agent with ssh-add and name it as ssh-agent:FINGERPRINT (ssh-keygen -lf %s prints it)", path, path)
	case err != nil && isPublic(text):
		return nil, fmt.Errorf("%s holds a public key: name the private one, or ssh-agent:FINGERPRINT", path)
	case err != nil:
		return nil, fmt.Errorf("%s holds no private key that SSH can use", path) // the error of parsing may quote it
	}
	if err := usable(signer.PublicKey()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &sshSigner{signer, func() error { return nil }}, nil
}

// readKey reads a file that holds a key.
func readKey(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open key: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxKey+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("read key: %w", err)
	case len(text) > maxKey:
		return nil, fmt.Errorf("%s is too large to be a key", path)
	}
	return text, nil
}

func isPublic(text []byte) bool {
	_, _, _, _, err := ssh.ParseAuthorizedKey(text)
	return err == nil
}

// usable refuses keys that are too weak, and certificates.
func usable(key ssh.PublicKey) error {
	if _, certificate := key.(*ssh.Certificate); certificate {
		return errors.New("a certificate: packs are signed by a key itself, which the file of allowed signers names")
	}
	switch key.Type() {
	case ssh.KeyAlgoED25519, ssh.KeyAlgoECDSA256, ssh.KeyAlgoECDSA384, ssh.KeyAlgoECDSA521, ssh.KeyAlgoSKED25519, ssh.KeyAlgoSKECDSA256:
		return nil
	case ssh.KeyAlgoRSA:
		if public, ok := key.(ssh.CryptoPublicKey); ok {
			if k, ok := public.CryptoPublicKey().(*rsa.PublicKey); ok && k.N.BitLen() >= minRSA {
				return nil
			}
		}
		return fmt.Errorf("an RSA key of less than %d bits", minRSA)
	default:
		return fmt.Errorf("a key of type %s: use ed25519, ecdsa or rsa", key.Type())
	}
}

// newSSHAgent finds the key with a fingerprint in an agent.
func newSSHAgent(fingerprint, socket string) (Signer, error) {
	if socket == "" {
		return nil, errors.New("no SSH agent is known: SSH_AUTH_SOCK is not set")
	}
	conn, err := net.Dial("unix", socket) //nolint:noctx // a socket of this machine
	if err != nil {
		return nil, fmt.Errorf("reach the SSH agent: %w", err)
	}
	signers, err := agent.NewClient(conn).Signers()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ask the SSH agent for its keys: %w", err), conn.Close())
	}
	want := "SHA256:" + strings.TrimPrefix(fingerprint, "SHA256:")
	for _, s := range signers {
		if ssh.FingerprintSHA256(s.PublicKey()) != want {
			continue
		}
		if err := usable(s.PublicKey()); err != nil {
			return nil, errors.Join(fmt.Errorf("%s: %w", want, err), conn.Close())
		}
		return &sshSigner{s, conn.Close}, nil
	}
	return nil, errors.Join(fmt.Errorf("the SSH agent holds no key %s among its %d: ssh-add -l lists them", want, len(signers)), conn.Close())
}

func (s *sshSigner) Sign(message []byte) ([]byte, error) {
	sig, err := sshsig.Sign(bytes.NewReader(message), s.signer, sshsig.HashSHA512, Namespace)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", s.Key(), err)
	}
	return sshsig.Armor(sig), nil
}

func (s *sshSigner) Key() Key     { return sshKey(s.signer.PublicKey()) }
func (s *sshSigner) Close() error { return s.close() }

func sshKey(key ssh.PublicKey) Key {
	return Key{Kind: KindSSH, Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key)}
}
