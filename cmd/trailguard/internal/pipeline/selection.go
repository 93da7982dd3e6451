package pipeline

import (
	"fmt"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/scanner"
)

// Select finds the exports that are meant by their ids, by the beginnings of
// them, or by the buckets that they write to. A bucket that no export writes to
// shows when the exports are judged.
func Select(names []string, tenants []scanner.Tenant) (scanner.Selection, error) {
	var s scanner.Selection
	ids := exportIDs(tenants)
	for _, name := range names {
		id, err := pick.One("export", name, ids)
		switch {
		case err != nil:
			return s, err
		case id != "":
			s.Exports = append(s.Exports, id)
		default:
			s.Buckets = append(s.Buckets, name)
		}
	}
	return s, nil
}

func exportIDs(tenants []scanner.Tenant) []string {
	var ids []string
	for i := range tenants {
		ids = append(ids, tenants[i].ConfigurationIDs...)
	}
	return ids
}

// noExport says that a misspelt name is not an export without findings.
func noExport(name string, tenants []scanner.Tenant) error {
	return fmt.Errorf("no export %q: the run knows %d export configurations, and this is neither an id, nor its first %d characters, nor the bucket of any of them",
		name, len(exportIDs(tenants)), pick.Enough)
}
