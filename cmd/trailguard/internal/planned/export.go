package planned

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/pipeline"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/immuta"
	"github.com/trailguard/trailguard/scanner/plaintext"
)

// Export reads an export that is not created yet: the one configuration of a file, which
// gives its name where the configuration has none. It will be the only tenant's of those
// that are named, or of all that the snapshot has.
func Export(path string, there *pipeline.Snapshot, tenants []string) (scanner.Record, error) {
	var of []scanner.Tenant
	for _, t := range there.Tenants() {
		if len(tenants) == 0 || slices.Contains(tenants, t.Name) {
			of = append(of, t)
		}
	}
	if len(of) != 1 {
		return scanner.Record{}, fmt.Errorf("--expect-export %s: the snapshot has %s: name with --tenant the one whose export it will be", path, scanner.Count(len(of), "such tenant", "tenants"))
	}
	text, err := plaintext.ReadFile(path)
	if err != nil {
		return scanner.Record{}, err
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return immuta.ParsePlanned(text, name, immuta.FileOptions{Name: path, Tenant: of[0].Name, URL: of[0].URL, At: there.Header().CollectedAt})
}
