// Package secretref reads secrets from where a configuration says they are:
// env:NAME or file:PATH. A text that is neither may be the secret itself, so no
// error repeats it. The package sends nothing and keeps nothing.
package secretref

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner/redact"
)

// maxBytes bounds a file that holds a secret. A larger file holds something
// else.
const maxBytes = 64 << 10

// Purpose says how messages call a secret.
type Purpose struct {
	Key  string // of the configuration: "apiKey"
	Noun string // with its article: "an Immuta API key"
}

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// customaryName matches names that are certainly no secret and may be
	// printed.
	customaryName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
)

// Check says what is wrong with a reference. It does not read the secret.
func Check(p Purpose, ref string) error {
	scheme, name, found := strings.Cut(ref, ":")
	switch {
	case ref == "":
		return fmt.Errorf("%s is missing: write env:NAME or file:PATH", p.Key)
	case !found || scheme != "env" && scheme != "file":
		return fmt.Errorf("%s must be env:NAME or file:PATH: keep the secret itself out of the configuration", p.Key)
	case name == "":
		return fmt.Errorf("%s says %s: without a name: write env:NAME or file:PATH", p.Key, scheme)
	case scheme == "env" && !variableName.MatchString(name):
		return fmt.Errorf("%s names an environment variable with characters that no variable has: write env:NAME, not the secret itself", p.Key)
	}
	return nil
}

// Read returns the secret that a reference names, without a line break at its
// end. It refuses a secret that cannot travel in a header.
func Read(p Purpose, ref string) (redact.Secret, error) {
	if err := Check(p, ref); err != nil {
		return redact.Secret{}, err
	}
	value, origin, err := p.look(ref)
	if err != nil {
		return redact.Secret{}, err
	}
	value = strings.TrimRight(value, "\r\n")
	switch {
	case value == "":
		return redact.Secret{}, fmt.Errorf("%s is empty: put %s there", origin, p.Noun)
	case !redact.Sendable(value):
		return redact.Secret{}, fmt.Errorf("%s holds a space, a line break or another character that cannot be sent: put %s there and nothing else", origin, p.Noun)
	}
	return redact.NewSecret(value), nil
}

// look returns the text that a reference names, and what messages call its
// place.
func (p Purpose) look(ref string) (value, origin string, err error) {
	scheme, name, _ := strings.Cut(ref, ":")
	if scheme == "file" {
		value, err = readFile(name)
		if err != nil {
			return "", "", fmt.Errorf("read %s: %w", p.Key, err)
		}
		return value, "file " + name, nil
	}
	origin = "the environment variable that " + p.Key + " names"
	if customaryName.MatchString(name) {
		origin = "environment variable " + name
	}
	value, set := os.LookupEnv(name)
	if !set {
		return "", "", errors.New(origin + " is not set: export it with " + p.Noun)
	}
	return value, origin, nil
}

func readFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err // names the path
	}
	defer f.Close() //nolint:errcheck // nothing was written
	var buffer bytes.Buffer
	n, err := buffer.ReadFrom(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return "", err
	}
	if n > maxBytes {
		return "", fmt.Errorf("%s is larger than %d bytes: it holds something else", path, maxBytes)
	}
	return strings.TrimPrefix(buffer.String(), "\ufeff"), nil // some editors begin a file with it
}
