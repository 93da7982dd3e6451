package reporters

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"

	"github.com/trailguard/trailguard/scanner"
)

// observations returns what was observed: lists that were not whole, what each
// rule said, and what it found.
func (a *assessment) observations() []oscal.Observation {
	var all []oscal.Observation
	for i := range a.report.Tenants {
		t := &a.report.Tenants[i]
		if _, why := incomplete(a.report, t); why != "" {
			f := scanComplete(t, why)
			all = append(all, a.found(&f))
		}
	}
	said := map[string]bool{}
	for i := range a.report.Controls {
		for j := range a.report.Controls[i].Rules {
			rule := &a.report.Controls[i].Rules[j]
			if rule.LeftOut == "" && !said[rule.RuleID] {
				said[rule.RuleID] = true
				all = append(all, a.said(rule))
			}
		}
	}
	for i := range a.report.Findings {
		f := &a.report.Findings[i]
		if f.State == scanner.StateResolved {
			continue
		}
		o := a.found(f)
		all = append(all, o)
		for _, control := range f.Controls {
			for _, id := range control.IDs {
				name := controlName{control.Framework, id}
				a.byControl[name] = append(a.byControl[name], o.UUID)
			}
		}
	}
	return all
}

// said sums up what a rule said of all exports and tenants, passes included.
func (a *assessment) said(rule *scanner.ControlRule) oscal.Observation {
	title := rule.RuleID
	if meta := a.rules[rule.RuleID]; meta != nil {
		title = firstOf(meta.Title, title)
	}
	var parts []string
	for _, count := range []struct {
		n    int
		what string
	}{
		{rule.Passed, "passed"},
		{rule.Failed, "failed"},
		{rule.Waived, "failed, and waived"},
		{rule.Unknown, "not assessed"},
		{rule.Errors, "not assessed, because the rule failed"},
		{rule.NotApplicable, "had nothing to judge"},
	} {
		if count.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count.n, count.what))
		}
	}
	return oscal.Observation{
		UUID: oscalID("rule", rule.RuleID), Title: mdText(title), Methods: []string{"TEST"}, Types: &[]string{"control-objective"},
		Description: mdText(firstOf(strings.Join(parts, "; "), "nothing was judged")), Collected: a.report.Scan.CollectedAt.UTC(),
		Props: oscalProps("rule", rule.RuleID),
	}
}

// found is one finding of a rule. Only a failure has the type finding.
func (a *assessment) found(f *scanner.Finding) oscal.Observation {
	title, message := headline(f, a.rules[f.RuleID])
	kind := "control-objective"
	if f.Status == scanner.StatusFail {
		kind = "finding"
	}
	o := oscal.Observation{
		UUID: oscalID("observation", identity(f)), Title: mdText(title), Description: mdText(message),
		Methods: []string{"TEST"}, Types: &[]string{kind}, Collected: a.report.Scan.CollectedAt.UTC(),
		Subjects: &[]oscal.SubjectReference{{
			SubjectUuid: oscalID("subject", f.Tenant, f.ExportID), Type: "inventory-item", Title: firstOf(mdText(f.Resource), "unknown"),
		}},
		Props: oscalProps("rule", f.RuleID, "status", string(f.Status), "severity", string(f.Severity), "state", string(f.State),
			"tenant", f.Tenant, "export", f.ExportID, "fingerprint", identity(f), "accepted", waivedBy(f)),
		RelevantEvidence: oscalList(a.evidence(f)), Remarks: mdText(remedyOf(f)),
	}
	for _, p := range whoFields(f.Who) {
		*o.Props = append(*o.Props, *oscalProps(p.name, p.value)...)
	}
	return o
}

// evidence lists the documents that prove a finding, by the paths that
// --evidence writes them to.
func (a *assessment) evidence(f *scanner.Finding) []oscal.RelevantEvidence {
	var all []oscal.RelevantEvidence
	for i := range f.Evidence {
		at := &f.Evidence[i]
		if at.Path == "" {
			continue
		}
		e := oscal.RelevantEvidence{
			Href:        percentEncode(evidencePath(at.Path, a.options)),
			Description: mdText(firstOf(at.Kind.Noun(), "evidence") + " of " + firstOf(at.Resource, "unknown")),
			Props:       oscalProps("line", strconv.Itoa(max(1, at.Line)), "pointer", at.Pointer),
		}
		if at.Digest != "" {
			*e.Props = append(*e.Props, oscal.Property{
				Name: "sha-256", Ns: oscalNamespace, Value: at.Digest,
				Remarks: "Of the document as it was received, which the file shows indented.",
			})
		}
		all = append(all, e)
	}
	return all
}

// isNIST80053 reports whether a framework is one whose controls NIST publishes
// as a catalog in OSCAL.
func isNIST80053(framework string) bool { return strings.HasPrefix(framework, "NIST 800-53") }

// noToken matches what an identifier of OSCAL may not hold.
var noToken = regexp.MustCompile(`[^\p{L}\p{N}._-]+`)

// controlToken is the id of a control in OSCAL: the one of NIST's catalog
// ("ac-6.1" for AC-6(1)), or the control's own with its framework in front.
func controlToken(c *scanner.ControlResult) string {
	id := strings.ToLower(strings.TrimSpace(Visible(c.ID)))
	if isNIST80053(c.Framework) {
		id = strings.ReplaceAll(strings.ReplaceAll(id, "(", "."), ")", "")
	} else {
		id = strings.ToLower(strings.TrimSpace(Visible(c.Framework))) + "_" + id
	}
	id = strings.Trim(noToken.ReplaceAllString(id, "-"), "-")
	if !startsToken.MatchString(id) {
		id = "_" + id
	}
	return id
}

// startsToken matches what an identifier of OSCAL may begin with.
var startsToken = regexp.MustCompile(`^[\p{L}_]`)
