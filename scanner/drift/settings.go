package drift

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// detail is one setting that differs.
type detail struct {
	pointer       string
	before, after string
	effect        scanner.Effect
	message       string // a clause that follows the document's name
}

// settings compares documents that are not policies.
func (c *comparison) settings(u unit, before, after *scanner.Evidence) []scanner.Change {
	was, is := stableText(before), stableText(after)
	if was == is && before.Absent == after.Absent {
		return nil
	}
	base := scanner.Change{Kind: u.kind, Resource: u.resource, Name: u.name, Diff: difference(normalised(was), normalised(is))}
	details, err := settings[u.kind](was, is, c)
	if err != nil {
		base.Effect = scanner.EffectIncomparable
		base.Message = fmt.Sprintf("the %s changed and cannot be compared: %v", title(u), err)
		return []scanner.Change{base}
	}
	if len(details) == 0 {
		details = rewritten(was, is)
	}
	var changes []scanner.Change
	for _, d := range details {
		if d.effect == scanner.EffectEquivalent && !c.index.options.Equivalent {
			continue
		}
		change := base
		change.Pointer, change.Before, change.After, change.Effect = d.pointer, d.before, d.after, d.effect
		change.Message = fmt.Sprintf("%s: %s", title(u), d.message)
		changes = append(changes, change)
	}
	return changes
}

func stableText(e *scanner.Evidence) string {
	if e.Absent {
		return ""
	}
	if object, name, ok := e.Kind.Member(); ok { // its tags are compared by themselves
		if left, ok := only(e.Text, object, name); ok {
			return left
		}
	}
	text, _ := stable(e)
	return text
}

// rewritten reports a text that differs although no protecting setting does.
func rewritten(was, is string) []detail {
	if normalised(was) == normalised(is) {
		return []detail{{effect: scanner.EffectEquivalent, message: "rewritten, and it means the same"}}
	}
	return []detail{{effect: scanner.EffectChanged, message: "changed in what neither protects nor exposes"}}
}

// typed turns a comparison of two documents into one of their texts. An absent
// document counts as an empty one.
func typed[T any](differences func(before, after *T, c *comparison) []detail) compare {
	return func(before, after string, c *comparison) ([]detail, error) {
		b, a, err := decode[T](before, after)
		if err != nil {
			return nil, err
		}
		if found := cmp.Or(document.Unrecognised(b), document.Unrecognised(a)); found != "" {
			return nil, fmt.Errorf("%s is not a value that this version knows", found)
		}
		return differences(b, a, c), nil
	}
}

// decode reads both texts; an empty one leaves its document empty.
func decode[T any](before, after string) (b, a *T, err error) {
	b, a = new(T), new(T)
	for _, side := range []struct {
		text string
		into *T
		when string
	}{{before, b, "for the baseline"}, {after, a, "now"}} {
		if side.text == "" {
			continue
		}
		if json.Unmarshal([]byte(side.text), side.into) != nil {
			return b, a, fmt.Errorf("what was read %s is not the document that the service gives", side.when)
		}
	}
	return b, a, nil
}

// ranked compares two values of one setting. A higher rank protects better;
// different values of equal rank are merely a change.
func ranked(pointer, name string, rankBefore, rankAfter int, before, after string) []detail {
	if before == after {
		return nil
	}
	d := detail{pointer: pointer, before: before, after: after, effect: scanner.EffectChanged}
	switch cmp.Compare(rankAfter, rankBefore) {
	case -1:
		d.effect = scanner.EffectWeaker
	case 1:
		d.effect = scanner.EffectStronger
	}
	d.message = fmt.Sprintf("%s changed from %s to %s", name, cmp.Or(before, "nothing"), cmp.Or(after, "nothing"))
	return []detail{d}
}

// oneIfSet ranks a value above none.
func oneIfSet(text string) int {
	if text == "" {
		return 0
	}
	return 1
}

// cameAndWent returns the texts of one list that the other lacks.
func cameAndWent(before, after []string) (came, went []string) {
	isIn := func(list []string) func(string) bool {
		return func(text string) bool { return slices.Contains(list, text) }
	}
	return slices.DeleteFunc(slices.Clone(after), isIn(before)), slices.DeleteFunc(slices.Clone(before), isIn(after))
}

// indexIn returns a value's rank in a list from worst to best. For a value that
// is not in the list, known is false.
func indexIn(value string, ladder ...string) (rank int, known bool) {
	for i, step := range ladder {
		if step == value {
			return i, true
		}
	}
	return 0, false
}

// onLadder compares values that have an order. An unknown value, such as one
// that a service introduced later, is neither better nor worse.
func onLadder(pointer, name, before, after string, ladder ...string) []detail {
	b, knownBefore := indexIn(before, ladder...)
	a, knownAfter := indexIn(after, ladder...)
	if !knownBefore || !knownAfter {
		b, a = 0, 0
	}
	return ranked(pointer, name, b, a, before, after)
}
