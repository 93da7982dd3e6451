package facts

import (
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// tenantCount is what the exports of one tenant add up to.
type tenantCount struct {
	seen, enabled, working int
	// doubtful counts exports that may be working, and gaps says why it is not
	// known; only the first few are kept.
	doubtful int
	gaps     []scanner.Gap
}

// gapsShown bounds the gaps that a tenant's fact repeats: each export's own
// facts carry theirs.
const gapsShown = 10

// count adds an export to its tenant's sums.
func (d *Deriver) count(e *export) {
	enabledGap, enabledMissing := e.missing("enabled")
	statusGap, statusMissing := e.missing("connectionStatus")
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.counts[e.tenant.Name]
	if c == nil {
		c = &tenantCount{}
		d.counts[e.tenant.Name] = c
	}
	c.seen++
	succeeded := e.cfg.ConnectionStatus == statusSuccess
	switch {
	case !enabledMissing && !e.cfg.Enabled, !statusMissing && !succeeded && enabledMissing:
		// Off, or certainly not working.
	case !enabledMissing && !statusMissing && succeeded:
		c.working++
	case enabledMissing:
		c.doubt(enabledGap)
	case statusMissing:
		c.doubt(statusGap)
	}
	if !enabledMissing && e.cfg.Enabled {
		c.enabled++
	}
}

func (c *tenantCount) doubt(g scanner.Gap) {
	c.doubtful++
	if len(c.gaps) < gapsShown {
		c.gaps = append(c.gaps, g)
	}
}

// tenantExports counts a tenant's exports. One that certainly works decides,
// whatever else could not be read; that there is none is certain only when
// every export was seen and none is in doubt.
func (d *Deriver) tenantExports(t *scanner.Tenant) answer[TenantExports] {
	d.mu.Lock()
	c := d.counts[t.Name]
	if c == nil {
		c = &tenantCount{}
	}
	sums := *c
	d.mu.Unlock()
	if sums.working == 0 {
		switch {
		case !t.Complete:
			gaps := listGaps(t)
			return open[TenantExports](unknown(t.URL, because("the tenant's list of exports", &gaps[0]), gaps...))
		case sums.seen < len(t.ConfigurationIDs):
			detail := fmt.Sprintf("%d of the tenant's %d exports were looked at", sums.seen, len(t.ConfigurationIDs))
			return open[TenantExports](unknown(t.URL, detail, undetermined(document.KindConfigurations, t.URL, detail)))
		case sums.doubtful > 0:
			detail := fmt.Sprintf("Immuta did not tell enough of %d exports", sums.doubtful)
			return open[TenantExports](unknown(t.URL, detail, sums.gaps...))
		}
	}
	text := fmt.Sprintf("%d of %d exports are enabled, and %d of them work", sums.enabled, sums.seen, sums.working)
	value := TenantExports{Total: sums.seen, Enabled: sums.enabled, Working: sums.working}
	return known(value, rests(t.URL, nil, note("", text)))
}
