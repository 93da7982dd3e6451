// Package redact keeps secrets out of everything that is written: a type for
// keys that prints as [redacted], a scrubber for the words of a server, and
// what a credential looks like by its text or its name. It reads no key from
// anywhere, and decides no request.
package redact
