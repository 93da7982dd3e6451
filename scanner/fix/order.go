package fix

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// smallestFirst orders proposals: those of the fewest documents first, then of the fewest
// changed statements, and of as many those of the fewest characters.
func smallestFirst(all []Proposal) []Proposal {
	type sized struct {
		Proposal
		statements, characters int
	}
	list := make([]sized, len(all))
	for i := range all {
		list[i] = sized{all[i], all[i].statements(), all[i].characters()}
	}
	slices.SortStableFunc(list, func(a, b sized) int {
		return cmp.Or(cmp.Compare(len(a.Changes), len(b.Changes)), cmp.Compare(a.statements, b.statements), cmp.Compare(a.characters, b.characters))
	})
	for i := range list {
		all[i] = list[i].Proposal
	}
	return all
}

// statements is how many of all policies change: come, go or are another.
func (p *Proposal) statements() (n int) {
	for i := range p.Changes {
		n += p.Changes[i].statements()
	}
	return n
}

func (ch *Change) statements() int {
	before, after := statementTexts(ch.Before), statementTexts(ch.Document)
	came, went := len(minus(after, before)), len(minus(before, after))
	return max(came, went, 1)
}

// statementTexts are the statements of a policy; none: it is a setting.
func statementTexts(policy string) []string {
	var members struct{ Statement json.RawMessage }
	var all []json.RawMessage
	if json.Unmarshal([]byte(policy), &members) == nil && json.Unmarshal(members.Statement, &all) != nil && len(members.Statement) > 0 {
		all = []json.RawMessage{members.Statement} // one needs no list
	}
	var found []string
	for _, s := range all {
		found = append(found, strings.Join(strings.Fields(string(s)), " "))
	}
	return found
}

// characters is how many come and go, a line at a time.
func (p *Proposal) characters() (n int) {
	for i := range p.Changes {
		n += p.Changes[i].characters()
	}
	return n
}

func (ch *Change) characters() (n int) {
	before, after := strings.Split(ch.Before, "\n"), strings.Split(ch.Document, "\n")
	for _, line := range append(minus(after, before), minus(before, after)...) {
		n += len(strings.TrimSpace(line))
	}
	return n
}

// minus is what a list has more than another, however often.
func minus(some, others []string) []string {
	left := slices.Clone(some)
	for _, o := range others {
		if at := slices.Index(left, o); at >= 0 {
			left = slices.Delete(left, at, at+1)
		}
	}
	return left
}
