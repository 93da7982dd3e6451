package fix

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// mostThroughout is how many statements a proposal takes the same out of.
const mostThroughout = 12

// throughout are proposals that take the same out of every statement that decides, in
// however many documents: a principal, an action, or the statement as a whole. Each of
// their changes only narrows, so that none of them harms without the others.
func (c *Case) throughout() []Proposal {
	places := c.statements(allow)
	if !narrowed(c.Finding.RuleID) || len(places) < 2 || len(places) > mostThroughout {
		return nil
	}
	takes := []func(*target, string) []Change{wholeStatement}
	for _, v := range c.named(places) {
		takes = append(takes, func(t *target, pointer string) []Change { return t.without(pointer, v) })
	}
	var found []Proposal
	for _, take := range takes {
		if changes := c.sound([]func(*Case) []Change{func(c *Case) []Change { return c.each(places, take) }}); len(changes) > 0 {
			found = append(found, Proposal{changes})
		}
	}
	return found
}

// narrowed says whether findings of a rule are mended by allowing less.
func narrowed(rule string) bool {
	switch rule {
	case "external_id_required", "no_foreign_readers", "no_foreign_writers", "no_other_doors", "not_public",
		"principal_expected", "principals_exist", "role_dedicated", "writer_least_privilege":
		return true
	default:
		return false
	}
}

// each makes a change of all places, those of one document on top of each other, the last
// first: what comes in its place, or goes, moves those behind it. Where it cannot be made
// of one of them there is none.
func (c *Case) each(places []scanner.Location, take func(*target, string) []Change) []Change {
	places = slices.SortedStableFunc(slices.Values(places), func(a, b scanner.Location) int {
		return cmp.Or(documentOf(&a).compare(documentOf(&b)), place(b.Pointer)-place(a.Pointer))
	})
	var found []Change
	over := c
	for _, l := range places {
		t, ok := open(over.Record, l.Kind, l.Resource, l.Name)
		if !ok {
			return nil
		}
		taken := take(t, l.Pointer)
		if len(taken) == 0 {
			return nil
		}
		next := taken[0]
		if last := len(found) - 1; last >= 0 && found[last].of() == next.of() {
			next = found[last].then(&next)
			found = found[:last]
		}
		found = append(found, next)
		over = over.over(&next)
	}
	return found
}

// entry is one value of a list of a statement.
type entry struct{ member, value string }

// named are the values that every place names under one member, and that are worth
// taking out of all of them.
func (c *Case) named(places []scanner.Location) []entry {
	in := map[entry]int{}
	for _, l := range places {
		if t, ok := open(c.Record, l.Kind, l.Resource, l.Name); ok {
			_, s := t.statementAt(l.Pointer)
			for _, e := range entries(s) {
				in[e]++
			}
		}
	}
	var found []entry
	for _, e := range slices.SortedFunc(maps.Keys(in), func(a, b entry) int { // a map has no order
		return strings.Compare(a.member+a.value, b.member+b.value)
	}) {
		if in[e] == len(places) {
			found = append(found, e)
		}
	}
	return found
}

// entries are the principals and actions of a statement, each once.
func entries(s map[string]any) []entry {
	members := map[string]any{"Action": s["Action"]}
	principals, _ := s["Principal"].(map[string]any)
	for kind, names := range principals {
		members["Principal/"+kind] = names
	}
	var found []entry
	for member, values := range members { // in any order: whoever asks counts them
		for _, v := range list(values) {
			if text, ok := v.(string); ok && !slices.Contains(found, entry{member, text}) {
				found = append(found, entry{member, text})
			}
		}
	}
	return found
}

// without takes a value out of a statement, or the statement away where it names no other.
func (t *target) without(pointer string, e entry) []Change {
	at := pointer + "/" + e.member
	values := list(t.at(at))
	principals, _ := t.at(pointer + "/Principal").(map[string]any)
	switch i := slices.Index(values, any(e.value)); {
	case i < 0:
		return nil
	case len(values) > 1:
		return t.swap(at, single(but(values, []any{e.value})))
	case e.member != "Action" && len(principals) > 1:
		return t.remove(at)
	default:
		return wholeStatement(t, pointer)
	}
}

// wholeStatement takes a statement away, of several.
func wholeStatement(t *target, pointer string) []Change {
	if _, inList := element(pointer); !inList {
		return nil // AWS refuses a policy without a statement
	}
	return t.remove(pointer)
}
