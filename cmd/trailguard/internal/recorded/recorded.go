// Package recorded opens the history that a person means, and finds in it what is
// meant by the name of a tenant, an export, a rule or a finding. It changes nothing
// there.
package recorded

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pick"
	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/history"
)

// Resolve refuses names in a filter that the history does not know, so that a
// misspelt one does not look clean. It replaces the export's name by the id of the
// export that is meant.
func Resolve(ctx context.Context, s *history.Store, filter *history.Filter) error {
	if filter.Tenant == "" && filter.ExportID == "" && filter.Rule == "" && filter.Fingerprint == "" {
		return nil
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return err
	}
	all, err := s.Findings(ctx, history.Filter{Ended: true})
	if err != nil {
		return err
	}
	var tenants, ids, rules, fingerprints []string
	for i := range runs {
		tenants = append(tenants, runs[i].Tenants...)
	}
	for i := range all {
		ids, rules, fingerprints = append(ids, all[i].ExportID), append(rules, all[i].Rule), append(fingerprints, all[i].Fingerprint)
	}
	if filter.Tenant != "" {
		if err := pick.Known("tenant", filter.Tenant, tenants); err != nil {
			return err
		}
	}
	if filter.Rule != "" {
		shipped, err := pipeline.LoadRules(ctx, nil)
		if err != nil {
			return err
		}
		if err := pick.Known("rule", filter.Rule, append(shipped.Loaded(), rules...)); err != nil {
			return err
		}
	}
	if filter.Fingerprint != "" {
		if !slices.ContainsFunc(fingerprints, func(known string) bool { return strings.HasPrefix(known, filter.Fingerprint) }) {
			return fmt.Errorf("no finding %s: history findings --all shows the fingerprints", filter.Fingerprint)
		}
	}
	if filter.ExportID != "" {
		filter.ExportID, err = exportOf(ctx, s, filter.ExportID, runs, ids)
	}
	return err
}

// exportOf finds an export among those of findings and those of the last run
// whose content is kept, which also knows the buckets. Each is read only where
// the one before it did not know the name.
func exportOf(ctx context.Context, s *history.Store, name string, runs []history.RunSummary, ids []string) (string, error) {
	if slices.Contains(ids, name) {
		return name, nil
	}
	at := -1
	for i := range runs {
		if !runs[i].Pruned && (at < 0 || !runs[i].Selected || runs[at].Selected) {
			at = i // they are listed oldest first; a whole run knows all exports
		}
	}
	if at >= 0 {
		last, err := s.ExportIDs(ctx, runs[at].ID)
		if err != nil {
			return "", err
		}
		ids = append(ids, last...)
	}
	id, err := pick.One("export", name, ids)
	if err != nil || id != "" {
		return id, err
	}
	var meant []string // those that write to a bucket of this name
	if at >= 0 {
		err := s.Configurations(ctx, runs[at].ID, func(c *scanner.ExportConfiguration) {
			if c.Endpoint.Destination() == name {
				meant = append(meant, c.ID)
			}
		})
		if err != nil {
			return "", err
		}
	}
	switch len(meant) {
	case 0:
		return "", fmt.Errorf("no export %q in this history%s", name, pick.Suggest(name, ids))
	case 1:
		return meant[0], nil
	default:
		return "", fmt.Errorf("exports %s write to %s: name one of them", strings.Join(meant, ", "), name)
	}
}
