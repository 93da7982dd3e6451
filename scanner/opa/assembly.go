package opa

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// assembly makes the results of one subject.
type assembly struct{ *locator }

// result decides a rule's status. It is the first that holds of error, fail,
// unknown, not applicable and pass.
func (a *assembly) result(r *rules.Rule, o outcome) scanner.Result {
	for _, name := range r.Requires {
		if _, derived := a.subject.Facts[name]; !derived && o.err == nil {
			o.err = fmt.Errorf("fact %s was not derived", name)
		}
	}
	result := scanner.Result{RuleID: r.ID}
	switch {
	case o.err != nil:
		result.Status = scanner.StatusError
		result.Findings = []scanner.Finding{a.failed(r, o.err)}
	case len(o.denials) > 0:
		result.Status = scanner.StatusFail
		result.Findings = a.denied(r, o.denials)
	case a.requiresOne(r, scanner.FactUnknown):
		result.Status = scanner.StatusUnknown
		result.Findings = []scanner.Finding{a.unknown(r)}
	case a.requiresOne(r, scanner.FactNotApplicable):
		result.Status = scanner.StatusNotApplicable
	default:
		result.Status = scanner.StatusPass
	}
	return result
}

// requiresOne says whether one of the facts that a rule requires has a state.
func (a *assembly) requiresOne(r *rules.Rule, state scanner.FactState) bool {
	return slices.ContainsFunc(r.Requires, func(name string) bool { return a.subject.Facts[name].State == state })
}

// finding returns a finding with all that does not depend on the status.
func (a *assembly) finding(r *rules.Rule, status scanner.Status, resource, key string) scanner.Finding {
	return scanner.Finding{
		RuleID: r.ID, Severity: r.Severity, Status: status,
		Tenant: a.subject.Tenant, ExportID: a.subject.ExportID, Resource: resource,
		Reasons: []scanner.Reason{}, Evidence: []scanner.Location{}, Needs: []string{}, Gaps: []scanner.Gap{},
		Remediation: r.Remediation, Controls: r.Controls,
		Fingerprint: scanner.Fingerprint(r.ID, a.subject.Tenant, a.subject.ExportID, resource, key),
	}
}

// resource is what a rule's findings are about unless it says otherwise. It is
// the resource of the first fact that names one.
func (a *assembly) resource(r *rules.Rule) string {
	for _, name := range r.Requires {
		if resource := a.subject.Facts[name].Resource; resource != "" {
			return resource
		}
	}
	return a.configuration().Resource
}

// failed is the finding of a rule that gave no answer.
func (a *assembly) failed(r *rules.Rule, err error) scanner.Finding {
	f := a.finding(r, scanner.StatusError, a.resource(r), "")
	f.Message = "the rule itself failed, so nothing is known: " + err.Error()
	f.Remediation = "Report the rule's failure to its author; until it is mended, this is not assessed."
	f.Evidence = append(f.Evidence, a.configuration())
	return f
}

// denied returns a finding for each thing that a rule denies.
func (a *assembly) denied(r *rules.Rule, denials []denial) []scanner.Finding {
	for i := range denials {
		if denials[i].resource == "" {
			denials[i].resource = a.resource(r)
		}
	}
	shown := a.proof(r, denials)
	merged := merge(denials)
	findings := make([]scanner.Finding, 0, len(merged))
	at := shown.at()
	for _, d := range merged {
		var own []int
		for _, pointer := range d.pointers {
			own = append(own, at[pointer]...)
		}
		f := a.finding(r, scanner.StatusFail, d.resource, d.key)
		f.Message = d.message
		f.Remediation = cmp.Or(d.remediation, f.Remediation)
		f.Reasons = a.reasons(shown, own, len(merged))
		f.Evidence = a.evidence(shown, &d, f.Reasons)
		findings = append(findings, f)
	}
	return findings
}

// evidence lists the places that prove a finding: where the rule points, then
// those of the reasons, then the documents of the facts; the documents before
// the reasons where no statement decided. There is always one.
func (a *assembly) evidence(shown *proof, d *denial, reasons []scanner.Reason) []scanner.Location {
	p := places{}
	for _, pointer := range d.pointers[:min(len(d.pointers), maxReasons)] {
		if location, ok := a.locate(pointer); ok {
			p.add(location)
		}
	}
	if d.nowhere {
		a.documents(shown, &p)
	}
	for _, reason := range reasons {
		if reason.Location != nil {
			p.add(*reason.Location)
		}
	}
	a.documents(shown, &p)
	if len(p) == 0 {
		p.add(a.configuration())
	}
	return p
}

// documents adds those of a proof that nothing points into yet.
func (a *assembly) documents(shown *proof, p *places) {
	for _, ref := range shown.documents {
		if location, ok := a.locate(ref); ok && !p.inDocument(location) {
			p.add(location)
		}
	}
}

// places is a list of locations without repetition.
type places []scanner.Location

func (p *places) add(x scanner.Location) {
	if !slices.Contains(*p, x) {
		*p = append(*p, x)
	}
}

// inDocument says whether one of the places is in the same document as another.
func (p *places) inDocument(x scanner.Location) bool {
	return slices.ContainsFunc(*p, func(y scanner.Location) bool {
		return x.Kind == y.Kind && x.Resource == y.Resource && x.Name == y.Name
	})
}
