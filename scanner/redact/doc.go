// Package redact keeps secrets out of everything that is written: a type for
// keys that prints as [redacted], a scrubber for what servers say, and how to
// recognise a credential by its text or its name. It reads no key from
// anywhere, and authorises no request.
package redact
