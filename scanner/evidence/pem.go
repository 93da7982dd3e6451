package evidence

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// typeEd25519 is Key's name for the type that signs the whole message.
const typeEd25519 = "Ed25519"

// pemSigner signs as openssl does: Ed25519 over the message, the others over its
// SHA-256, RSA by PKCS #1 v1.5.
type pemSigner struct {
	private crypto.Signer
	key     Key
}

func newPEMFile(path string) (Signer, error) {
	text, err := readKey(path)
	if err != nil {
		return nil, err
	}
	block := pemBlock(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no key in PEM", path)
	}
	var parsed any
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, fmt.Errorf("%s is protected by a passphrase, which trailguard does not ask for: sign with an SSH agent, or with a key that the file's mode protects", path)
	case block.Type == "PRIVATE KEY":
		parsed, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case block.Type == "EC PRIVATE KEY":
		parsed, err = x509.ParseECPrivateKey(block.Bytes)
	case block.Type == "RSA PRIVATE KEY":
		parsed, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case block.Type == "OPENSSH PRIVATE KEY":
		return nil, fmt.Errorf("%s is an SSH key: write ssh:%s", path, path)
	default:
		return nil, fmt.Errorf("%s holds a %s, not a private key", path, strings.ToLower(block.Type))
	}
	private, ok := parsed.(crypto.Signer)
	if err != nil || !ok {
		return nil, fmt.Errorf("%s holds no private key that can sign", path) // the error of parsing may quote it
	}
	key, err := pemKey(private.Public())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &pemSigner{private, key}, nil
}

// pemBlock returns the first block that does not hold the parameters of a curve,
// which openssl writes first.
func pemBlock(text []byte) *pem.Block {
	block, rest := pem.Decode(text)
	for block != nil && block.Type == "EC PARAMETERS" {
		block, rest = pem.Decode(rest)
	}
	return block
}

// pemKey describes a public key, and refuses one that is too weak.
func pemKey(public crypto.PublicKey) (Key, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return Key{}, errors.New("a key of a type that is not known: use Ed25519, ECDSA or RSA")
	}
	sum := sha256.Sum256(der)
	key := Key{Kind: KindPEM, Fingerprint: hex.EncodeToString(sum[:])}
	switch k := public.(type) {
	case ed25519.PublicKey:
		key.Type = typeEd25519
	case *ecdsa.PublicKey:
		key.Type = "ECDSA " + k.Curve.Params().Name
		if k.Curve.Params().BitSize < 256 {
			return Key{}, fmt.Errorf("a key on the curve %s, which is too weak: use P-256", k.Curve.Params().Name)
		}
	case *rsa.PublicKey:
		key.Type = fmt.Sprintf("RSA %d", k.N.BitLen())
		if k.N.BitLen() < minRSA {
			return Key{}, fmt.Errorf("an RSA key of less than %d bits", minRSA)
		}
	default:
		return Key{}, errors.New("a key of a type that cannot sign: use Ed25519, ECDSA or RSA")
	}
	return key, nil
}

func (s *pemSigner) Sign(message []byte) ([]byte, error) {
	var options crypto.SignerOpts = crypto.SHA256
	if _, whole := s.private.(ed25519.PrivateKey); whole {
		options = crypto.Hash(0)
	} else {
		sum := sha256.Sum256(message)
		message = sum[:]
	}
	sig, err := s.private.Sign(rand.Reader, message, options)
	if err != nil {
		return nil, fmt.Errorf("sign with %s: %w", s.key, err)
	}
	return sig, nil
}

func (s *pemSigner) Key() Key     { return s.key }
func (s *pemSigner) Close() error { return nil }

// publicKey trusts one key.
type publicKey struct {
	public crypto.PublicKey
	key    Key
}

// PublicKey reads the trusted key in PEM.
func PublicKey(name string, text []byte) (Trust, error) {
	block := pemBlock(text)
	switch {
	case block == nil:
		return nil, fmt.Errorf("%s holds no key in PEM: an SSH key goes into a file of allowed signers", name)
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, fmt.Errorf("%s holds a private key, which only the signer should have: openssl pkey -in KEY -pubout prints the public one", name)
	case block.Type != "PUBLIC KEY":
		return nil, fmt.Errorf("%s holds a %s, not a public key: openssl pkey -in KEY -pubout prints one", name, strings.ToLower(block.Type))
	}
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("%s holds no public key: %w", name, err)
	}
	key, err := pemKey(public)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &publicKey{public, key}, nil
}

// Verify implements Trust.
func (p *publicKey) Verify(message, signature []byte, _ time.Time) (*Signatory, error) {
	sum := sha256.Sum256(message)
	good := false
	switch k := p.public.(type) {
	case ed25519.PublicKey:
		good = ed25519.Verify(k, message, signature)
	case *ecdsa.PublicKey:
		good = ecdsa.VerifyASN1(k, sum[:], signature)
	case *rsa.PublicKey:
		good = rsa.VerifyPKCS1v15(k, crypto.SHA256, sum[:], signature) == nil
	}
	if !good {
		return nil, fmt.Errorf("not signed by the key %s, or altered since", p.key)
	}
	return &Signatory{Key: p.key}, nil
}
