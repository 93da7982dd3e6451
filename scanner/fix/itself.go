package fix

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// spareItself takes what the export needs out of a Deny in an inline policy of the
// writer, which binds nobody else. It denies everything else as it did.
func spareItself(c *Case) []Change {
	who := writer(c.Record)
	actions, resource := c.ownNeeds()
	if who == "" || resource == "" {
		return nil
	}
	meant := statement{Effect: deny, Action: actions, Resource: resource}
	var found []Change
	for _, l := range c.places() {
		if l.Kind != document.KindIdentityPolicy || l.Resource != who || !strings.HasPrefix(l.Name, "inline/") {
			continue
		}
		t, ok := open(c.Record, l.Kind, l.Resource, l.Name)
		if !ok {
			continue
		}
		pointer, s := t.statementAt(l.Pointer)
		parts, ok := except(s, actions, resource)
		if s["Effect"] != deny || !ok {
			continue
		}
		for _, change := range t.instead(pointer, parts) {
			change.spared = []string{l.Name + pointer}
			change.Warnings = append(change.Warnings, "find out first who denied it to the writer, and why")
			found = append(found, meaning([]Change{change}, meant)...)
		}
	}
	return found
}

// ownNeeds is what the writer needs by its own policies for the finding's rule.
func (c *Case) ownNeeds() (actions []any, resource string) {
	if c.Finding.RuleID == "put_object_granted" {
		return []any{putObject}, c.uploads()
	}
	if key, ok := c.Record.Find(document.KindKey, "", ""); ok && !key.Absent {
		return keyUses()[:2], key.Resource
	}
	return nil, ""
}

// except says what a Deny of an identity policy says, but for some actions on a
// resource: of all that it denies elsewhere, and of all other actions there. False: it
// cannot be said so, or it is of none of these.
func except(s map[string]any, needed []any, resource string) (parts []map[string]any, ok bool) {
	on, actions := list(s["Resource"]), among(list(s["Action"]), needed)
	if len(actions) == 0 {
		return nil, false
	}
	elsewhere := maps.Clone(s)
	switch others := but(on, []any{resource}); {
	case slices.Contains(on, any(everything)):
		delete(elsewhere, "Resource")
		elsewhere["NotResource"] = resource
		parts = append(parts, elsewhere)
	case len(others) == len(on):
		return nil, false // what it has in common with the resource no statement says
	case len(others) > 0:
		elsewhere["Resource"] = single(others)
		parts = append(parts, elsewhere)
	}
	if there := ofOthers(s, actions); there != nil {
		there["Resource"] = resource
		parts = append(parts, there)
	}
	return parts, true
}

// instead proposes a policy with any number of statements in the place of one.
func (t *target) instead(pointer string, parts []map[string]any) []Change {
	switch _, inList := element(pointer); {
	case len(parts) > 1:
		return t.splice(pointer, parts)
	case len(parts) == 1:
		return t.swap(pointer, parts[0])
	case inList:
		return t.remove(pointer)
	default:
		return nil // AWS refuses a policy without a statement
	}
}
