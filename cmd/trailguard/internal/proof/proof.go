// Package proof assembles why a rule gave its result for one export or tenant:
// the facts, the statements behind them, what is missing and what is assumed.
// It judges nothing.
package proof

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// Proof is the proof of one result.
type Proof struct {
	RuleID      string            `json:"ruleId"`
	Title       string            `json:"title"`
	Severity    scanner.Severity  `json:"severity"`
	Status      scanner.Status    `json:"status"`
	Tenant      string            `json:"tenant"`
	ExportID    string            `json:"exportId,omitempty"` // empty where the result is about the tenant
	Findings    []scanner.Finding `json:"findings"`
	Facts       []Fact            `json:"facts"`
	Assumptions []string          `json:"assumptions"`
	Remediation string            `json:"remediation,omitempty"` // only of a failure
}

// Fact is a fact that the rule reads.
type Fact struct {
	Name    string            `json:"name"`
	State   scanner.FactState `json:"state"`
	Because string            `json:"because,omitempty"`
	Needs   []string          `json:"needs,omitempty"`
	Gaps    []scanner.Gap     `json:"gaps,omitempty"`
	Steps   []Step            `json:"steps,omitempty"`
	// Documents are the documents that were read, where no single statement
	// decides.
	Documents []Document `json:"documents,omitempty"`
}

// Step is one step of a proof, with the lines it quotes.
type Step struct {
	scanner.Reason
	Path string `json:"path,omitempty"` // of the document, relative to the folder of --evidence
	// Line is the number of the first quoted line, from 1.
	Line  int      `json:"line,omitzero"`
	Lines []string `json:"lines,omitempty"`
}

// Document is a document that a fact was read from.
type Document struct {
	Path     string `json:"path"`
	Call     string `json:"call"`
	Resource string `json:"resource"`
}

// New assembles the proof of a rule's result about a subject.
func New(s *scanner.Subject, rule *scanner.Rule, res *scanner.Result) *Proof {
	p := &Proof{
		RuleID: rule.ID, Title: rule.Title, Severity: rule.Severity, Status: res.Status, Tenant: s.Tenant, ExportID: s.ExportID,
		Findings: append([]scanner.Finding{}, res.Findings...), Facts: []Fact{}, Assumptions: []string{},
	}
	for _, name := range rule.Requires {
		fact := s.Facts[name]
		p.Facts = append(p.Facts, newFact(s, name, &fact))
		p.Assumptions = append(p.Assumptions, fact.Assumptions...)
	}
	slices.Sort(p.Assumptions)
	p.Assumptions = slices.Compact(p.Assumptions)
	var remedies []string
	for i := range res.Findings {
		if remedy := strings.Join(strings.Fields(res.Findings[i].Remediation), " "); !slices.Contains(remedies, remedy) {
			remedies = append(remedies, remedy)
		}
	}
	p.Remediation = strings.Join(remedies, " ")
	return p
}

func newFact(s *scanner.Subject, name string, f *scanner.FactStatus) Fact {
	fact := Fact{Name: name, State: f.State, Because: f.Because, Needs: f.Needs, Gaps: f.Gaps}
	for i := range f.Reasons {
		fact.Steps = append(fact.Steps, newStep(s, &f.Reasons[i]))
	}
	if len(f.Reasons) > 0 {
		return fact
	}
	for _, ref := range f.Evidence {
		if e, ok := s.Document(ref); ok && !e.Absent {
			fact.Documents = append(fact.Documents, Document{scanner.EvidencePath(s.Tenant, e), e.Call, e.Resource})
		}
	}
	return fact
}

// newStep quotes the statement that a reason points at.
func newStep(s *scanner.Subject, r *scanner.Reason) Step {
	step := Step{Reason: *r}
	e, pointer, ok := s.Resolve(r.At)
	if ok && !e.Absent {
		step.Path = scanner.EvidencePath(s.Tenant, e)
		step.Line, step.Lines = scanner.NewDisplay(e.Text).Lines(pointer)
	}
	return step
}
