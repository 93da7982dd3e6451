package immuta

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// listing is a list of configurations as received, and what is needed to make
// records of it.
type listing struct {
	tenant  string
	url     string
	at      time.Time
	hints   map[string]scanner.ExportHint
	scrub   *scrubber
	items   []json.RawMessage
	leftOut string // why a field may be absent
	trouble []trouble
}

// trouble is what makes the list as a whole unreliable.
type trouble struct {
	name      string
	reason    scanner.GapReason
	detail    string
	requestID string
}

// reading is one configuration and what is wrong with it.
type reading struct {
	configuration scanner.ExportConfiguration
	principals    []string
	gaps          []scanner.Gap
}

// build makes the tenant and its records, sorted by id.
func (l *listing) build() (scanner.Tenant, []scanner.Record) {
	readings := make([]*reading, 0, len(l.items))
	for i, item := range l.items {
		if r := l.read(i, item); r != nil {
			readings = append(readings, r)
		}
	}
	slices.SortStableFunc(readings, func(a, b *reading) int { return cmp.Compare(a.configuration.ID, b.configuration.ID) })
	readings = l.unify(readings)
	tenant := scanner.Tenant{
		Name: l.tenant, URL: l.url, Complete: len(l.trouble) == 0,
		ConfigurationIDs: []string{}, Principals: []string{}, Gaps: l.gaps(),
	}
	records := make([]scanner.Record, 0, len(readings))
	for _, r := range readings {
		tenant.ConfigurationIDs = append(tenant.ConfigurationIDs, r.configuration.ID)
		tenant.Principals = append(tenant.Principals, r.principals...)
		records = append(records, l.record(r))
	}
	slices.Sort(tenant.Principals)
	tenant.Principals = slices.Compact(tenant.Principals)
	return tenant, records
}

// unify leaves one reading for each id. Where two of one id disagree, what
// they disagree about is not known.
func (l *listing) unify(readings []*reading) []*reading {
	var kept []*reading
	for _, r := range readings {
		if len(kept) == 0 || kept[len(kept)-1].configuration.ID != r.configuration.ID {
			kept = append(kept, r)
			continue
		}
		l.trouble = append(l.trouble, trouble{
			name: r.configuration.ID, reason: scanner.ReasonMalformed,
			detail: fmt.Sprintf("configuration %s is listed more than once: look into Immuta's own list", l.scrub.quote(r.configuration.ID)),
		})
		l.merge(kept[len(kept)-1], r)
	}
	return kept
}

// merge takes from the first reading what the second contradicts.
func (l *listing) merge(first, second *reading) {
	a, b := &first.configuration, &second.configuration
	differs := map[string]bool{
		"enabled": a.Enabled != b.Enabled, "interval": a.Interval != b.Interval,
		"connectionStatus": a.ConnectionStatus != b.ConnectionStatus, "endpoint": a.Endpoint != b.Endpoint,
		"createdAt": !a.CreatedAt.Equal(b.CreatedAt), "createdBy": a.CreatedBy != b.CreatedBy,
		"updatedAt": !a.UpdatedAt.Equal(b.UpdatedAt), "updatedBy": a.UpdatedBy != b.UpdatedBy,
	}
	for _, name := range []string{"connectionStatus", "createdAt", "createdBy", "enabled", "endpoint", "interval", "updatedAt", "updatedBy"} {
		if differs[name] || slices.Contains(b.Missing, name) {
			clearField(a, name)
			first.missing(l, name, scanner.ReasonMalformed, "two entries of one id disagree about it: look into Immuta's own list")
		}
	}
	first.principals = append(first.principals, second.principals...)
	for _, g := range second.gaps {
		if !slices.Contains(first.gaps, g) {
			first.gaps = append(first.gaps, g)
		}
	}
}

func clearField(c *scanner.ExportConfiguration, name string) {
	switch name {
	case "enabled":
		c.Enabled = false
	case "interval":
		c.Interval = ""
	case "connectionStatus":
		c.ConnectionStatus = ""
	case "endpoint":
		c.Endpoint = scanner.Endpoint{Type: scanner.EndpointOther, Authentication: scanner.AuthenticationUnknown}
	case "createdAt":
		c.CreatedAt = time.Time{}
	case "createdBy":
		c.CreatedBy = ""
	case "updatedAt":
		c.UpdatedAt = time.Time{}
	case "updatedBy":
		c.UpdatedBy = ""
	}
}

func (l *listing) gaps() []scanner.Gap {
	gaps := make([]scanner.Gap, 0, len(l.trouble))
	for _, t := range l.trouble {
		gap := scanner.Gap{
			Kind: document.KindConfigurations, Call: call, Resource: l.url, Name: t.name,
			Reason: t.reason, Detail: t.detail, RequestID: t.requestID,
		}
		if !slices.Contains(gaps, gap) {
			gaps = append(gaps, gap)
		}
	}
	slices.SortFunc(gaps, scanner.CompareGaps)
	return gaps
}

// record adds the evidence: the configuration itself, in the shape that is
// judged.
func (l *listing) record(r *reading) scanner.Record {
	slices.Sort(r.configuration.Missing)
	slices.SortFunc(r.gaps, scanner.CompareGaps)
	if r.gaps == nil {
		r.gaps = []scanner.Gap{}
	}
	resource := l.resource(r.configuration.ID)
	return scanner.Record{
		Configuration: r.configuration,
		Evidence: []scanner.Evidence{
			scanner.NewEvidence(document.KindConfiguration, call, resource, "", encode(&r.configuration), l.at),
		},
		Gaps: r.gaps,
	}
}

func (l *listing) resource(id string) string { return l.url + "#" + id }

// encode is compact JSON with < and > left as they are, for a person to read.
func encode(c *scanner.ExportConfiguration) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(c); err != nil {
		// Only a time out of range could fail, and none is let in.
		return "{}"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
