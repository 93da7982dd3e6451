package scanner

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Earlier is how a tenant was judged before: in the baseline, or in its last
// complete run. Baseline and history deliver it; Compare alone decides what it
// means for today's findings.
type Earlier struct {
	Tenant      string
	CollectedAt time.Time
	// RulesDigest identifies the rules that made the findings.
	RulesDigest string
	// Exports holds the ids of the exports that the tenant had, and Complete
	// says whether these are all.
	Exports  []string
	Complete bool
	Findings []Prior
}

// Prior is an earlier finding, as far as a comparison needs it.
type Prior struct {
	Fingerprint, ExportID, RuleID string
	Status                        Status
}

// Missing is an earlier failure that is not among today's findings.
type Missing struct {
	Tenant, Fingerprint string
	// State is resolved, or incomparable where it could not be checked.
	State       State
	CollectedAt time.Time // when it was last seen to fail
}

// Earlier returns what a report says about one tenant, for comparisons with
// later reports.
func (r *Report) Earlier(tenant string) Earlier {
	e := Earlier{Tenant: tenant, CollectedAt: r.Scan.CollectedAt, RulesDigest: r.Tool.RulesDigest, Complete: true}
	for i := range r.Tenants {
		if t := &r.Tenants[i]; t.Name == tenant {
			e.Complete, e.Exports = t.Complete, t.ConfigurationIDs
		}
	}
	for i := range r.Findings {
		if f := &r.Findings[i]; f.Tenant == tenant && f.State != StateResolved {
			e.Findings = append(e.Findings, Prior{f.Fingerprint, f.ExportID, f.RuleID, f.Status})
		}
	}
	return e
}

// Compare sets the states of a report's findings against earlier ones, and
// returns the earlier failures that the report does not have, sorted: the
// caller adds them (Missing.Finding). It leaves findings alone if nothing
// earlier is known about their tenant.
//
// What failed and fails again is unchanged, also where it could not be assessed
// in between. What fails and did not fail before is new; so is what fails and
// was unknown, since nobody was warned of it. What is unknown now and was not
// before is incomparable, unless its export is new. Where the rules differ,
// everything that is not unchanged is incomparable, and nothing is missing.
//
// What failed is resolved only where its rule was assessed, or where the whole
// list of exports no longer has its export. Where the list could not be read
// completely, it is incomparable.
func Compare(r *Report, earlier []Earlier) []Missing {
	before := make(map[string]*comparison, len(earlier))
	for i := range earlier {
		before[earlier[i].Tenant] = newComparison(&earlier[i])
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if c := before[f.Tenant]; c != nil {
			c.add(f, r.Tool.RulesDigest)
		}
	}
	var missing []Missing
	seen := newSight(r)
	for i := range earlier {
		if c := before[earlier[i].Tenant]; c.earlier.RulesDigest == r.Tool.RulesDigest {
			missing = append(missing, c.missing(seen)...)
		}
	}
	slices.SortFunc(missing, func(x, y Missing) int {
		return cmp.Or(strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.Fingerprint, y.Fingerprint))
	})
	return missing
}

// Finding returns the missing failure as a finding of this report, made from
// the earlier finding.
func (m *Missing) Finding(f Finding) Finding {
	f.State, f.Waiver = m.State, nil
	if m.State == StateIncomparable {
		f.Status = StatusUnknown
		f.Message = fmt.Sprintf("failed on %s and could not be checked now, since the tenant's list of exports could not be read completely: %s",
			m.CollectedAt.UTC().Format(time.DateOnly), f.Message)
	}
	return f
}

// comparison compares one tenant, then and now.
type comparison struct {
	earlier *Earlier
	priors  map[string]Prior // by fingerprint
	exports map[string]bool
	current map[string]bool // fingerprints
	// unassessed are the rules that gave no answer now, by export.
	unassessed map[[2]string]bool
}

func newComparison(e *Earlier) *comparison {
	c := &comparison{
		earlier: e, priors: make(map[string]Prior, len(e.Findings)), exports: make(map[string]bool, len(e.Exports)),
		current: map[string]bool{}, unassessed: map[[2]string]bool{},
	}
	for _, p := range e.Findings {
		// A failure takes precedence over an unknown with the same fingerprint.
		if c.priors[p.Fingerprint].Status != StatusFail {
			c.priors[p.Fingerprint] = p
		}
	}
	for _, id := range e.Exports {
		c.exports[storable(id)] = true
	}
	return c
}

// storable returns an id as a database stores it, so that ids compare equal
// after they were stored.
func storable(id string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(id, "\uFFFD"), "\x00", "\uFFFD")
}

func (c *comparison) add(f *Finding, rulesDigest string) {
	c.current[f.Fingerprint] = true
	if f.Status != StatusFail {
		c.unassessed[[2]string{storable(f.ExportID), f.RuleID}] = true
	}
	before := c.priors[f.Fingerprint].Status
	failed, fails := before == StatusFail, f.Status == StatusFail
	switch {
	case failed && fails:
		f.State = StateUnchanged
	case c.earlier.RulesDigest != rulesDigest:
		f.State = StateIncomparable
	case fails:
		f.State = StateNew
	case before != "" && !failed:
		f.State = StateUnchanged
	case failed || c.had(f.ExportID):
		f.State = StateIncomparable
	default:
		f.State = StateNew
	}
}

// had reports whether the tenant may have had an export. An empty id stands for
// the tenant itself, which it always had.
func (c *comparison) had(export string) bool {
	return export == "" || !c.earlier.Complete || c.exports[storable(export)]
}

func (c *comparison) missing(seen *sight) []Missing {
	var missing []Missing
	for fingerprint, p := range c.priors {
		export := storable(p.ExportID)
		if p.Status != StatusFail || c.current[fingerprint] || c.unassessed[[2]string{export, p.RuleID}] {
			continue
		}
		if state := seen.of(c.earlier.Tenant, export, p.RuleID); state != "" {
			missing = append(missing, Missing{c.earlier.Tenant, fingerprint, state, c.earlier.CollectedAt})
		}
	}
	return missing
}

// sight is what a report covers.
type sight struct {
	selected bool
	rules    map[string]bool
	tenants  map[string]*TenantResult
	judged   map[[2]string]bool // rules by exports, by tenant and id
	listed   map[[2]string]bool
}

func newSight(r *Report) *sight {
	s := &sight{
		selected: r.Selected, rules: map[string]bool{}, tenants: map[string]*TenantResult{},
		judged: make(map[[2]string]bool, len(r.Exports)), listed: make(map[[2]string]bool, len(r.Exports)),
	}
	for i := range r.Rules {
		s.rules[r.Rules[i].ID] = true
	}
	for i := range r.Exports {
		s.judged[[2]string{r.Exports[i].Tenant, storable(r.Exports[i].ID)}] = true
	}
	for i := range r.Tenants {
		t := &r.Tenants[i]
		s.tenants[t.Name] = t
		for _, id := range t.ConfigurationIDs {
			s.listed[[2]string{t.Name, storable(id)}] = true
		}
	}
	return s
}

// of returns what became of a failure that is not found any more. It returns
// nothing where the report does not cover it.
func (s *sight) of(tenant, export, rule string) State {
	t := s.tenants[tenant]
	subject := [2]string{tenant, export}
	switch {
	case t == nil || !s.rules[rule]:
		return ""
	case export == "" || s.judged[subject]:
		return StateResolved
	case s.selected || s.listed[subject]:
		return ""
	case t.Complete:
		return StateResolved // the export was deleted
	default:
		return StateIncomparable
	}
}
