package evidence

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Namespace is the SSH signature namespace of packs: a signature of anything else,
// such as a commit, is not accepted.
const Namespace = "trailguard-evidence"

// Key describes a signing key, without its secret.
type Key struct {
	Kind        string `json:"kind"` // KindSSH or KindPEM
	Type        string `json:"type"` // "ssh-ed25519", "ECDSA P-256" and the like
	Fingerprint string `json:"fingerprint"`
}

// The kinds of keys.
const (
	KindSSH = "ssh"
	KindPEM = "pem"
)

// String names the key.
func (k Key) String() string { return k.Type + " " + k.Fingerprint }

// Signer signs a pack.
type Signer interface {
	// Sign returns a detached signature over a message.
	Sign(message []byte) ([]byte, error)
	Key() Key
	// Close closes the connection to an agent.
	Close() error
}

// Trust says whose signature is accepted.
type Trust interface {
	// Verify says who signed a message, as of a time.
	Verify(message, signature []byte, at time.Time) (*Signatory, error)
}

// Signatory is who signed.
type Signatory struct {
	Key Key `json:"key"`
	// Principal is the name in the file of allowed signers; empty for a PEM key.
	Principal string `json:"principal,omitempty"`
}

// NewSigner opens the key that a text names: ssh:KEYFILE, ssh-agent:FINGERPRINT or
// key:PEM. The agent listens on the socket. No error holds any part of a key.
func NewSigner(text, socket string) (Signer, error) {
	kind, rest, ok := strings.Cut(text, ":")
	if !ok || rest == "" {
		return nil, errors.New("write ssh:KEYFILE, ssh-agent:FINGERPRINT or key:PEMFILE")
	}
	switch kind {
	case "ssh":
		return newSSHFile(rest)
	case "ssh-agent":
		return newSSHAgent(rest, socket)
	case "key":
		return newPEMFile(rest)
	default:
		return nil, fmt.Errorf("no kind of key %q: write ssh:KEYFILE, ssh-agent:FINGERPRINT or key:PEMFILE", kind)
	}
}
