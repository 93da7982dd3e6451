package proof

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Undetermined is the gap of a question that nothing of what was read decides.
func Undetermined(kind document.Kind, resource, detail string) scanner.Gap {
	return scanner.Gap{Kind: kind, Resource: resource, Reason: scanner.ReasonUndetermined, Detail: detail}
}

// Malformed is the gap of a document that was received and makes no sense.
func Malformed(doc *scanner.Evidence, detail string) scanner.Gap {
	return scanner.Gap{
		Kind: doc.Kind, Call: doc.Call, Resource: doc.Resource, Name: doc.Name,
		Reason: scanner.ReasonMalformed, Detail: detail,
	}
}

// Because says in a clause why a gap leaves a fact open; what names what is not known.
func Because(what string, g *scanner.Gap) string { return what + " " + g.Clause() }

// TooIntricate is the gap of a question for which the work was used up before there
// was an answer.
func TooIntricate(kind document.Kind, resource, question string) scanner.Gap {
	return Undetermined(kind, resource, "the policy is too intricate to decide "+question+", with the work that one question may take")
}

// fewKeys is how many keys an operator would declare to settle a question, at most.
const fewKeys = 8

// Undecided says that the search for an answer was cut short before it found a
// request for either side, or keys that are worth declaring.
func Undecided(a *iam.Answer) bool {
	return a.Verdict == iam.Depends && a.Capped && (a.WitnessAllow == nil || a.WitnessDeny == nil) &&
		(len(a.Needs) == 0 || len(a.Needs) > fewKeys)
}

// DependsOn names the condition keys that decide, after "depends on".
func DependsOn(needs []string) string {
	if len(needs) == 0 {
		return "what the policies leave open"
	}
	return strings.Join(needs, ", ") + ", which no document tells"
}
