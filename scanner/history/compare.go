package history

import (
	"context"
	"slices"

	"github.com/trailguard/trailguard/scanner"
)

// Now is what a comparison needs to know of the current run.
type Now struct {
	RulesDigest string
	Rules       []scanner.Rule
	Tenants     []scanner.Tenant
	Exports     []string // ids that are judged; empty: all
}

// Compare sets the states of current findings, and returns those to add: what
// failed in the previous run and is resolved, and, as unknown and
// incomparable, what failed and could not be looked at now because the
// tenant's list could not be read. A finding of another tenant is left alone.
//
// What failed and fails is unchanged, also where it could not be assessed in
// between. What fails and was not found before is new; so is what fails and
// was unknown, since nobody was told of it. What is unknown now and was not
// before is incomparable, unless its export is new. Where the rules are not
// those of the previous run, what is not unchanged is incomparable, and
// nothing is resolved: Rejudge lifts that.
func (p *Previous) Compare(ctx context.Context, findings []scanner.Finding, now Now) ([]scanner.Finding, error) {
	current := map[string]bool{}
	type rule struct{ export, id string }
	unassessed := map[rule]bool{}
	for i := range findings {
		f := &findings[i]
		if text(f.Tenant) != p.Tenant {
			continue
		}
		current[f.Fingerprint] = true
		if f.Status != scanner.StatusFail {
			unassessed[rule{text(f.ExportID), f.RuleID}] = true
		}
		f.State = p.state(f, now.RulesDigest)
	}
	if p.RulesDigest != now.RulesDigest {
		return nil, nil
	}
	scope := newScope(p.Tenant, &now)
	var resolved, carried []string
	for fingerprint, q := range p.priors {
		if q.status != scanner.StatusFail || current[fingerprint] || unassessed[rule{q.export, q.rule}] {
			continue
		}
		switch scope.of(q.export, q.rule) {
		case scopeJudged, scopeGone:
			resolved = append(resolved, fingerprint)
		case scopeUnseen:
			carried = append(carried, fingerprint)
		case scopeOut:
		}
	}
	slices.Sort(resolved) // they come from a map
	slices.Sort(carried)
	return p.extras(ctx, resolved, carried)
}

func (p *Previous) state(f *scanner.Finding, rulesDigest string) scanner.State {
	before := p.priors[f.Fingerprint].status
	failed, fails := before == scanner.StatusFail, f.Status == scanner.StatusFail
	switch {
	case failed && fails:
		return scanner.StateUnchanged
	case p.RulesDigest != rulesDigest:
		return scanner.StateIncomparable
	case fails:
		return scanner.StateNew
	case before != "" && !failed:
		return scanner.StateUnchanged
	case failed || p.exports[text(f.ExportID)]:
		return scanner.StateIncomparable
	default:
		return scanner.StateNew
	}
}

// scope says what the current run looked at.
type scope struct {
	known, complete, selected bool
	listed, exports, rules    map[string]bool
}

const (
	scopeOut    = iota // not asked for
	scopeJudged        // looked at
	scopeGone          // the export was deleted
	scopeUnseen        // asked for, and nobody could look
)

func newScope(tenant string, now *Now) *scope {
	s := &scope{listed: map[string]bool{}, exports: map[string]bool{}, rules: map[string]bool{}, selected: len(now.Exports) > 0}
	for i := range now.Tenants {
		t := &now.Tenants[i]
		if text(t.Name) != tenant {
			continue
		}
		s.known, s.complete = true, t.Complete
		for _, id := range t.ConfigurationIDs {
			s.listed[text(id)] = true
		}
	}
	for _, id := range now.Exports {
		s.exports[text(id)] = true
	}
	for i := range now.Rules {
		s.rules[now.Rules[i].ID] = true
	}
	return s
}

func (s *scope) of(export, rule string) int {
	switch {
	case !s.known || !s.rules[rule] || (s.selected && export != "" && !s.exports[export]):
		return scopeOut
	case export == "" || s.listed[export]:
		return scopeJudged
	case s.complete:
		return scopeGone
	default:
		return scopeUnseen
	}
}
