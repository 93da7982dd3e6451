package policy

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam/internal/pattern"
)

// LeastNamed returns the first of the texts that the fewest constants match, as a whole or by their
// account part, in any letter case.
func LeastNamed(documents []*Document, texts ...string) (least string) {
	fewest := -1
	for _, text := range texts {
		count := 0
		ForEachConstant(documents, func(constant string) {
			if constant == "*" {
				return // it matches all texts, and tells none apart
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

// AccountPart returns the account of a text that may be an ARN, which may hold wildcards.
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

// ForEachConstant visits the constants with which policies compare actions, principals and
// condition keys.
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
