package snapshot

import (
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/snapshot/internal/lines"
)

const (
	// perLine is how many exports of a large tenant stand on a line: with paths as
	// long as S3 allows, they stay below a line's limit.
	perLine = 20_000
	// perExport is the least that a line holds of an export, besides its texts.
	perExport = 64
)

// large says that a tenant may not fit on a line. A quarter of the line is left
// for JSON escapes and for gaps.
func large(t *scanner.Tenant) bool {
	size := 0
	for _, id := range t.ConfigurationIDs {
		size += len(id) + len(`"",`)
	}
	for i := range t.Destinations {
		d := &t.Destinations[i]
		size += perExport + len(d.ID) + len(d.Type) + len(d.Place) + len(d.Prefix) + len(d.Region)
	}
	return size > lines.MaxLine/4*3
}

// version returns the oldest version that has room for what follows the header.
func version(h *scanner.Header, tenants []scanner.Tenant) int {
	if h.Requests {
		return FormatVersion
	}
	if slices.ContainsFunc(tenants, func(t scanner.Tenant) bool { return large(&t) }) {
		return formatParts
	}
	return formatWhole
}

// tenant writes a tenant, a large one in parts.
func (w *Writer) tenant(t *scanner.Tenant) {
	if !large(t) {
		w.write(tenantLine{Record: typeTenant, Tenant: *t})
		return
	}
	head := *t
	head.ConfigurationIDs, head.Destinations = []string{}, nil
	w.write(tenantLine{Record: typeTenant, Tenant: head})
	for ids := range slices.Chunk(t.ConfigurationIDs, perLine) {
		w.write(tenantPartLine{Record: typeTenantPart, Tenant: t.Name, ConfigurationIDs: ids})
	}
	for destinations := range slices.Chunk(t.Destinations, perLine) {
		w.write(tenantPartLine{Record: typeTenantPart, Tenant: t.Name, Destinations: destinations})
	}
}
