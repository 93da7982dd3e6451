package waiver

import (
	"slices"
	"strings"
	"time"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// announced is how long before its end a waiver is announced.
const announced = 14 * 24 * time.Hour

// Apply attaches waivers to the fails among the findings and accepts gaps. It
// changes both arguments in place, and says what became of each entry of the
// file. The gaps are those of the whole run. A gap that findings rest on too
// counts once. An entry has expired, or not, as of a time in UTC.
func (f *File) Apply(asOf time.Time, findings []scanner.Finding, gaps []scanner.Gap) scanner.WaiverReport {
	r := reporting{today: asOf.UTC().Truncate(24 * time.Hour), report: scanner.WaiverReport{
		Applied: []scanner.WaiverUse{}, Expired: []scanner.WaiverUse{}, Unused: []scanner.WaiverUse{}, Expiring: []scanner.WaiverUse{},
	}}
	for i := range f.waivers {
		w := &f.waivers[i]
		use := scanner.WaiverUse{Waiver: w.Waiver, Rules: slices.Clone(w.rules), Exports: slices.Clone(w.exports), Resources: slices.Clone(w.resources)}
		use.Findings = w.apply(findings, !r.expired(w.expires))
		r.add(use, w.expires)
	}
	for i := range f.gaps {
		g := &f.gaps[i]
		use := scanner.WaiverUse{
			Waiver: g.Waiver, Rules: named(g.rule), Exports: named(g.export), Resources: named(g.resource),
			Permission: g.permission + g.call, Key: g.key,
		}
		if valid := !r.expired(g.expires); g.key != "" {
			use.Findings = g.applyKey(findings, valid)
		} else {
			use.Findings = g.apply(findings, gaps, valid)
		}
		r.add(use, g.expires)
	}
	return r.report
}

// apply returns how many fails the waiver covers, and attaches it to those
// that no earlier waiver of the file covers.
func (w *waiver) apply(findings []scanner.Finding, valid bool) int {
	covered := 0
	for i := range findings {
		finding := &findings[i]
		if finding.Status != scanner.StatusFail || !w.covers(finding) {
			continue
		}
		covered++
		if valid && finding.Waiver == nil {
			finding.Waiver = &w.Waiver
		}
	}
	return covered
}

// covers says whether the waiver is about a finding. Where it names exports and
// resources, both have to match.
func (w *waiver) covers(f *scanner.Finding) bool {
	if len(w.exports) > 0 && (f.ExportID == "" || !matchesAny(w.exports, f.ExportID)) {
		return false
	}
	if len(w.resources) > 0 && !matchesAny(w.resources, f.Resource) {
		return false
	}
	return slices.Contains(w.rules, f.RuleID)
}

// apply returns how many distinct gaps are covered, and accepts them.
func (a *acceptedGap) apply(findings []scanner.Finding, gaps []scanner.Gap, valid bool) int {
	type identity struct {
		kind                 document.Kind
		call, resource, name string
	}
	seen := map[identity]bool{}
	accept := func(list []scanner.Gap) {
		for i := range list {
			gap := &list[i]
			if !a.covers(gap) {
				continue
			}
			seen[identity{gap.Kind, gap.Call, gap.Resource, gap.Name}] = true
			if valid && gap.Accepted == nil {
				gap.Accepted = &a.Waiver
			}
		}
	}
	accept(gaps)
	for i := range findings {
		accept(findings[i].Gaps)
	}
	return len(seen)
}

// applyKey returns how many unknowns depend on the entry's key, and accepts it
// for them.
func (a *acceptedGap) applyKey(findings []scanner.Finding, valid bool) int {
	covered := 0
	of := waiver{rules: named(a.rule), exports: named(a.export), resources: named(a.resource)}
	for i := range findings {
		f := &findings[i]
		at := slices.IndexFunc(f.Needs, func(key string) bool { return strings.EqualFold(key, a.key) })
		if f.Status != scanner.StatusUnknown || at < 0 || !of.covers(f) {
			continue
		}
		covered++
		if valid && f.AcceptedNeeds[f.Needs[at]] == nil {
			if f.AcceptedNeeds == nil {
				f.AcceptedNeeds = map[string]*scanner.Waiver{}
			}
			f.AcceptedNeeds[f.Needs[at]] = &a.Waiver
		}
	}
	return covered
}

// named is the list of one name, or of none.
func named(name string) []string {
	if name == "" {
		return []string{}
	}
	return []string{name}
}

// covers says whether the entry is about a gap. An entry that names a permission
// covers that the reader lacks it, and no failure that passes. One that names a
// call covers whatever went wrong with that call. Nobody can accept that a run
// was interrupted: such a run is never complete.
func (a *acceptedGap) covers(g *scanner.Gap) bool {
	if g.Reason == scanner.ReasonInterrupted || !matches(a.resource, g.Resource) {
		return false
	}
	if a.permission != "" {
		return strings.EqualFold(a.permission, g.LackedPermission())
	}
	return strings.EqualFold(a.call, g.Call)
}

// reporting gathers what became of each entry of the file.
type reporting struct {
	today  time.Time
	report scanner.WaiverReport
}

// expired says whether an entry no longer applies. The day of its expiry is the
// last on which it does.
func (r *reporting) expired(expires time.Time) bool { return r.today.After(expires) }

func (r *reporting) add(use scanner.WaiverUse, expires time.Time) {
	switch {
	case r.expired(expires):
		r.report.Expired = append(r.report.Expired, use)
	case use.Findings == 0:
		r.report.Unused = append(r.report.Unused, use)
	default:
		r.report.Applied = append(r.report.Applied, use)
		if expires.Sub(r.today) <= announced {
			r.report.Expiring = append(r.report.Expiring, use)
		}
	}
}
