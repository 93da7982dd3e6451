package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/trailguard/trailguard/cmd/trailguard/internal/config"
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/crash"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/immuta"
	"github.com/trailguard/trailguard/scanner/secretref"
)

// tenantsAtOnce bounds how many Immuta instances are asked side by side.
const tenantsAtOnce = 8

// listing is what Immuta said about one tenant.
type listing struct {
	configured config.Tenant
	tenant     scanner.Tenant
	records    []scanner.Record
}

// LocalError is what this process does not know of a tenant. Another may, which has a
// newer configuration, or its key.
type LocalError struct{ error }

// Unwrap returns what it is.
func (e *LocalError) Unwrap() error { return e.error }

// selectTenants returns the configured tenants of the given names, sorted.
func selectTenants(c *config.Config, names []string) ([]config.Tenant, error) {
	var known []string
	var selected []config.Tenant
	for _, t := range c.Tenants {
		known = append(known, t.Name)
		if len(names) == 0 || slices.Contains(names, t.Name) {
			selected = append(selected, t)
		}
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, &LocalError{fmt.Errorf("no tenant %q in the configuration: it has %s", name, strings.Join(known, ", "))}
		}
	}
	slices.SortFunc(selected, func(a, b config.Tenant) int { return strings.Compare(a.Name, b.Name) })
	return selected, nil
}

// list asks all tenants side by side. A tenant that cannot be read is a gap
// as long as another can.
func list(ctx context.Context, o *CollectOptions, tenants []config.Tenant) ([]listing, error) {
	if o.ExportsFile != "" {
		return listFile(o, tenants)
	}
	if len(tenants) == 0 {
		return nil, errors.New("the configuration names no tenant: add one below tenants, with name, url and apiKey")
	}
	listed := make([]listing, len(tenants))
	failed := make([]error, len(tenants))
	var group errgroup.Group
	group.SetLimit(tenantsAtOnce)
	for i := range tenants {
		group.Go(func() (err error) {
			defer crash.Catch(&err)
			listed[i].configured = tenants[i]
			source, err := NewSource(o, &tenants[i])
			if err != nil {
				return err
			}
			listed[i].tenant, listed[i].records, err = source.List(ctx)
			if err != nil {
				failed[i] = fmt.Errorf("tenant %s: %w", tenants[i].Name, err)
				listed[i].tenant = unreadable(&tenants[i], err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if all := slices.DeleteFunc(slices.Clone(failed), func(e error) bool { return e == nil }); len(all) == len(tenants) {
		return nil, errors.Join(append(all, ErrNoTenant)...)
	}
	for _, err := range failed {
		if err != nil {
			o.Warn(err)
		}
	}
	return listed, nil
}

// unreadable is a tenant whose list could not be read.
func unreadable(t *config.Tenant, err error) scanner.Tenant {
	gap := scanner.Gap{
		Kind: document.KindConfigurations, Call: "immuta:getAllExportConfigurations", Resource: t.URL,
		Reason: scanner.ReasonUnreachable, Detail: err.Error(),
	}
	if known, ok := errors.AsType[*immuta.Error](err); ok {
		gap = known.Gap(t.URL)
	}
	return scanner.Tenant{Name: t.Name, URL: t.URL, ConfigurationIDs: []string{}, Principals: []string{}, Gaps: []scanner.Gap{gap}}
}

// NewSource returns the source of one configured tenant. It reads the key.
func NewSource(o *CollectOptions, t *config.Tenant) (*immuta.Source, error) {
	key, err := secretref.Read(secretref.Purpose{Key: "apiKey", Noun: "an Immuta API key"}, t.APIKey)
	if err != nil {
		return nil, &LocalError{fmt.Errorf("tenant %s: apiKey: %w", t.Name, err)}
	}
	source, err := immuta.New(immuta.Options{
		Name: t.Name, URL: t.URL, Key: key, CABundle: t.CABundle, Now: o.Now, Traffic: o.Traffic, Hints: o.Config.Settings().Exports,
		Timeout: o.Patience.Timeout, RetryMax: o.Patience.retries(), RetryWait: o.Patience.Wait / 20, // it grows to twenty times itself
	})
	if err != nil {
		return nil, fmt.Errorf("tenant %s: %w", t.Name, err)
	}
	return source, nil
}

// offlineTenant is what the tenant of a saved answer is called when the
// configuration names none.
const offlineTenant = "offline"

// listFile reads a saved answer as that of the one tenant in question.
func listFile(o *CollectOptions, tenants []config.Tenant) ([]listing, error) {
	if len(tenants) > 1 {
		return nil, fmt.Errorf("--exports holds the answer of one tenant: say with --tenant which of the %d it is", len(tenants))
	}
	tenant := config.Tenant{Name: offlineTenant}
	if len(tenants) == 1 {
		tenant = tenants[0]
	}
	file, err := os.Open(o.ExportsFile)
	if err != nil {
		return nil, fmt.Errorf("read exports: %w", err)
	}
	defer file.Close() //nolint:errcheck // it was only read
	known, records, err := immuta.ParseFile(file, immuta.FileOptions{
		Name: o.ExportsFile, Tenant: tenant.Name, URL: tenant.URL, At: o.Now().UTC(), Hints: o.Config.Settings().Exports,
	})
	if err != nil {
		return nil, err
	}
	return []listing{{tenant, known, records}}, nil
}
