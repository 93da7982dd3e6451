package reporters

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/trailguard/trailguard/scanner"
)

// oscalNamespace is the namespace of the properties that OSCAL does not define,
// and of the document's UUIDs.
const oscalNamespace = "https://github.com/trailguard/trailguard"

// OSCAL writes assessment results of OSCAL 1.1.3. A finding is about a control.
// It is satisfied only where the control is met; where something is unknown it
// is not satisfied, with the reason "other". An observation is about a rule, or
// about what a rule found. Unknowns appear as observations only.
//
// Every UUID is derived from what it names, and the document's from its whole
// content, so that the same report gives the same bytes.
func OSCAL(w io.Writer, r *scanner.Report, o Options) error {
	a := &assessment{report: r, options: o, rules: rulesByID(r), byControl: map[controlName][]string{}}
	results := &oscal.AssessmentResults{
		UUID: oscalID("document"),
		Metadata: oscal.Metadata{
			Title: "trailguard", LastModified: r.Scan.EvaluatedAt.UTC(), OscalVersion: oscal.Version,
			Version: firstOf(Visible(r.Tool.Version), "devel"), Remarks: a.assumptions(),
		},
		ImportAp:   oscal.ImportAp{Href: "#" + oscalID("plan")},
		Results:    []oscal.Result{a.result()},
		BackMatter: &oscal.BackMatter{Resources: oscalList(append([]oscal.Resource{a.plan()}, a.attested()...))},
	}
	document := oscal.OscalModels{AssessmentResults: results}
	var text bytes.Buffer
	if err := writeJSON(&text, document); err != nil {
		return fmt.Errorf("encode oscal report: %w", err)
	}
	results.UUID = oscalID("document", text.String())
	if err := writeJSON(w, document, jsontext.WithIndent(" ")); err != nil {
		return fmt.Errorf("write oscal report: %w", err)
	}
	return nil
}

// oscalID derives a UUID from words.
func oscalID(words ...string) string {
	space := uuid.NewSHA1(uuid.NameSpaceURL, []byte(oscalNamespace))
	return uuid.NewSHA1(space, []byte(strings.Join(words, "\x00"))).String()
}

// controlName identifies a control of a framework.
type controlName struct{ framework, id string }

// assessment makes the assessment results of one report.
type assessment struct {
	report  *scanner.Report
	options Options
	rules   map[string]*scanner.Rule
	// byControl holds the UUIDs of the observations that bear on a control.
	byControl map[controlName][]string
}

// plan stands in for the assessment plan that results must refer to: no plan
// exists but the rules and what they judged.
func (a *assessment) plan() oscal.Resource {
	return oscal.Resource{
		UUID: oscalID("plan"), Title: "Rules",
		Description: "No assessment plan: trailguard's rules judged a snapshot of the tenants' audit exports.",
		Props:       oscalProps("rules-sha-256", a.report.Tool.RulesDigest, "snapshot-sha-256", a.report.Scan.SnapshotDigest),
	}
}

func (a *assessment) assumptions() string {
	var lines []string
	for _, text := range a.report.Scan.Assumptions {
		lines = append(lines, mdText(text))
	}
	if len(lines) == 0 {
		return ""
	}
	return "Taken for granted: " + strings.Join(lines, "; ") + "."
}

func (a *assessment) result() oscal.Result {
	r := a.report
	observations := a.observations()
	result := oscal.Result{
		UUID: oscalID("result", r.Scan.SnapshotDigest, r.Tool.RulesDigest, r.Scan.EvaluatedAt.UTC().String()), Title: "Audit exports",
		Description: fmt.Sprintf("%s of %s, judged by %s.", scanner.Count(len(r.Exports), "audit export", "audit exports"),
			scanner.Count(len(r.Tenants), "tenant", "tenants"), scanner.Count(len(r.Rules), "rule", "rules")),
		Start: r.Scan.CollectedAt.UTC(), ReviewedControls: a.reviewed(),
		Observations: oscalList(observations), Findings: oscalList(a.controls()), Attestations: oscalList(a.attestations()),
		Props: oscalProps("complete", fmt.Sprint(r.Scan.Complete), "judged-as-of", r.Scan.EvaluatedAt.UTC().Format(time.RFC3339)),
	}
	if items := a.items(); len(items) > 0 {
		result.LocalDefinitions = &oscal.LocalDefinitions{InventoryItems: &items}
	}
	return result
}

// reviewed lists the controls that a rule bears on which had something to
// judge.
func (a *assessment) reviewed() oscal.ReviewedControls {
	var selections []oscal.AssessedControls
	seen := map[controlName]bool{}
	framework := ""
	for i := range a.report.Controls {
		c := &a.report.Controls[i]
		name := controlName{c.Framework, controlToken(c)}
		if c.State == scanner.ControlNotCovered || seen[name] {
			continue
		}
		seen[name] = true
		if len(selections) == 0 || c.Framework != framework {
			framework = c.Framework
			selections = append(selections, oscal.AssessedControls{Description: firstOf(mdText(framework), "A framework without a name"), IncludeControls: &[]oscal.AssessedControlsSelectControlById{}})
		}
		last := selections[len(selections)-1].IncludeControls
		*last = append(*last, oscal.AssessedControlsSelectControlById{ControlId: name.id})
	}
	if len(selections) == 0 {
		selections = []oscal.AssessedControls{{Description: "No rule that had anything to judge bears on a control."}}
	}
	return oscal.ReviewedControls{ControlSelections: selections}
}

// controls returns the findings: one for each control that a rule said
// something about.
func (a *assessment) controls() []oscal.Finding {
	var findings []oscal.Finding
	for i := range a.report.Controls {
		c := &a.report.Controls[i]
		status := oscal.ObjectiveStatus{State: "not-satisfied"}
		switch c.State {
		case scanner.ControlMet:
			status.State, status.Reason = "satisfied", "pass"
		case scanner.ControlNotMet:
			status.Reason = "fail"
		case scanner.ControlNotAssessed:
			status.Reason = "other"
		case scanner.ControlNotCovered:
			continue
		}
		status.Remarks = firstOf(mdText(c.Reason), c.State.Words())
		name := controlName{c.Framework, c.ID}
		var related []oscal.RelatedObservation
		for j := range c.Rules {
			if c.Rules[j].LeftOut == "" {
				related = append(related, oscal.RelatedObservation{ObservationUuid: oscalID("rule", c.Rules[j].RuleID)})
			}
		}
		for _, id := range a.byControl[name] {
			related = append(related, oscal.RelatedObservation{ObservationUuid: id})
		}
		target := controlToken(c)
		if isNIST80053(c.Framework) {
			target += "_obj"
		}
		findings = append(findings, oscal.Finding{
			UUID: oscalID("control", c.Framework, c.ID), Title: firstOf(mdText(c.Framework+" "+c.ID), target),
			Description: "That these rules bear on the control is trailguard's judgement.",
			Target:      oscal.FindingTarget{Type: "objective-id", TargetId: target, Status: status},
			Props:       oscalProps("waived", fmt.Sprint(c.Waived)), RelatedObservations: oscalList(related),
		})
	}
	return findings
}

// items lists what observations are about: tenants and exports.
func (a *assessment) items() []oscal.InventoryItem {
	var items []oscal.InventoryItem
	for i := range a.report.Tenants {
		t := &a.report.Tenants[i]
		items = append(items, oscal.InventoryItem{
			UUID: oscalID("subject", t.Name, ""), Description: "Immuta tenant " + mdText(t.Name), Props: oscalProps("url", t.URL),
		})
	}
	for i := range a.report.Exports {
		e := &a.report.Exports[i]
		items = append(items, oscal.InventoryItem{
			UUID: oscalID("subject", e.Tenant, e.ID), Description: "Audit export " + mdText(e.ID) + " of tenant " + mdText(e.Tenant),
			Props: oscalProps("destination", e.Endpoint.Destination(), "role", e.Endpoint.RoleARN, "account", e.BucketAccount),
		})
	}
	return items
}

// oscalList returns a pointer to a list, and nil where it is empty: OSCAL
// allows no empty lists.
func oscalList[T any](list []T) *[]T {
	if len(list) == 0 {
		return nil
	}
	return &list
}

// oscalProps makes properties of pairs of name and value. A pair without a
// value is left out.
func oscalProps(pairs ...string) *[]oscal.Property {
	var props []oscal.Property
	for pair := range slices.Chunk(pairs, 2) {
		if value := firstOf(Visible(pair[1])); value != "" {
			props = append(props, oscal.Property{Name: pair[0], Ns: oscalNamespace, Value: value})
		}
	}
	return oscalList(props)
}
