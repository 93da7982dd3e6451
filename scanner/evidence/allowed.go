package evidence

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// allowedSigners is a file as ssh-keygen(1) describes it under ALLOWED SIGNERS.
type allowedSigners struct {
	name     string
	identity string // empty: anybody in the file
	lines    []allowedSigner
}

// allowedSigner is a line of the file.
type allowedSigner struct {
	line          int
	principals    string
	key           ssh.PublicKey
	authority     bool   // its key signs certificates
	namespaces    string // empty: any
	after, before time.Time
}

// AllowedSigners reads who may sign. With an identity, only the lines whose
// patterns match it count.
func AllowedSigners(name string, text []byte, identity string) (Trust, error) {
	a := &allowedSigners{name: name, identity: identity}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s, err := parseAllowed(line)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		s.line = number
		a.lines = append(a.lines, *s)
	}
	if len(a.lines) == 0 {
		return nil, fmt.Errorf("%s allows nobody to sign: write a line such as `name@example.com ssh-ed25519 AAAA…`", name)
	}
	return a, nil
}

func parseAllowed(line string) (*allowedSigner, error) {
	principals, rest := line, ""
	if quoted, ok := strings.CutPrefix(line, `"`); ok {
		principals, rest, ok = strings.Cut(quoted, `"`)
		if !ok {
			return nil, errors.New("a quote is not closed")
		}
	} else if at := strings.IndexAny(line, " \t"); at >= 0 {
		principals, rest = line[:at], line[at:]
	}
	if principals == "" {
		return nil, errors.New("it names nobody")
	}
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(rest)))
	if err != nil {
		return nil, errors.New("write who it is, options where there are some, and a public key: name@example.com ssh-ed25519 AAAA…")
	}
	s := &allowedSigner{principals: principals, key: key}
	for _, o := range options {
		if err := s.option(o); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *allowedSigner) option(text string) error {
	name, value, _ := strings.Cut(text, "=")
	value = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `"`)
	var err error
	switch strings.ToLower(name) {
	case "cert-authority":
		s.authority = true
	case "namespaces":
		if s.namespaces = value; value == "" {
			return errors.New("namespaces without any: leave it out, or name " + Namespace)
		}
	case "valid-after":
		s.after, err = parseMoment(value)
	case "valid-before":
		s.before, err = parseMoment(value)
	default:
		return fmt.Errorf("no option %q: there are namespaces, valid-after, valid-before and cert-authority", name)
	}
	return err
}

// parseMoment reads a time as ssh-keygen does: in this machine's time zone, unless it
// ends in Z.
func parseMoment(text string) (time.Time, error) {
	zone, digits := time.Local, text
	if utc, ok := strings.CutSuffix(text, "Z"); ok {
		zone, digits = time.UTC, utc
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(digits) == len(layout) {
			if t, err := time.ParseInLocation(layout, digits, zone); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with Z for UTC", text)
}

// Verify implements Trust.
func (a *allowedSigners) Verify(message, signature []byte, at time.Time) (*Signatory, error) {
	sig, err := sshsig.Unarmor(signature)
	if err != nil || !bytes.Equal(sshsig.Armor(sig), signature) {
		return nil, errors.New("it is not an SSH signature: if the pack was signed with a PEM key, name that with --key")
	}
	if err := usable(sig.PublicKey); err != nil {
		return nil, fmt.Errorf("signed by %w", err)
	}
	if err := sshsig.Verify(bytes.NewReader(message), sig, sig.PublicKey, sig.HashAlgorithm, Namespace); err != nil {
		return nil, fmt.Errorf("the signature does not hold: %w", err)
	}
	key := sshKey(sig.PublicKey)
	var why []string
	for i := range a.lines {
		l := &a.lines[i]
		if !bytes.Equal(l.key.Marshal(), sig.PublicKey.Marshal()) && !l.authority {
			continue
		}
		if problem := l.refuses(a.identity, at); problem != "" {
			why = append(why, fmt.Sprintf("; line %d %s", l.line, problem))
			continue
		}
		principal := l.principals
		if a.identity != "" {
			principal = a.identity
		}
		return &Signatory{Key: key, Principal: principal}, nil
	}
	return nil, fmt.Errorf("signed by %s, which %s does not allow%s", key, a.name, strings.Join(slices.Compact(why), ""))
}

// refuses says why a line with the key does not allow it to sign; empty where it
// does.
func (s *allowedSigner) refuses(identity string, at time.Time) string {
	switch {
	case s.authority:
		return "is a cert-authority: certificates are not accepted, name the key itself"
	case identity != "" && !matchList(s.principals, identity):
		return fmt.Sprintf("is about %s, not %s", s.principals, identity)
	case s.namespaces != "" && !matchList(s.namespaces, Namespace):
		return fmt.Sprintf("is for the namespaces %s, not %s", s.namespaces, Namespace)
	case !s.after.IsZero() && at.Before(s.after):
		return "is valid after " + s.after.UTC().Format(time.RFC3339) + " only"
	case !s.before.IsZero() && !at.Before(s.before):
		return "was valid before " + s.before.UTC().Format(time.RFC3339) + " only"
	default:
		return ""
	}
}

// matchList says whether a pattern of a list matches, and no pattern that begins
// with an exclamation mark does: ssh_config(5), PATTERNS.
func matchList(list, text string) bool {
	found := false
	for pattern := range strings.SplitSeq(list, ",") {
		without, negated := strings.CutPrefix(strings.TrimSpace(pattern), "!")
		if !matchPattern(without, text) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

// matchPattern matches * with any characters, and ? with one.
func matchPattern(pattern, text string) bool {
	if pattern == "" {
		return text == ""
	}
	if pattern[0] == '*' {
		rest := strings.TrimLeft(pattern, "*")
		for i := range len(text) + 1 {
			if matchPattern(rest, text[i:]) {
				return true
			}
		}
		return false
	}
	return text != "" && (pattern[0] == '?' || pattern[0] == text[0]) && matchPattern(pattern[1:], text[1:])
}
