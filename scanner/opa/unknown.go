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
	var because, steps []string
	for _, name := range r.Requires {
		status := a.subject.Facts[name]
		if status.State != scanner.FactUnknown {
			continue
		}
		because = appendNew(because, whatHappened(status.Because, status.Gaps))
		for _, gap := range status.Gaps {
			if status.Because == "" {
				because = appendNew(because, fmt.Sprintf("%s of %s %s", strings.TrimRight(gap.Kind.Noun()+" "+gap.Name, " "), gap.Resource, gap.Clause()))
			}
			if !slices.ContainsFunc(f.Gaps, func(g scanner.Gap) bool { return g.ID() == gap.ID() }) {
				f.Gaps = append(f.Gaps, gap)
			}
		}
		f.Needs = appendNew(f.Needs, status.Needs...)
		if len(status.Needs) > 0 {
			steps = appendNew(steps, settle(status.Needs, status.DeclaredIn))
		}
	}
	slices.Sort(f.Needs)
	slices.SortFunc(f.Gaps, scanner.CompareGaps)
	f.Message = unknownMessage(because, f.Needs)
	f.Remediation = unknownRemediation(f.Gaps, steps)
	shown := a.proof(r, nil)
	needed := make(map[string]bool, len(f.Needs))
	for _, key := range f.Needs {
		needed[key] = true
	}
	var open []int
	for i := range shown.reasons {
		if last := shown.reasons[i].Note; needed[last[strings.LastIndexByte(last, ' ')+1:]] {
			open = append(open, i)
		}
	}
	f.Reasons = a.reasons(shown, open, 1)
	f.Evidence = a.evidence(shown, &denial{}, f.Reasons)
	return f
}

// whatHappened is a fact's clause without what to do about its gaps: the
// remediation says that.
func whatHappened(because string, gaps []scanner.Gap) string {
	for i := range gaps {
		if step := gaps[i].Step(); step != "" {
			because = strings.Replace(because, "; "+step, "", 1)
		}
	}
	return because
}

// unknownMessage says what could not be decided, and why.
func unknownMessage(because, needs []string) string {
	if len(because) == 0 && len(needs) == 0 {
		because = []string{"the evidence does not decide it"}
	}
	said := strings.Join(because, "; ")
	unsaid := slices.DeleteFunc(slices.Clone(needs), func(key string) bool { return strings.Contains(said, key) })
	if len(unsaid) > 0 {
		because = append(because, "it depends on "+strings.Join(unsaid, ", "))
	}
	return "not assessed: " + strings.Join(because, "; ")
}

// unknownRemediation says what to do so that the next run can answer: close each
// gap, then the steps that tell what keys hold. None of it changes what anybody
// but the reader may do.
func unknownRemediation(gaps []scanner.Gap, settling []string) string {
	var steps []string
	for i := range gaps {
		step := capitalise(gaps[i].Remedy())
		if gaps[i].LackedPermission() != "" {
			step += " on " + gaps[i].Resource + " to the principal that trailguard reads with"
		}
		steps = appendNew(steps, step+".")
	}
	steps = appendNew(steps, settling...)
	if len(steps) == 0 {
		return "See the message for what is missing, provide it and run the scan again."
	}
	return strings.Join(steps, " ")
}

// settle says how to answer what depends on keys that no document tells.
// Conditions stay as they are: without its condition a Deny locks everybody out,
// and an Allow lets everybody in.
func settle(needs []string, setting string) string {
	keys := strings.Join(slices.Sorted(slices.Values(needs)), ", ")
	if setting == "" {
		return "Check by hand who meets the condition on " + keys + "; where it is right as it is, accept that in writing (acceptedGaps of the waivers file)."
	}
	if setting == scanner.DeclaredOrganization {
		return "Name the organization of your own accounts in " + setting + ": the next run tells its members from strangers."
	}
	return "Declare what Immuta's requests hold under " + keys + " in " + setting +
		"; what nobody can tell, accept in writing (acceptedGaps of the waivers file)."
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
