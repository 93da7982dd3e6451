package main

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/ssh"
)

// scriptKeys makes keys that sign evidence packs, and what trusts them: of SSH KEY,
// which ALLOWED allows, and STRANGER_KEY, which only STRANGERS allows; in PEM
// PEM_KEY with PEM_PUBLIC.
func scriptKeys(t *testing.T, dir string) map[string]string {
	t.Helper()
	variables := map[string]string{}
	keep := func(variable string, text []byte) {
		variables[variable] = filepath.Join(dir, variable)
		if err := os.WriteFile(variables[variable], text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for key, allowed := range map[string]string{"KEY": "ALLOWED", "STRANGER_KEY": "STRANGERS"} {
		public, private, err := ed25519.GenerateKey(rand.Reader)
		check(err)
		block, err := ssh.MarshalPrivateKey(private, "")
		check(err)
		line, err := ssh.NewPublicKey(public)
		check(err)
		keep(key, pem.EncodeToMemory(block))
		keep(allowed, append([]byte("audit@example.com "), ssh.MarshalAuthorizedKey(line)...))
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	check(err)
	keep("PEM_KEY", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	der, err = x509.MarshalPKIXPublicKey(private.Public())
	check(err)
	keep("PEM_PUBLIC", pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
	return variables
}
