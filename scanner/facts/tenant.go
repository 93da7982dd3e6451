package facts

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/facts/internal/view"
)

// tenantCount is what the exports of one tenant add up to.
type tenantCount struct {
	seen, enabled, working int
	// doubtful counts exports of which it is not known whether they work, and doubts
	// says why. Those of the lowest ids are kept, so that the order in which exports
	// are judged does not show.
	doubtful int
	doubts   []doubt
}

// doubt is why it is not known whether an export works.
type doubt struct {
	export string
	gap    scanner.Gap
}

// gapsShown bounds the gaps that a tenant's fact repeats: each export's own
// facts carry theirs.
const gapsShown = 10

// count adds an export to its tenant's sums.
func (d *Deriver) count(e *export) {
	enabledGap, enabledMissing := e.MissingField("enabled")
	statusGap, statusMissing := e.MissingField("connectionStatus")
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.counts[e.Tenant.Name]
	if c == nil {
		c = &tenantCount{}
		d.counts[e.Tenant.Name] = c
	}
	c.seen++
	succeeded := e.Config.ConnectionStatus == statusSuccess
	switch {
	case !enabledMissing && !e.Config.Enabled, !statusMissing && !succeeded && enabledMissing:
		// Off, or certainly not working.
	case !enabledMissing && !statusMissing && succeeded:
		c.working++
	case enabledMissing:
		c.doubt(doubt{e.Config.ID, enabledGap})
	case statusMissing:
		c.doubt(doubt{e.Config.ID, statusGap})
	}
	if !enabledMissing && e.Config.Enabled {
		c.enabled++
	}
}

func (c *tenantCount) doubt(d doubt) {
	c.doubtful++
	at, _ := slices.BinarySearchFunc(c.doubts, d, func(x, y doubt) int { return strings.Compare(x.export, y.export) })
	if c.doubts = slices.Insert(c.doubts, at, d); len(c.doubts) > gapsShown {
		c.doubts = c.doubts[:gapsShown]
	}
}

func (c *tenantCount) gaps() []scanner.Gap {
	gaps := make([]scanner.Gap, len(c.doubts))
	for i := range c.doubts {
		gaps[i] = c.doubts[i].gap
	}
	return gaps
}

// tenantExports counts a tenant's exports. One that certainly works decides,
// whatever else could not be read; that there is none is certain only when
// every export was seen and none is in doubt.
func (d *Deriver) tenantExports(t *scanner.Tenant) *fact.Of[fact.TenantExports] {
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
			gaps := view.ListGaps(t)
			return fact.Unresolved[fact.TenantExports](fact.Unknown(t.URL, proof.Because("the tenant's list of exports", &gaps[0]), gaps...))
		case sums.seen < len(t.ConfigurationIDs):
			detail := fmt.Sprintf("%d of the tenant's %d exports were looked at", sums.seen, len(t.ConfigurationIDs))
			return fact.Unresolved[fact.TenantExports](fact.Unknown(t.URL, detail, proof.Undetermined(document.KindConfigurations, t.URL, detail)))
		case sums.doubtful > 0:
			detail := fmt.Sprintf("Immuta did not tell enough of %d exports", sums.doubtful)
			return fact.Unresolved[fact.TenantExports](fact.Unknown(t.URL, detail, sums.gaps()...))
		}
	}
	text := fmt.Sprintf("%d of %d exports are enabled, and %d of them work", sums.enabled, sums.seen, sums.working)
	value := fact.TenantExports{Total: sums.seen, Enabled: sums.enabled, Working: sums.working}
	return fact.Known(value, fact.Rests(t.URL, nil, fact.Note("", text)))
}
