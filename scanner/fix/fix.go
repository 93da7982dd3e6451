// Package fix proposes changes of documents that may mend a finding, the smallest
// first. It proves nothing and knows no verdicts: whoever shows a proposal to a person
// has it judged first, over every export that any of its documents touches.
package fix

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// Case is a finding with what is known around it.
type Case struct {
	Finding *scanner.Finding
	Record  *scanner.Record // of the finding's export
	// Neighbours are the records of all exports that share a bucket, a writer or a key
	// with it, its own among them.
	Neighbours []*scanner.Record
	Settings   *scanner.Settings
	// Principals are what Immuta's own status texts name as the caller.
	Principals []string
}

// Operation is one of RFC 6902.
type Operation struct {
	Op    string          `json:"op"`
	Path  string          `json:"path"`
	Value json.RawMessage `json:"value,omitempty"`
}

// Change is one document as it might be.
type Change struct {
	Kind           document.Kind
	Resource, Name string
	// Before is the document as it is, indented as evidence shows it; empty: there
	// is none.
	Before   string
	Document string // the whole new text, indented alike
	// Patch makes one of the other. Its tests fail where the document is not the one
	// that was read.
	Patch []Operation
	// Lifts says that the setting refused requests whatever policies said of them, so
	// that nobody gains what no policy gives him.
	Lifts bool
	// Revives says that something works again, so that what did not apply to it does.
	Revives bool
	// Warnings are what whoever makes the change should know, a clause each.
	Warnings []string

	// meant are statements that deny what the change means to allow: what the export
	// needs, to its writer or to Immuta. Without any it means to allow nothing.
	meant []statement
	// spared are the Denies of the writer's own policies that deny less by it.
	spared []string
	// steps are the changes that this one is, made one on top of the other; none: it
	// is but one.
	steps []Change
}

// Masked are the policy before and after with what the change means to allow denied in
// both: whatever the second allows and the first does not is more than is meant.
func (ch *Change) Masked() (before, after string) {
	return mask(ch.Before, ch.meant), mask(ch.Document, ch.meant)
}

// documentName names a document among those of a record.
type documentName struct {
	kind           document.Kind
	resource, name string
}

func (n documentName) compare(o documentName) int {
	return cmp.Or(cmp.Compare(n.kind, o.kind), cmp.Compare(n.resource, o.resource), cmp.Compare(n.name, o.name))
}

func (ch *Change) of() documentName { return documentName{ch.Kind, ch.Resource, ch.Name} }

// is says whether two changes leave the same document behind.
func (ch *Change) is(o *Change) bool { return ch.of() == o.of() && ch.Document == o.Document }

// Proposal is what may mend a finding: a change of one document, or changes of several
// that do it together and not alone, in the order in which they are made.
type Proposal struct{ Changes []Change }

// Proposals are what may mend a finding, the smallest first: the fewest documents, then
// the fewest changed statements, and of as many the fewest characters.
func Proposals(c *Case) []Proposal {
	var found []Proposal
	for _, change := range c.sound(proposers()[c.Finding.RuleID]) {
		found = append(found, Proposal{[]Change{change}})
	}
	return smallestFirst(different(slices.Concat(found, c.together(), c.throughout())))
}

// different leaves out what is there already: there are several ways to the same.
func different(all []Proposal) []Proposal {
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(p Proposal) bool {
		var documents []string
		for i := range p.Changes {
			ch := &p.Changes[i]
			documents = append(documents, string(ch.Kind), ch.Resource, ch.Name, ch.Document)
		}
		key := strings.Join(documents, "\x00")
		there := seen[key]
		seen[key] = true
		return there
	})
}

// sound are the changes that are worth trying, each once.
func (c *Case) sound(proposers []func(*Case) []Change) []Change {
	var found []Change
	for _, propose := range proposers {
		for _, change := range propose(c) {
			if !slices.ContainsFunc(found, func(o Change) bool { return o.is(&change) }) {
				found = append(found, change)
			}
		}
	}
	return c.withoutLockouts(c.withinLimits(found))
}

// proposers say, by rule, what is worth trying. A rule that is not here has its cause
// elsewhere, and Cause says where.
func proposers() map[string][]func(*Case) []Change {
	shrink := []func(*Case) []Change{withoutPrincipal, onlyWriter, bindService, withoutElement, enforceOwnership}
	useKey := []func(*Case) []Change{
		allowKey, spareWriter, spareSeveral, then(spareSeveral, allowKey),
		allowKeyByIdentity, spareItself, then(spareItself, allowKeyByIdentity), enableKey,
	}
	return map[string][]func(*Case) []Change{
		"encrypted": {encryptByDefault},
		"external_id_equals_configuration_id": {
			demandExternalID, nameImmuta, allowImmuta, spareImmuta, then(spareImmuta, spareImmuta),
			then(spareImmuta, demandExternalID), then(spareImmuta, nameImmuta), then(spareImmuta, allowImmuta),
		},
		"external_id_required": append([]func(*Case) []Change{demandExternalID, nameImmuta}, shrink...),
		"key_decrypt_granted":  useKey,
		"key_durable":          {enableKey},
		"key_rotated":          {rotateKey},
		"key_usable":           useKey,
		"no_foreign_readers":   shrink,
		"no_foreign_writers":   shrink,
		"no_other_doors":       append([]func(*Case) []Change{nameImmuta}, shrink...),
		"no_silent_denial":     {ownerPays, spareWriter, spareSeveral},
		"not_public":           append([]func(*Case) []Change{blockPublicAccess}, shrink...),
		"objects_locked":       {retain, denyBypass},
		"owner_readable":       {enforceOwnership},
		"principal_expected":   append([]func(*Case) []Change{nameImmuta}, shrink...),
		"principals_exist":     append([]func(*Case) []Change{nameImmuta}, shrink...),
		"put_object_granted": {
			allowUpload, spareItself, then(spareItself, allowUpload),
			allowUploadByBucket, spareWriter, spareSeveral, then(spareSeveral, allowUploadByBucket),
		},
		"role_dedicated":         {withoutAction, withoutElement, onlyUpload},
		"tls_required":           {denyPlainHTTP},
		"versioned":              {enableVersioning},
		"writer_least_privilege": {withoutAction, withoutResource, withoutPrincipal, withoutElement, onlyUpload},
		"writers_confined":       {confineWriters},
	}
}

// Proposes says whether there is anything to try for a rule.
func Proposes(rule string) bool { return len(proposers()[rule]) > 0 }

func raw(value any) json.RawMessage { return json.RawMessage(document.Encode(value)) }
