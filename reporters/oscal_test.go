package reporters_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"path"
	"slices"
	"testing"

	"github.com/defenseunicorns/go-oscal/src/pkg/validation"
	oscal "github.com/defenseunicorns/go-oscal/src/types/oscal-1-1-3"

	"github.com/trailguard/trailguard/reporters"
	"github.com/trailguard/trailguard/scanner"
)

// oscalOf is a report's results as a reader of OSCAL sees them, after NIST's schema.
func oscalOf(t *testing.T, r *scanner.Report) *oscal.AssessmentResults {
	t.Helper()
	text := []byte(render(t, "oscal", r, reporters.Options{}))
	validator, err := validation.NewValidator(text)
	must(t, err)
	must(t, validator.Validate())
	var document oscal.OscalModels
	must(t, json.Unmarshal(text, &document))
	return document.AssessmentResults
}

func listOf[T any](list *[]T) []T {
	if list == nil {
		return nil
	}
	return *list
}

// property is the value of a property.
func property(props *[]oscal.Property, name string) string {
	for _, p := range listOf(props) {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// TestOSCALHoldsTogether: every report is one that NIST's schema takes, every UUID is
// there once, and whatever is referred to is there.
func TestOSCALHoldsTogether(t *testing.T) {
	reports := cases()
	reports["big"] = func() *scanner.Report { return bigReport(20) } // the schema is slow
	reports["every finding"] = everyFinding
	reports["nothing"] = func() *scanner.Report { return &scanner.Report{Scan: emptyReport().Scan} }
	for name, report := range reports {
		r := report()
		results := oscalOf(t, r)
		ids, observations := map[string]bool{}, map[string]bool{}
		once := func(id string) {
			if ids[id] {
				t.Errorf("%s: %s is there twice", name, id)
			}
			ids[id] = true
		}
		once(results.UUID)
		result := results.Results[0]
		once(result.UUID)
		if result.LocalDefinitions != nil {
			for _, item := range listOf(result.LocalDefinitions.InventoryItems) {
				once(item.UUID)
			}
		}
		fingerprints := map[string]bool{}
		for _, o := range listOf(result.Observations) {
			once(o.UUID)
			observations[o.UUID] = true
			fingerprints[property(o.Props, "fingerprint")] = true
			for _, s := range listOf(o.Subjects) {
				if name != "every finding" && !ids[s.SubjectUuid] {
					t.Errorf("%s: an observation is about %s, which is not there", name, s.SubjectUuid)
				}
			}
			for _, e := range listOf(o.RelevantEvidence) {
				u, err := url.Parse(e.Href)
				if err != nil || u.IsAbs() || path.IsAbs(u.Path) || property(e.Props, "sha-256") == "" {
					t.Errorf("%s: the evidence %s: %v", name, e.Href, err)
				}
			}
		}
		for _, f := range listOf(result.Findings) {
			once(f.UUID)
			for _, o := range listOf(f.RelatedObservations) {
				if !observations[o.ObservationUuid] {
					t.Errorf("%s: %s rests on %s, which is not there", name, f.Title, o.ObservationUuid)
				}
			}
		}
		for i := range r.Findings {
			if f := &r.Findings[i]; fingerprints[f.Fingerprint] == (f.State == scanner.StateResolved) {
				t.Errorf("%s: %s is %s, and observed: %t", name, f.Fingerprint, f.State, fingerprints[f.Fingerprint])
			}
		}
	}
}

// TestOSCALSatisfiesOnlyWhatIsMet: every state of a control is what OSCAL has for it,
// and what is unknown is an observation and no finding of its own.
func TestOSCALSatisfiesOnlyWhatIsMet(t *testing.T) {
	for state, want := range map[scanner.ControlState]string{
		scanner.ControlMet: "satisfied pass", scanner.ControlNotMet: "not-satisfied fail",
		scanner.ControlNotAssessed: "not-satisfied other", scanner.ControlNotCovered: "",
	} {
		r := everyFinding()
		r.Controls = []scanner.ControlResult{{Framework: "NIST 800-53r5", ID: "AC-6(1)", State: state, Reason: "so", Rules: []scanner.ControlRule{{RuleID: "tls_required"}}}}
		result := oscalOf(t, r).Results[0]
		got := ""
		for _, f := range listOf(result.Findings) {
			got += f.Target.Status.State + " " + f.Target.Status.Reason
			if f.Target.TargetId != "ac-6.1_obj" {
				t.Errorf("the control is called %s", f.Target.TargetId)
			}
		}
		if got != want {
			t.Errorf("a control that is %s is %q, want %q", state, got, want)
		}
		for _, o := range listOf(result.Observations) {
			status := property(o.Props, "status")
			if slices.Contains(*o.Types, "finding") != (status == "fail") {
				t.Errorf("what is %q is observed as %v", status, *o.Types)
			}
		}
	}
}

// TestOSCALControls: what a run judged is one control each, by names that OSCAL takes.
func TestOSCALControls(t *testing.T) {
	r := emptyReport()
	r.Controls = nil
	for i, name := range [][2]string{{"NIST 800-53r5", "AC-3"}, {"PCI DSS 4.0", "10.3.1"}, {"SOC 2", "CC6.1"}, {"", ""}, {"日本 <b>", "§ 4 (a)"}} {
		r.Controls = append(r.Controls, scanner.ControlResult{Framework: name[0], ID: name[1], State: scanner.ControlStates()[i%2*3]})
	}
	var got []string
	for _, s := range oscalOf(t, r).Results[0].ReviewedControls.ControlSelections {
		for _, c := range *s.IncludeControls {
			got = append(got, c.ControlId)
		}
	}
	if want := "[ac-3 pci-dss-4.0_10.3.1 soc-2_cc6.1 _ 日本-b-_-4-a]"; fmt.Sprint(got) != want {
		t.Errorf("the controls are called %v, want %s", got, want)
	}
}

// TestOSCALChangesItsUUID: a report that says anything else is another document.
func TestOSCALChangesItsUUID(t *testing.T) {
	r := fullReport()
	first := oscalOf(t, r)
	r.Findings[0].Message += "."
	second := oscalOf(t, r)
	if first.UUID == second.UUID || first.Results[0].UUID != second.Results[0].UUID {
		t.Errorf("%s becomes %s, and the result %s %s", first.UUID, second.UUID, first.Results[0].UUID, second.Results[0].UUID)
	}
}
