package opa

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// unknown is the finding of a rule whose facts do not decide. It has the
// fingerprint that the failure would have.
func (a *assembly) unknown(r *rules.Rule) scanner.Finding {
	f := a.finding(r, scanner.StatusUnknown, a.resource(r), "")
	var because []string
	for _, name := range r.Requires {
		status := a.subject.Facts[name]
		if status.State != scanner.FactUnknown {
			continue
		}
		because = appendNew(because, status.Because)
		for _, gap := range status.Gaps {
			if status.Because == "" {
				because = appendNew(because, fmt.Sprintf("%s of %s %s", strings.TrimRight(gap.Kind.Noun()+" "+gap.Name, " "), gap.Resource, gap.Clause()))
			}
			if !slices.ContainsFunc(f.Gaps, func(g scanner.Gap) bool { return g.ID() == gap.ID() }) {
				f.Gaps = append(f.Gaps, gap)
			}
		}
		f.Needs = appendNew(f.Needs, status.Needs...)
	}
	slices.Sort(f.Needs)
	slices.SortFunc(f.Gaps, scanner.CompareGaps)
	f.Message = unknownMessage(because, f.Needs)
	f.Remediation = unknownRemediation(f.Needs, f.Gaps)
	shown := a.proof(r, nil)
	f.Reasons = shown.ordered(nil)
	f.Evidence = a.evidence(shown, &denial{}, f.Reasons)
	return f
}

// unknownMessage says what could not be decided, and why.
func unknownMessage(because, needs []string) string {
	if len(because) == 0 && len(needs) == 0 {
		because = []string{"the evidence does not decide it"}
	}
	if len(needs) > 0 {
		because = append(because, "it depends on "+strings.Join(needs, ", "))
	}
	return "not assessed: " + strings.Join(because, "; ")
}

// unknownRemediation says what to do so that the next run can answer.
func unknownRemediation(needs []string, gaps []scanner.Gap) string {
	var steps []string
	for _, g := range gaps {
		step := capitalise(g.Remedy())
		if g.LackedPermission() != "" {
			step += " on " + g.Resource + " to the principal that trailguard reads with"
		}
		steps = appendNew(steps, step+".")
	}
	if len(needs) > 0 {
		steps = append(steps, fmt.Sprintf("Remove the condition on %s from the deciding statement, or check by hand that it holds for Immuta's requests.",
			strings.Join(needs, ", ")))
	}
	if len(steps) == 0 {
		return "See the message for what is missing, provide it and run the scan again."
	}
	return strings.Join(steps, " ")
}

func capitalise(text string) string {
	text = strings.TrimRight(text, ".")
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// appendNew appends the texts that are not empty and not there yet.
func appendNew(list []string, texts ...string) []string {
	for _, text := range texts {
		if text != "" && !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return list
}
