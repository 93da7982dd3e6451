package policy

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
)

// LeastNamed is the first of the texts that fewest constants match, be it with their account part
// and in whichever letter case.
func LeastNamed(documents []*Document, texts ...string) (least string) {
	fewest := -1
	for _, text := range texts {
		count := 0
		ForEachConstant(documents, func(constant string) {
			if constant == "*" {
				return // it matches every text alike
			}
			whole, account := pattern.FromGlob(strings.ToLower(constant)), pattern.FromGlob(AccountPart(constant))
			if whole.MatchFold(text) || account.Match(text) {
				count++
			}
		})
		if fewest < 0 || count < fewest {
			least, fewest = text, count
		}
		if count == 0 {
			break
		}
	}
	return least
}

// AccountPart is where an account stands in a text that may be an ARN, patterns included.
func AccountPart(text string) string {
	rest := text
	for range 4 {
		_, after, ok := strings.Cut(rest, ":")
		if !ok {
			return text
		}
		rest = after
	}
	part, _, _ := strings.Cut(rest, ":")
	return part
}

// ForEachConstant visits what actions, principals and condition keys are compared with.
func ForEachConstant(documents []*Document, visit func(text string)) {
	for _, p := range documents {
		for i := range p.Statements {
			for j := range p.Statements[i].Actions {
				visit(p.Statements[i].Actions[j].Raw)
			}
			for j := range p.Statements[i].Principals {
				visit(p.Statements[i].Principals[j].Value)
			}
			for j := range p.Statements[i].Conditions {
				for k := range p.Statements[i].Conditions[j].Values {
					visit(p.Statements[i].Conditions[j].Values[k].Raw)
				}
			}
		}
	}
}
