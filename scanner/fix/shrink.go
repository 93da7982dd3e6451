package fix

import (
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner"
)

// places are where the finding points in policies, each once. Other documents hold
// less than what AWS has, so that putting them back would lose the rest.
func (c *Case) places() []scanner.Location {
	var found []scanner.Location
	add := func(l scanner.Location) {
		if _, policy := l.Kind.Policy(); policy && l.Pointer != "" && !slices.ContainsFunc(found, func(o scanner.Location) bool {
			return o.Kind == l.Kind && o.Resource == l.Resource && o.Name == l.Name && o.Pointer == l.Pointer
		}) {
			found = append(found, l)
		}
	}
	for _, l := range c.Finding.Evidence {
		add(l)
	}
	return found
}

// element is the list's element that a pointer leads into: "/Statement/2".
func element(pointer string) (path string, ok bool) {
	parts := strings.SplitN(strings.TrimPrefix(pointer, "/"), "/", 3)
	if len(parts) < 2 {
		return "", false
	}
	if _, err := strconv.Atoi(parts[1]); err != nil {
		return "", false
	}
	return "/" + parts[0] + "/" + parts[1], true
}

// withoutElement takes away the statement that decides.
func withoutElement(c *Case) []Proposal {
	var found []Proposal
	for _, l := range c.places() {
		t, ok := open(c.Record, l.Kind, l.Resource, l.Name)
		path, inList := element(l.Pointer)
		if !ok || !inList || t.at(path) == nil {
			continue
		}
		found = append(found, t.edit(Operation{Op: "test", Path: path, Value: raw(t.at(path))}, Operation{Op: "remove", Path: path})...)
	}
	return found
}

// withoutPrincipal takes one of several principals out of the statement that decides.
func withoutPrincipal(c *Case) []Proposal {
	return c.withoutOne(func(s map[string]any) (string, []any) {
		principal, _ := s["Principal"].(map[string]any)
		list, _ := principal["AWS"].([]any)
		return "/Principal/AWS", list
	})
}

// withoutAction takes one of several actions out of it.
func withoutAction(c *Case) []Proposal {
	return c.withoutOne(func(s map[string]any) (string, []any) {
		list, _ := s["Action"].([]any)
		return "/Action", list
	})
}

// withoutOne takes one entry out of a list in a statement that decides.
func (c *Case) withoutOne(of func(statement map[string]any) (path string, list []any)) []Proposal {
	var found []Proposal
	for _, l := range c.places() {
		t, ok := open(c.Record, l.Kind, l.Resource, l.Name)
		if !ok {
			continue
		}
		pointer, inList := element(l.Pointer)
		if !inList {
			pointer = "/Statement"
		}
		s, _ := t.at(pointer).(map[string]any)
		path, list := of(s)
		if len(list) < 2 {
			continue
		}
		for i := range list {
			at := pointer + path + "/" + strconv.Itoa(i)
			found = append(found, t.edit(Operation{Op: "test", Path: at, Value: raw(list[i])}, Operation{Op: "remove", Path: at})...)
		}
	}
	return found
}
