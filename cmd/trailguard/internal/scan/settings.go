package scan

import (
	"context"
	"fmt"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
)

// configure gives rules the settings of the configuration. Settings for a rule
// that does not exist are a mistake.
func (r *Run) configure(ctx context.Context) error {
	settings := r.Config.Settings().Rules
	err := r.Engine.CheckSettings(settings)
	if err == nil {
		r.Engine, err = r.Engine.Configure(settings)
	}
	if err != nil {
		return fmt.Errorf("%s: ruleSettings: %w", r.Config.Path, err)
	}
	return nil
}

// replaySettings returns the settings of the named configuration. A tenant of
// the snapshot that the configuration does not name gets the common ones.
func (r *Run) replaySettings(tenants []scanner.Tenant) scanner.Settings {
	settings := r.Config.Settings()
	for i := range tenants {
		name := tenants[i].Name
		if _, named := settings.Expect[name]; named {
			continue
		}
		settings.Expect[name] = r.Config.TenantExpect(&config.Tenant{})
		r.app.Note("%s names no tenant %q: only what it expects of all tenants applies, and nothing that the snapshot holds", r.Config.Path, name)
	}
	return settings
}
