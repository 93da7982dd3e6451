package reporters

import (
	"io"

	"github.com/trailguard/trailguard/reporters/internal/html"
)

// The pages of a service that shows its runs.
type (
	// Service is what its pages show.
	Service = html.Service
	// ServiceTenant is one of its tenants.
	ServiceTenant = html.ServiceTenant
	// ServiceRun is a run that ended.
	ServiceRun = html.ServiceRun
)

// ServiceHTML writes the page that leads to each tenant.
func ServiceHTML(w io.Writer, s *Service) error { return html.WriteService(w, s) }

// TenantHTML writes the page of one tenant, with its runs.
func TenantHTML(w io.Writer, s *Service, t *ServiceTenant) error { return html.WriteTenant(w, s, t) }

// PagePolicy is the content security policy of every page and report, for a
// header: no script, no network, and no style but theirs.
func PagePolicy() string { return html.Policy() }
