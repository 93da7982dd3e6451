package history

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/history/internal/body"
)

// exportName names an export of a tenant; without an id, the tenant itself.
type exportName struct{ tenant, export string }

// indexed is an export in the index of a shard, with the digest of its record
// without what moves: the digest names a document, and runs are compared by it.
type indexed struct {
	exportName

	still string
}

// appendIndex adds an export to a part. NUL ends each field: text removes it
// from names.
func appendIndex(b []byte, e *indexed) []byte {
	for _, field := range []string{e.still, e.tenant, e.export} {
		b = append(append(b, field...), 0)
	}
	return b
}

// parseIndex reads the exports back.
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
