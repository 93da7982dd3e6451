package history

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// meaning is the digest of what makes an export what it is: not when it was
// looked at, nor what changes while nothing about it does (scanner/document says
// which). Two runs are compared by it.
func meaning(record *scanner.Record) (string, error) {
	configuration, err := json.Marshal(record.Configuration, body.Options())
	if err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	gaps := slices.Clone(record.Gaps)
	for i := range gaps {
		gaps[i].RequestID, gaps[i].Accepted = "", nil
	}
	unread, err := json.Marshal(gaps, body.Options())
	if err != nil {
		return "", fmt.Errorf("pack: %w", err)
	}
	b := appendParts(make([]byte, 0, 8<<10), string(configuration), string(unread))
	for i := range record.Evidence {
		e := &record.Evidence[i]
		b = appendParts(b, string(e.Kind), e.Call, e.Resource, e.Name, strconv.FormatBool(e.Absent))
		switch {
		case !e.Kind.Volatile():
			b = appendParts(b, comparedDigest(e))
		case e.Kind.Aspect() != document.AspectNone:
			b = appendParts(b, e.Kind.Compared(e.Text))
		}
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}

// appendParts adds texts, each after its length.
func appendParts(b []byte, texts ...string) []byte {
	for _, t := range texts {
		b = append(binary.AppendUvarint(b, uint64(len(t))), t...)
	}
	return b
}

// comparedDigest is the digest of what a document is compared by: the whole
// text, or one member of it. Older snapshots hold, for example, when a role was
// used last.
func comparedDigest(e *scanner.Evidence) string {
	object, name, ok := e.Kind.Member()
	if !ok || e.Text == "" {
		return e.Digest
	}
	var doc, members map[string]jsontext.Value
	if err := json.Unmarshal([]byte(e.Text), &doc); err != nil {
		return e.Digest
	}
	if err := json.Unmarshal(doc[object], &members); err != nil || members[name] == nil {
		return e.Digest
	}
	return string(members[name])
}

// appendMeaning adds an export to a shard's meanings. text takes NUL out of
// names, so that it can end each of the three parts.
func appendMeaning(b []byte, tenant, export, digest string) []byte {
	for _, part := range []string{digest, tenant, export} {
		b = append(append(b, part...), 0)
	}
	return b
}

// eachMeaning is the reverse.
func eachMeaning(meanings []byte, do func(tenant, export, digest string)) error {
	parts := strings.Split(string(meanings), "\x00")
	if len(parts)%3 != 1 {
		return body.ErrDamaged
	}
	for i := 0; i+3 < len(parts); i += 3 {
		do(parts[i+1], parts[i+2], parts[i])
	}
	return nil
}
