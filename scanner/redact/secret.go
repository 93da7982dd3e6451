package redact

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// Redacted stands where a secret was.
const Redacted = "[redacted]"

// Secret is an API key or a token. However it is printed, logged or encoded,
// it says [redacted].
type Secret struct{ value string }

// NewSecret wraps a key.
func NewSecret(value string) Secret { return Secret{value} }

// Sendable reports whether a secret can travel in a header.
func Sendable(value string) bool {
	return strings.IndexFunc(value, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// Reveal returns the key itself: for the header or body of a request only.
func (s Secret) Reveal() string { return s.value }

// String implements fmt.Stringer.
func (Secret) String() string { return Redacted }

// Format implements fmt.Formatter, so that no verb reaches the field.
func (Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, Redacted) }

// MarshalText implements encoding.TextMarshaler, which JSON and YAML use.
func (Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue implements slog.LogValuer.
func (Secret) LogValue() slog.Value { return slog.StringValue(Redacted) }
