package opa

import (
	"slices"
	"strconv"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/opa/internal/rules"
)

// maxReasons bounds the reasons of one finding. A policy may have thousands of
// statements that do the same.
const maxReasons = 50

// fewOthers is how many reasons that do not decide a finding shows however many
// findings its rule has. A report must not repeat a policy for each of them.
const fewOthers = 3

// proof is what the facts of a rule rest on: reasons, each once, and references
// of documents.
type proof struct {
	reasons   []scanner.Reason
	more      int // reasons that the facts left out
	documents []string
}

// proof joins the proofs of a rule's facts. A reason that stands for an entry of a
// fact's list belongs to it only where the rule denies that entry.
func (a *assembly) proof(r *rules.Rule, denials []denial) *proof {
	type said struct{ at, note, policy string }
	p, met, denied := &proof{}, map[said]bool{}, map[string]bool{}
	for i := range denials {
		denied[denials[i].message] = true
	}
	for _, name := range r.Requires {
		fact := a.subject.Facts[name]
		p.documents = append(p.documents, fact.Evidence...)
		p.more += fact.More
		for _, reason := range fact.Reasons {
			key := said{reason.At, reason.Note, reason.Policy}
			if met[key] || reason.Listed && !denied[reason.Note] {
				continue
			}
			met[key] = true
			if e, _, ok := a.subject.Resolve(reason.At); reason.Listed && ok {
				p.documents = append(p.documents, e.Ref())
			}
			p.reasons = append(p.reasons, reason)
		}
	}
	return p
}

// at finds the reasons that are where findings point, by where that is.
func (p *proof) at() map[string][]int {
	at := make(map[string][]int, len(p.reasons))
	for i := range p.reasons {
		at[p.reasons[i].At] = append(at[p.reasons[i].At], i)
	}
	return at
}

// reasons are those of one of a rule's findings: its own, which decide, before
// others, and the number of those that were left out.
func (a *assembly) reasons(p *proof, own []int, findings int) []scanner.Reason {
	slices.Sort(own)
	shown := slices.Clone(own[:min(len(own), maxReasons)])
	others := max(fewOthers, maxReasons/findings)
	for i := 0; i < len(p.reasons) && others > 0 && len(shown) < maxReasons; i++ {
		if _, isOwn := slices.BinarySearch(own, i); !isOwn {
			shown, others = append(shown, i), others-1
		}
	}
	left := p.more + len(p.reasons) - len(shown)
	list := make([]scanner.Reason, 0, len(shown)+1)
	for _, i := range shown {
		reason := p.reasons[i]
		if location, ok := a.locate(reason.At); ok {
			reason.Location = &location
		}
		list = append(list, reason)
	}
	if left > 0 {
		list = append(list, scanner.Reason{Index: -1, Note: "and " + grouped(left) + " more that are not shown"})
	}
	return list
}

// grouped writes a number with its thousands apart.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
