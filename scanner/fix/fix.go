// Package fix proposes changes of documents that may mend a finding, the smallest
// first. It proves nothing and knows no verdicts: whoever shows a proposal to a person
// has it judged first, over every export that the document touches.
package fix

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	jsonpatch "github.com/evanphx/json-patch/v5"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Case is a finding with what is known around it.
type Case struct {
	Finding *scanner.Finding
	Record  *scanner.Record // of the finding's export
	// Neighbours are the records of all exports that share a document with it, its
	// own among them.
	Neighbours []*scanner.Record
	Settings   *scanner.Settings
}

// Operation is one of RFC 6902.
type Operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
}

// Proposal is one document as it might be.
type Proposal struct {
	Kind           document.Kind
	Resource, Name string
	// Before is the document as it is, indented as evidence shows it; empty: there
	// is none.
	Before   string
	Document string // the whole new text, indented alike
	// Patch makes one of the other. Its tests fail where the document is not the one
	// that was read.
	Patch []Operation
	// Grants says that the change may allow something: what the export needs, to its
	// writer or to Immuta, and nothing else.
	Grants bool
}

// Proposals are changes that may mend a finding, those of the fewest operations
// first.
func Proposals(c *Case) []Proposal {
	var found []Proposal
	for _, propose := range proposers()[c.Finding.RuleID] {
		found = append(found, propose(c)...)
	}
	slices.SortStableFunc(found, func(a, b Proposal) int {
		return cmp.Or(cmp.Compare(len(a.Patch), len(b.Patch)), cmp.Compare(difference(&a), difference(&b)))
	})
	return found
}

// difference is how many characters a proposal adds or takes away.
func difference(p *Proposal) int {
	return max(len(p.Document)-len(p.Before), len(p.Before)-len(p.Document))
}

// proposers say, by rule, what is worth trying. A rule that is not here has its cause
// in Immuta, or in more than one document.
func proposers() map[string][]func(*Case) []Proposal {
	shrink := []func(*Case) []Proposal{withoutPrincipal, withoutElement}
	return map[string][]func(*Case) []Proposal{
		"tls_required":                        {denyPlainHTTP},
		"writers_confined":                    {confineWriters},
		"put_object_granted":                  {allowUpload, allowUploadByBucket},
		"no_silent_denial":                    {ownerPays},
		"key_usable":                          {allowKey},
		"versioned":                           {enableVersioning},
		"not_public":                          {withoutElement, blockPublicAccess},
		"owner_readable":                      {enforceOwnership},
		"external_id_required":                {demandExternalID, nameImmuta},
		"external_id_equals_configuration_id": {demandExternalID, nameImmuta},
		"no_foreign_readers":                  shrink,
		"no_foreign_writers":                  shrink,
		"no_other_doors":                      shrink,
		"principals_exist":                    shrink,
		"principal_expected":                  append([]func(*Case) []Proposal{nameImmuta}, shrink...),
		"role_dedicated":                      {withoutElement},
		"writer_least_privilege":              {withoutAction, withoutElement},
	}
}

// Proposes says whether there is anything to try for a rule.
func Proposes(rule string) bool { return len(proposers()[rule]) > 0 }

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
func (t *target) put(value any) []Proposal {
	text := scanner.NewDisplay(document.Encode(value)).Text
	if text == t.before {
		return nil
	}
	patch := []Operation{{Op: "add", Value: raw(value)}}
	if t.before != "" {
		patch = []Operation{{Op: "test", Value: json.RawMessage(t.before)}, {Op: "replace", Value: raw(value)}}
	}
	return []Proposal{{Kind: t.kind, Resource: t.resource, Name: t.name, Before: t.before, Document: text, Patch: patch}}
}

// edit proposes a document with operations applied. Where they do not fit, or leave a
// policy without a statement, which AWS refuses, there is no proposal.
func (t *target) edit(patch ...Operation) []Proposal {
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
	if json.Unmarshal(after, &policy) == nil && len(policy.Statement) == 0 {
		return nil
	}
	return []Proposal{{
		Kind: t.kind, Resource: t.resource, Name: t.name, Before: t.before,
		Document: scanner.NewDisplay(string(after)).Text, Patch: patch,
	}}
}

// add proposes a policy with a statement more: a new policy where there was none.
func (t *target) add(statement any) []Proposal {
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

// granting are proposals that may allow what the export needs.
func granting(proposals []Proposal) []Proposal {
	for i := range proposals {
		proposals[i].Grants = true
	}
	return proposals
}

func raw(value any) json.RawMessage { return json.RawMessage(document.Encode(value)) }

// bucketARN is the export's bucket; empty: it is not known.
func bucketARN(r *scanner.Record) string {
	if e, ok := r.Find(document.KindBucket, "", ""); ok {
		return e.Resource
	}
	return ""
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
