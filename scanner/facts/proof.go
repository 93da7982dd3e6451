package facts

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// maxEffort bounds what is asked about one fact: so many times what one question
// may cost. A fact that runs out of it rests on what was found so far.
const maxEffort = 64 << 20

// proof gathers the reasons of a fact, each once: a policy gives the same for
// every action and for everybody whom it lets in.
type proof struct {
	reasons []scanner.Reason
	more    int // statements that answers left out
	said    map[said]bool
}

// said tells reasons apart.
type said struct{ at, policy, note string }

func (p *proof) add(r scanner.Reason) {
	key := said{r.At, r.Policy, r.Note}
	if p.said[key] {
		return
	}
	if p.said == nil {
		p.said = map[said]bool{}
	}
	p.said[key] = true
	p.reasons = append(p.reasons, r)
}

// tooIntricate is the gap of a question that no answer was found to, with the work
// that one may take.
func tooIntricate(kind document.Kind, resource, question string) scanner.Gap {
	return undetermined(kind, resource, "the policy is too intricate to decide "+question+", with the work that one question may take")
}

// fewKeys is how many keys somebody might declare to settle a question.
const fewKeys = 8

// undecided says that the search for an answer was cut short before it found a
// request for either side, or keys that are worth declaring.
func undecided(a *iam.Answer) bool {
	return a.Verdict == iam.Depends && a.Capped && (a.WitnessAllow == nil || a.WitnessDeny == nil) &&
		(len(a.Needs) == 0 || len(a.Needs) > fewKeys)
}

// isOpen says that an access is one that nobody can tell: the search for it was
// cut short.
func isOpen(a iam.Access) bool { return a.Capped && a.Verdict == iam.Depends && a.Witness == nil }

// isRest says that an access stands for those whom a question did not come to.
func isRest(a iam.Access) bool { return a.Rest }

// access adds the statements by which somebody gets in. Those of stand-ins have no
// document and are left out.
func (p *proof) access(refs map[string]string, a *iam.Access) {
	for _, r := range reasonsOf(refs, a.Reasons) {
		p.add(r)
	}
	p.more = max(p.more, a.More)
}
