package history

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// exportName is an export among those of all tenants; without an id, the tenant
// itself.
type exportName struct{ tenant, export string }

// indexed is an export as the index of a shard has it, with the digest of what
// stays the same in its record: a document, and what runs are compared by.
type indexed struct {
	exportName

	still string
}

// appendIndex adds an export to a part. text takes NUL out of names, so that it
// can end each field.
func appendIndex(b []byte, e *indexed) []byte {
	for _, field := range []string{e.still, e.tenant, e.export} {
		b = append(append(b, field...), 0)
	}
	return b
}

// parseIndex is the reverse.
func parseIndex(index []byte) ([]indexed, error) {
	fields := strings.Split(string(index), "\x00")
	if len(fields)%3 != 1 {
		return nil, body.ErrDamaged
	}
	list := make([]indexed, len(fields)/3)
	for i := range list {
		list[i] = indexed{exportName{fields[3*i+1], fields[3*i+2]}, fields[3*i]}
	}
	return list, nil
}
