package immuta

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner/immuta/internal/failure"
	"github.com/trailguard/trailguard/scanner/immuta/internal/redact"
)

// maxKeyBytes bounds a key file: whatever is larger is not a key.
const maxKeyBytes = 64 << 10

// KeyRef says where an API key is to be found. The zero value is no reference.
type KeyRef struct{ scheme, name string }

var (
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// customaryName is a name that is certainly no key and may be printed.
	customaryName = regexp.MustCompile(`^[A-Z_][A-Z0-9_]*$`)
)

// ParseKeyRef reads "env:NAME" or "file:PATH". A text that is neither may be a
// key, therefore no error repeats it.
func ParseKeyRef(text string) (KeyRef, error) {
	scheme, name, found := strings.Cut(text, ":")
	switch {
	case text == "":
		return KeyRef{}, failure.Misconfigured("no API key is configured: set apiKey to env:NAME or file:PATH")
	case !found || scheme != "env" && scheme != "file":
		return KeyRef{}, failure.Misconfigured("apiKey must be env:NAME or file:PATH: keep the key itself out of the configuration")
	case name == "":
		return KeyRef{}, failure.Misconfigured("apiKey says %s: without a name: write env:NAME or file:PATH", scheme)
	case scheme == "env" && !variableName.MatchString(name):
		return KeyRef{}, failure.Misconfigured("apiKey names an environment variable with characters that no variable has: write env:NAME, not the key itself")
	}
	return KeyRef{scheme, name}, nil
}

// Read returns the key. A trailing line break is not part of it.
func (r KeyRef) Read() (Secret, error) {
	var value, origin string
	switch r.scheme {
	case "env":
		origin = "the environment variable that apiKey names"
		if customaryName.MatchString(r.name) {
			origin = "environment variable " + r.name
		}
		var set bool
		if value, set = os.LookupEnv(r.name); !set {
			return Secret{}, failure.Misconfigured("%s is not set: export it with an Immuta API key", origin)
		}
	case "file":
		origin = "key file " + r.name
		var err error
		if value, err = readKeyFile(r.name); err != nil {
			return Secret{}, failure.Misconfigured("read the API key: %v", err)
		}
	default:
		return Secret{}, failure.Misconfigured("no API key is configured: set apiKey to env:NAME or file:PATH")
	}
	return checkKey(strings.TrimRight(value, "\r\n"), origin)
}

func readKeyFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err // names the path
	}
	defer f.Close() //nolint:errcheck // nothing was written
	var buffer bytes.Buffer
	n, err := buffer.ReadFrom(io.LimitReader(f, maxKeyBytes+1))
	if err != nil {
		return "", err
	}
	if n > maxKeyBytes {
		return "", fmt.Errorf("%s is larger than %d bytes: it holds something else", path, maxKeyBytes)
	}
	return strings.TrimPrefix(buffer.String(), "\ufeff"), nil // some editors begin a file with it
}

// checkKey refuses what cannot travel in a header, before it is sent.
func checkKey(value, origin string) (Secret, error) {
	if value == "" {
		return Secret{}, failure.Misconfigured("%s is empty: put an Immuta API key there", origin)
	}
	if !headerSafe(value) {
		return Secret{}, failure.Misconfigured("%s holds a space, a line break or another character that no key has: put the key there and nothing else", origin)
	}
	return redact.NewSecret(value), nil
}

func headerSafe(value string) bool {
	return strings.IndexFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}
