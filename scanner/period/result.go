package period

import (
	"cmp"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Result ends the period, with its failures and the approvals given before its end.
func (b *Builder) Result(episodes []scanner.PeriodEpisode, approvals []scanner.Approval) *scanner.Period {
	if b.begun {
		b.fold()
	}
	b.skip(b.days)
	p := &scanner.Period{
		FormatVersion: scanner.PeriodFormatVersion, From: b.date(0), To: b.date(b.days - 1), Framework: b.framework, Tenants: []string{},
		Summary: b.total.DayCounts, Calendar: b.calendar, Controls: []scanner.ControlPeriod{}, Rules: []scanner.RulePeriod{},
		Exports: []scanner.ExportPeriod{}, Episodes: []scanner.PeriodEpisode{}, Waivers: append([]scanner.PeriodWaiver{}, b.waivers...),
		Approvals: []scanner.PeriodApproval{}, Deliveries: []scanner.PeriodDelivery{},
	}
	for name, t := range b.tenants {
		p.Tenants = append(p.Tenants, name)
		b.trail(t)
	}
	b.list(p)
	for i := range episodes {
		e := episodes[i]
		_, bears := b.rules[e.RuleID]
		if e.LastSeen.Before(e.FirstSeen) {
			e.LastSeen = e.FirstSeen
		}
		e.Waivers = []scanner.Waiver{}
		if s := b.failures[failure{e.Tenant, e.ExportID, e.Fingerprint}]; s != nil {
			e.LastSeen, e.Waivers, e.WaivedDays = s.last, append(e.Waivers, s.waivers...), s.waived
		}
		if bears || b.framework == "" {
			p.Episodes = append(p.Episodes, e)
		}
	}
	b.approved(p, approvals)
	sorted(p)
	return p
}

// trail counts the days after the last one on which all of a tenant was judged.
func (b *Builder) trail(t *tenant) {
	for _, s := range t.subjects {
		if s.listed || t.whole < 0 {
			s.missed(b.days - t.whole - 1 - s.folded)
		}
	}
}

// list writes the counts into the period.
func (b *Builder) list(p *scanner.Period) {
	for c, s := range b.controls {
		if s.known {
			s.settle()
		}
		p.Controls = append(p.Controls, scanner.ControlPeriod{
			Framework: c.framework, ID: c.id, DayCounts: s.DayCounts, Rules: slices.Sorted(slices.Values(s.rules)),
		})
	}
	for n, t := range b.rollup {
		if t.known {
			t.settle()
		}
		p.Rules = append(p.Rules, scanner.RulePeriod{RuleID: b.names[n], DayCounts: t.DayCounts})
	}
	for key, s := range b.subjects {
		if s.total.Days == 0 {
			continue // it was gone before the period began
		}
		e := scanner.ExportPeriod{Tenant: key.tenant, ExportID: key.export, DayCounts: s.total.DayCounts, Rules: []scanner.RulePeriod{}}
		for n, c := range s.cells {
			if c != nil && (c.Failing > 0 || c.NotAssessed > c.WithoutRun) {
				e.Rules = append(e.Rules, scanner.RulePeriod{RuleID: b.names[n], DayCounts: c.DayCounts})
			}
		}
		p.Exports = append(p.Exports, e)
	}
}

// approved writes the approvals of the period, and those of the baselines that its
// runs compared with.
func (b *Builder) approved(p *scanner.Period, approvals []scanner.Approval) {
	for digest, c := range b.compared {
		if c.approval != nil && !slices.ContainsFunc(approvals, func(a scanner.Approval) bool { return a.Digest == digest }) {
			approvals = append(slices.Clone(approvals), *c.approval)
		}
	}
	for _, a := range approvals {
		days := 0
		if c := b.compared[a.Digest]; c != nil {
			days = c.days
		}
		if days > 0 || !a.At.Before(b.from) {
			p.Approvals = append(p.Approvals, scanner.PeriodApproval{Approval: a, Days: days})
		}
	}
}

// sorted sorts what came from maps.
func sorted(p *scanner.Period) {
	slices.Sort(p.Tenants)
	slices.SortFunc(p.Controls, func(x, y scanner.ControlPeriod) int {
		return cmp.Or(strings.Compare(x.Framework, y.Framework), strings.Compare(scanner.ControlNumber(x.ID), scanner.ControlNumber(y.ID)), strings.Compare(x.ID, y.ID))
	})
	slices.SortFunc(p.Rules, func(x, y scanner.RulePeriod) int { return strings.Compare(x.RuleID, y.RuleID) })
	slices.SortFunc(p.Exports, func(x, y scanner.ExportPeriod) int {
		return cmp.Or(strings.Compare(x.Tenant, y.Tenant), strings.Compare(x.ExportID, y.ExportID))
	})
	for i := range p.Exports {
		slices.SortFunc(p.Exports[i].Rules, func(x, y scanner.RulePeriod) int { return strings.Compare(x.RuleID, y.RuleID) })
	}
	slices.SortFunc(p.Approvals, func(x, y scanner.PeriodApproval) int {
		return cmp.Or(x.At.Compare(y.At), strings.Compare(x.Digest, y.Digest))
	})
}
