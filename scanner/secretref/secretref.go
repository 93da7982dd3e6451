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

// maxBytes bounds a file that holds a secret: whatever is larger is none.
const maxBytes = 64 << 10

// Purpose is what a secret is called in messages.
type Purpose struct {
	Key  string // of the configuration: "apiKey"
	Noun string // with its article: "an Immuta API key"
}

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// customaryName is a name that is certainly no secret and may be printed.
	customaryName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
)

// Check says what is wrong with a reference, and reads nothing.
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

// Read returns the secret that is at a reference. A trailing line break is not
// part of it. What cannot travel in a header is refused.
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

// look returns what is at a reference, and what that place is called.
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
