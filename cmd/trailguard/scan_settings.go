package main

import (
	"context"
	"fmt"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
)

// configure gives rules the settings of the configuration. Settings for a rule
// that does not exist are a mistake.
func (r *scanRun) configure(ctx context.Context) error {
	settings := r.config.Settings().Rules
	err := r.engine.CheckSettings(settings)
	if err == nil {
		r.engine, err = r.engine.Configure(settings)
	}
	if err != nil {
		return fmt.Errorf("%s: ruleSettings: %w", r.config.Path, err)
	}
	return nil
}

// replaySettings returns the settings of the named configuration. A tenant of
// the snapshot that the configuration does not name gets the common ones.
func (r *scanRun) replaySettings(tenants []scanner.Tenant) scanner.Settings {
	settings := r.config.Settings()
	for i := range tenants {
		name := tenants[i].Name
		if _, named := settings.Expect[name]; named {
			continue
		}
		settings.Expect[name] = r.config.TenantExpect(&config.Tenant{})
		r.app.note("%s names no tenant %q: only what it expects of all tenants applies, and nothing that the snapshot holds", r.config.Path, name)
	}
	return settings
}
