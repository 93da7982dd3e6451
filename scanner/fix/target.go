package fix

import (
	"encoding/json"
	"strconv"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// target is a document that may be changed.
type target struct {
	kind           document.Kind
	resource, name string
	before         string // as evidence shows it
	value          map[string]any
}

// open finds a document in a record; false: it is a gap, or no JSON object. One that
// is certainly not there is empty.
func open(r *scanner.Record, kind document.Kind, resource, name string) (*target, bool) {
	e, ok := r.Find(kind, resource, name)
	if !ok {
		return nil, false
	}
	t := &target{kind: kind, resource: e.Resource, name: name}
	if e.Absent {
		return t, true
	}
	t.before = scanner.NewDisplay(e.Text).Text
	return t, json.Unmarshal([]byte(e.Text), &t.value) == nil && t.value != nil
}

// put proposes a whole new document.
func (t *target) put(value any) []Change {
	text := scanner.NewDisplay(document.Encode(value)).Text
	if text == t.before {
		return nil
	}
	patch := []Operation{{Op: "add", Value: raw(value)}}
	if t.before != "" {
		patch = []Operation{{Op: "test", Value: json.RawMessage(t.before)}, {Op: "replace", Value: raw(value)}}
	}
	return []Change{{Kind: t.kind, Resource: t.resource, Name: t.name, Before: t.before, Document: text, Patch: patch}}
}

// edit proposes a document with operations applied. Where they do not fit, or leave a
// policy without a statement, which AWS refuses, there is no proposal.
func (t *target) edit(patch ...Operation) []Change {
	text, err := json.Marshal(patch)
	if err != nil {
		return nil
	}
	decoded, err := jsonpatch.DecodePatch(text)
	if err != nil {
		return nil
	}
	options := jsonpatch.NewApplyOptions()
	options.EscapeHTML = false
	after, err := decoded.ApplyWithOptions([]byte(t.before), options)
	if err != nil {
		return nil
	}
	var policy struct{ Statement []json.RawMessage }
	if _, is := t.kind.Policy(); is && json.Unmarshal(after, &policy) == nil && len(policy.Statement) == 0 {
		return nil
	}
	return []Change{{
		Kind: t.kind, Resource: t.resource, Name: t.name, Before: t.before,
		Document: scanner.NewDisplay(string(after)).Text, Patch: patch, Warnings: t.shared(),
	}}
}

// swap proposes a document with one value replaced.
func (t *target) swap(pointer string, value any) []Change {
	return t.edit(
		Operation{Op: "test", Path: pointer, Value: raw(t.at(pointer))},
		Operation{Op: "replace", Path: pointer, Value: raw(value)},
	)
}

// shared warns of a policy that others may have, too.
func (t *target) shared() []string {
	if t.kind != document.KindIdentityPolicy || inline(t.name) != "" {
		return nil
	}
	return []string{"whoever else has this policy has it as it will be"}
}

// mask adds statements that deny to a policy; without any the policy stays as it is.
func mask(policy string, meant []statement) string {
	if len(meant) == 0 {
		return policy
	}
	var members map[string]json.RawMessage
	if policy == "" || json.Unmarshal([]byte(policy), &members) != nil {
		members = map[string]json.RawMessage{"Version": json.RawMessage(`"2012-10-17"`)}
	}
	var list []json.RawMessage
	if one := members["Statement"]; len(one) > 0 && json.Unmarshal(one, &list) != nil {
		list = []json.RawMessage{one} // one statement needs no list
	}
	for _, s := range meant {
		list = append(list, raw(s))
	}
	members["Statement"] = raw(list)
	return document.Encode(members)
}

// add proposes a policy with a statement more: a new policy where there was none.
func (t *target) add(statement any) []Change {
	if t.before == "" {
		return t.put(map[string]any{"Version": "2012-10-17", "Statement": []any{statement}})
	}
	var policy struct{ Statement json.RawMessage } // its members in their order
	if json.Unmarshal([]byte(t.before), &policy) != nil {
		return nil
	}
	test := Operation{Op: "test", Path: "/Statement", Value: policy.Statement}
	switch t.value["Statement"].(type) {
	case []any:
		return t.edit(test, Operation{Op: "add", Path: "/Statement/-", Value: raw(statement)})
	case map[string]any: // one statement needs no list
		return t.edit(test, Operation{Op: "replace", Path: "/Statement", Value: raw([]any{policy.Statement, statement})})
	}
	return nil
}

// at is the value at a pointer; nil: there is none.
func (t *target) at(pointer string) any {
	var value any = t.value
	for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		switch v := value.(type) {
		case map[string]any:
			value = v[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// bucketARN is the export's bucket; empty: it is not known.
func bucketARN(r *scanner.Record) string {
	if e, ok := r.Find(document.KindBucket, "", ""); ok {
		return e.Resource
	}
	return ""
}

// BucketAccount is whose the bucket is; empty: it is not known.
func BucketAccount(r *scanner.Record) string {
	var owner document.BucketOwner
	if e, ok := r.Find(document.KindBucketOwner, "", ""); !ok || json.Unmarshal([]byte(e.Text), &owner) != nil {
		return ""
	}
	return owner.Account
}

// writer is the role or user that uploads; empty: it is not known.
func writer(r *scanner.Record) string {
	for _, kind := range []document.Kind{document.KindRole, document.KindUser, document.KindIdentityPolicies} {
		if e, ok := r.Find(kind, "", ""); ok && !e.Absent {
			return e.Resource
		}
	}
	return ""
}

// BucketRegion is where the bucket is; empty: it is not known.
func BucketRegion(r *scanner.Record) string {
	var bucket document.Bucket
	if e, ok := r.Find(document.KindBucket, "", ""); !ok || json.Unmarshal([]byte(e.Text), &bucket) != nil {
		return ""
	}
	return bucket.Region
}
