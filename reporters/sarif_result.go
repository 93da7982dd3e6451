package reporters

import (
	"slices"
	"strings"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// maxRelated is how many locations of a result GitHub shows.
const maxRelated = 100

func (s *sarifLog) result(f *scanner.Finding) *sarif.Result {
	result := sarif.NewResult()
	result.WithRuleID(f.RuleID)
	result.RuleIndex = s.ruleIndex(f.RuleID)
	result.Level = sarifLevel(f.Severity)
	if f.Status != scanner.StatusFail {
		result.Level = "warning"
	}
	result.WithMessage(sarif.NewTextMessage(sarifMessage(f)))
	locations, main := sourceLocations(f), scanner.Location{}
	if len(locations) == 0 {
		main = firstLocation(f)
		locations = []*sarif.Location{s.location(main, f.Resource)}
	}
	result.WithLocations(locations)
	related, left := s.related(f, main)
	result.WithRelatedLocations(related)
	result.WithPartialFingerprints(map[string]string{
		"primaryLocationLineHash":  f.Fingerprint,
		"trailguardFingerprint/v1": f.Fingerprint,
	})
	properties := sarif.NewPropertyBag().
		Add("tenant", Visible(f.Tenant)).Add("status", string(f.Status)).Add("severity", string(f.Severity))
	if f.ExportID != "" {
		properties.Add("exportId", Visible(f.ExportID))
	}
	for _, p := range whoFields(f.Who) {
		properties.Add(p.name, p.value)
	}
	if left > 0 {
		properties.Add("relatedLocationsLeftOut", left)
	}
	result.WithProperties(properties)
	if fixes := s.fixes(f.Fix); fixes != nil {
		result.WithFixes(fixes)
	}
	if s.full {
		addFull(result, f)
	}
	return result
}

// addFull adds what GitHub ignores: waivers and the state against the baseline.
func addFull(result *sarif.Result, f *scanner.Finding) {
	waivers := []*scanner.Waiver{f.Waiver}
	if f.Accepted() {
		waivers = append(waivers, f.Acceptances()...)
	}
	for _, w := range waivers {
		if w != nil {
			result.AddSuppression(sarif.NewSuppression().WithKind("external").WithStatus("accepted").
				WithJustification(Visible(w.Justification + " (approved by " + w.ApprovedBy + ", until " + w.Expires + ")")))
		}
	}
	switch f.State {
	case scanner.StateNew:
		result.WithBaselineState("new")
	case scanner.StateUnchanged:
		result.WithBaselineState("unchanged")
	case scanner.StateResolved:
		result.WithBaselineState("absent")
	case scanner.StateIncomparable:
		// SARIF has no word for it.
	}
}

// sarifMessage begins with what is wrong, because lists show only the start of
// a message.
func sarifMessage(f *scanner.Finding) string {
	lines := []string{firstOf(Visible(f.Message), f.RuleID)}
	if f.Status != scanner.StatusFail {
		lines[0] = notAssessed(f)
	}
	lines = append(lines, about(f))
	if by := changedBy(f.ChangedBy); by != "" {
		lines = append(lines, "Changed by "+by)
	}
	if f.Who != nil {
		lines = append(lines, who(f.Who))
	}
	if fix := remedyOf(f); fix != "" {
		lines = append(lines, fix)
	}
	return plainMessage(strings.Join(lines, "\n"))
}

// about names what a finding is about.
func about(f *scanner.Finding) string {
	text := "Tenant " + Visible(f.Tenant)
	if f.ExportID != "" {
		text += ", export " + Visible(f.ExportID)
	}
	return text + ", " + Visible(f.Resource)
}

// notAssessed is the message of a finding that is not a failure. It begins by
// saying so.
func notAssessed(f *scanner.Finding) string {
	message := firstOf(Visible(f.Message), f.RuleID)
	if said := "not assessed: "; !strings.HasPrefix(message, said) {
		message = said + message
	}
	return message
}

// plainMessage keeps names from being read as SARIF's embedded links.
func plainMessage(text string) string { return strings.ReplaceAll(text, "](", `\](`) }

func (s *sarifLog) ruleIndex(id string) int {
	i, _ := slices.BinarySearchFunc(s.rules, id, func(r scanner.Rule, id string) int { return strings.Compare(r.ID, id) })
	return i
}

// sourceLocations are where the resources stand that change what a finding is about,
// which is where somebody can mend it. There are none unless a plan tells.
func sourceLocations(f *scanner.Finding) []*sarif.Location {
	var list []*sarif.Location
	for i := range f.ChangedBy {
		by := &f.ChangedBy[i]
		if by.File == "" {
			continue
		}
		artifact := sarif.NewArtifactLocation().WithURI(percentEncode(by.File))
		list = append(list, sarif.NewLocation().
			WithPhysicalLocation(sarif.NewPhysicalLocation().WithArtifactLocation(artifact).WithRegion(sarif.NewRegion().WithStartLine(max(1, by.Line)))).
			WithLogicalLocations([]*sarif.LogicalLocation{
				sarif.NewLogicalLocation().WithFullyQualifiedName(Visible(by.Address)).WithKind("resource"),
			}))
	}
	return list
}

// firstLocation is the place that a finding points at. GitHub rejects a file
// with a result that has none. Where the finding points at no document, its
// place is the record of the export or the tenant.
func firstLocation(f *scanner.Finding) scanner.Location {
	if len(f.Evidence) > 0 && f.Evidence[0].Path != "" {
		return f.Evidence[0]
	}
	record := scanner.Evidence{Kind: document.KindTenant}
	if f.ExportID != "" {
		record = scanner.Evidence{Kind: document.KindConfiguration, Resource: "#" + f.ExportID}
	}
	return scanner.Location{Kind: record.Kind, Path: scanner.EvidencePath(f.Tenant, &record), Line: 1, Column: 1}
}

// related returns the other places of the proof, each with its role, and how
// many are left out.
func (s *sarifLog) related(f *scanner.Finding, main scanner.Location) (related []*sarif.Location, left int) {
	type spot struct {
		path         string
		line, column int
	}
	seen := map[spot]bool{{main.Path, main.Line, main.Column}: true}
	related = []*sarif.Location{}
	add := func(at *scanner.Location, note string) {
		if at == nil || at.Path == "" || seen[spot{at.Path, at.Line, at.Column}] {
			return
		}
		seen[spot{at.Path, at.Line, at.Column}] = true
		if len(related) == maxRelated {
			left++
			return
		}
		l := s.location(*at, at.Resource)
		l.ID = len(related) + 1
		l.WithMessage(sarif.NewTextMessage(plainMessage(firstOf(Visible(note), string(at.Kind)))))
		related = append(related, l)
	}
	for i := range f.Reasons {
		add(f.Reasons[i].Location, f.Reasons[i].Note)
	}
	for i := range f.Evidence {
		add(&f.Evidence[i], "")
	}
	return related, left
}

// location points at a line and column of an evidence file, by a relative URI,
// with the resource's name beside it.
func (s *sarifLog) location(at scanner.Location, resource string) *sarif.Location {
	region := sarif.NewRegion().WithStartLine(max(1, at.Line)).WithStartColumn(max(1, at.Column))
	artifact := sarif.NewArtifactLocation().WithURI(percentEncode(evidencePath(at.Path, s.options)))
	return sarif.NewLocation().
		WithPhysicalLocation(sarif.NewPhysicalLocation().WithArtifactLocation(artifact).WithRegion(region)).
		WithLogicalLocations([]*sarif.LogicalLocation{
			sarif.NewLogicalLocation().WithFullyQualifiedName(Visible(resource)).WithKind("resource"),
		})
}

// passed returns results for what passed, in the full profile. A report does
// not say where a pass was read, so they point at their export.
func (s *sarifLog) passed(tenants []string) []*sarif.Result {
	var results []*sarif.Result
	add := func(tenant, id string, statuses map[string]scanner.Status) {
		if !slices.Contains(tenants, tenant) {
			return
		}
		for i := range s.rules { // not the map, whose order must not reach the report
			rule := &s.rules[i]
			kind, text := "pass", "passes"
			switch statuses[rule.ID] {
			case scanner.StatusPass:
			case scanner.StatusNotApplicable:
				kind, text = "notApplicable", "does not apply"
			case scanner.StatusError, scanner.StatusFail, scanner.StatusUnknown, "":
				continue
			}
			result := sarif.NewResult()
			result.WithRuleID(rule.ID)
			result.RuleIndex, result.Kind, result.Level = i, kind, "none"
			name := firstOf(id, tenant)
			result.WithMessage(sarif.NewTextMessage(plainMessage(rule.ID + " " + text + " for " + Visible(name))))
			result.AddLocation(sarif.NewLocation().WithLogicalLocations([]*sarif.LogicalLocation{
				sarif.NewLogicalLocation().WithFullyQualifiedName(Visible(name)).WithKind("resource"),
			}))
			results = append(results, result)
		}
	}
	for i := range s.report.Tenants {
		add(s.report.Tenants[i].Name, "", s.report.Tenants[i].Results)
	}
	for i := range s.report.Exports {
		add(s.report.Exports[i].Tenant, s.report.Exports[i].ID, s.report.Exports[i].Results)
	}
	return results
}
