package fix

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// spareWriter takes the writer out of a Deny that the finding points at, for what the
// export needs and, where it can be said, for nothing else.
func spareWriter(c *Case) []Change {
	var found []Change
	for _, l := range c.places() {
		if t, ok := open(c.Record, l.Kind, l.Resource, l.Name); ok {
			found = append(found, c.spare(t, l.Pointer)...)
		}
	}
	return found
}

// spare takes the writer out of one Deny: for what the export needs alone, where that
// can be said, and for all that it denies.
func (c *Case) spare(t *target, at string) []Change {
	who := writer(c.Record)
	pointer, s := t.statementAt(at)
	actions, resource := c.needs(t.kind)
	if who == "" || s["Effect"] != deny || resource == "" {
		return nil
	}
	meant := statement{Effect: deny, Principal: aws(who), Action: actions, Resource: resource}
	whole := maps.Clone(s)
	whole["Condition"] = sparing(s["Condition"], who)
	return meaning(append(t.splice(pointer, split(s, actions, resource, who)), t.swap(pointer, whole)...), meant)
}

// mostDenials is how many Denies of one policy a change takes the writer out of.
const mostDenials = 6

// spareSeveral does with the first Denies that the finding points at what spareWriter
// does with any: those that decide come first.
func spareSeveral(c *Case) []Change {
	var found []Change
	for _, places := range c.denials() {
		for n := range min(len(places), mostDenials) {
			found = append(found, c.each(places[:n+1], c.spare)...)
		}
	}
	return found
}

// denials are the Denies that the finding points at, by document and in its order.
func (c *Case) denials() [][]scanner.Location {
	var found [][]scanner.Location
	for _, l := range c.statements(deny) {
		of := slices.IndexFunc(found, func(o []scanner.Location) bool { return documentOf(&o[0]) == documentOf(&l) })
		if of < 0 {
			found = append(found, []scanner.Location{l})
		} else {
			found[of] = append(found[of], l)
		}
	}
	return found
}

// needs is what the writer does with a bucket or a key, by its policy. What denies in
// other policies may bind others, too.
func (c *Case) needs(kind document.Kind) (actions []any, resource string) {
	switch kind {
	case document.KindBucketPolicy:
		return []any{putObject}, c.uploads()
	case document.KindKeyPolicy:
		return []any{"kms:GenerateDataKey", "kms:Decrypt"}, everything
	default:
		return nil, ""
	}
}

// split says what a Deny says, in several: of all other actions, of these elsewhere,
// and of these there by everybody but one. Nil: it cannot be said so.
func split(s map[string]any, needed []any, resource, who string) []map[string]any {
	denied, on := list(s["Action"]), list(s["Resource"])
	actions := among(denied, needed)
	if len(actions) == 0 || len(on) == 0 {
		return nil
	}
	part := func(change func(map[string]any)) map[string]any {
		p := maps.Clone(s)
		change(p)
		return p
	}
	var parts []map[string]any
	if others := ofOthers(s, actions); others != nil {
		parts = append(parts, others)
	}
	there := s["Resource"]
	bucket, _, _ := strings.Cut(resource, "/")
	elsewhere := but(on, []any{resource, bucket})
	switch {
	case resource == everything:
	case slices.Contains(on, any("*")), slices.Contains(on, any(bucket+"/*")) && resource != bucket+"/*":
		there = resource
		parts = append(parts, part(func(p map[string]any) {
			delete(p, "Resource")
			p["Action"], p["NotResource"] = single(actions), resource
		}))
	case slices.Contains(on, any(resource)):
		there = resource
		if len(elsewhere) > 0 {
			parts = append(parts, part(func(p map[string]any) { p["Action"], p["Resource"] = single(actions), single(elsewhere) }))
		}
	}
	return append(parts, part(func(p map[string]any) {
		p["Action"], p["Resource"], p["Condition"] = single(actions), there, sparing(s["Condition"], who)
	}))
}

// among are the needed actions that a Deny is of: to deny another would keep out others.
func among(denied, needed []any) []any {
	if ofEvery(denied, needed) {
		return needed
	}
	return slices.DeleteFunc(slices.Clone(needed), func(v any) bool { return !slices.Contains(denied, v) })
}

// ofEvery says whether a Deny is of every action, or of every one of a service.
func ofEvery(denied, actions []any) bool {
	if len(actions) == 0 {
		return false
	}
	service, _, _ := strings.Cut(actions[0].(string), ":")
	return slices.Contains(denied, any("*")) || slices.Contains(denied, any(service+":*"))
}

// ofOthers is a Deny of all other actions than some that it is of; nil: it is of no others.
func ofOthers(s map[string]any, actions []any) map[string]any {
	denied, p := list(s["Action"]), maps.Clone(s)
	switch others := but(denied, actions); {
	case ofEvery(denied, actions):
		delete(p, "Action")
		p["NotAction"] = single(actions)
	case len(others) > 0:
		p["Action"] = single(others)
	default:
		return nil
	}
	return p
}

// sparing is a condition that is not met by one principal.
func sparing(condition any, who string) map[string]any {
	return withValue(condition, "ArnNotEquals", principalARN, who)
}

// withValue adds a value to those that a condition compares a key with. Operators with
// Not are met by none of several values.
func withValue(condition any, operator, key string, value string) map[string]any {
	old, _ := condition.(map[string]any)
	all := maps.Clone(old)
	if all == nil {
		all = map[string]any{}
	}
	block, _ := all[operator].(map[string]any)
	block = maps.Clone(block)
	if block == nil {
		block = map[string]any{}
	}
	for name := range block {
		if strings.EqualFold(name, key) { // keys have no case
			key = name
		}
	}
	block[key] = single(append(slices.Clone(list(block[key])), value))
	all[operator] = block
	return all
}

// list is one value or several.
func list(value any) []any {
	switch v := value.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}

// single is a list as policies write it: one value needs none.
func single(values []any) any {
	if len(values) == 1 {
		return values[0]
	}
	return values
}

// but is a list without some of its values.
func but(values, without []any) []any {
	return slices.DeleteFunc(slices.Clone(values), func(v any) bool { return slices.Contains(without, v) })
}

// splice proposes a policy with several statements in the place of one.
func (t *target) splice(pointer string, parts []map[string]any) []Change {
	if len(parts) < 2 {
		return nil // that is swap
	}
	used := map[string]bool{}
	for _, s := range t.statements() {
		sid, _ := s["Sid"].(string)
		used[sid] = true
	}
	for _, p := range parts[1:] {
		sid, _ := p["Sid"].(string)
		for i := 2; sid != "" && used[p["Sid"].(string)]; i++ {
			p["Sid"] = sid + strconv.Itoa(i)
		}
		next, _ := p["Sid"].(string)
		used[next] = true
	}
	if pointer == "/Statement" {
		return t.swap(pointer, parts)
	}
	at, err := strconv.Atoi(strings.TrimPrefix(pointer, "/Statement/"))
	if err != nil {
		return nil
	}
	patch := []Operation{{Op: "test", Path: pointer, Value: raw(t.at(pointer))}, {Op: "replace", Path: pointer, Value: raw(parts[0])}}
	for i, p := range parts[1:] {
		patch = append(patch, Operation{Op: "add", Path: "/Statement/" + strconv.Itoa(at+i+1), Value: raw(p)})
	}
	return t.edit(patch...)
}
