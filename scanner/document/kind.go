// Package document describes what evidence holds: the kinds of documents that a
// scan reads, and the JSON form of those that AWS gives. Whoever writes, reads or
// compares a document finds its description here. The package asks nobody,
// judges nothing and imports nothing of the other stages.
//
// A kind is one constant, one row and, unless its text is a policy, one type. The
// three stand together, in the file of their service.
package document

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
)

// Kind names what a piece of evidence, or the gap in its place, is about.
type Kind string

// Subject is the thing that a document describes.
type Subject int

// The subjects of documents.
const (
	SubjectTenant       Subject = iota + 1
	SubjectExport               // its configuration in Immuta
	SubjectBucket               // the export's destination
	SubjectAccount              // the bucket owner's
	SubjectWriter               // the role or user that uploads
	SubjectKey                  // the bucket's KMS key
	SubjectReader               // the credentials that a scan asks with
	SubjectTrail                // what of CloudTrail may log access to the bucket
	SubjectHistory              // who called what, as CloudTrail keeps it
	SubjectOrganization         // of the writer's account, the bucket owner's and the key's
)

// Aspect is what a change of a document changes.
type Aspect int

// The aspects of documents. Those of AspectNone are not compared.
const (
	AspectNone          Aspect = iota
	AspectConfiguration        // what Immuta says about the export
	AspectAccess               // who may do what
	AspectWriter               // the role or user itself
	AspectProtection           // how the trail is protected
)

// row is what is known of one kind.
type row struct {
	kind    Kind
	noun    string // what a person calls the document
	file    string // of the evidence, without its extension
	subject Subject
	aspect  Aspect
	// policy is the type of policy that the text is, or that the documents on
	// the list are; nil where it is neither.
	policy *iam.Type
	// volatile says that the text changes by itself, while nobody changes
	// anything.
	volatile bool
	// member is the only member that is compared, as the names of two nested
	// objects; empty: the whole text, but for members of the names in but.
	member [2]string
	but    []string
	// limit is what AWS stores of such a text at most: noLimit, or a number of
	// bytes. Where it differs for inline policies, theirs is in inline.
	limit, inline int
	// together is what AWS stores of all such texts of one subject; 0: it is not
	// bounded.
	together int
}

// rows is the table of kinds, by service.
func rows() []row {
	return slices.Concat(immutaRows(), s3Rows(), protectionRows(), cloudtrailRows(), iamRows(), kmsRows(), organizationsRows(), historyRows())
}

// table holds each kind's row.
var table = func() map[Kind]row {
	byKind := map[Kind]row{}
	for _, r := range rows() {
		byKind[r.kind] = r
	}
	return byKind
}()

// Kinds returns all kinds, by service.
func Kinds() []Kind {
	var kinds []Kind
	for _, r := range rows() {
		kinds = append(kinds, r.kind)
	}
	return kinds
}

// Noun is what a person calls a document of the kind, such as "bucket policy".
func (k Kind) Noun() string {
	if noun := table[k].noun; noun != "" {
		return noun
	}
	return strings.ReplaceAll(string(k), "_", " ")
}

// File is the name of the evidence's file, without its extension; empty where
// the kind is not known, and for configurations, whose ids name their files.
func (k Kind) File() string { return table[k].file }

// Subject is what documents of the kind describe.
func (k Kind) Subject() Subject { return table[k].subject }

// Aspect is what a change of such a document changes.
func (k Kind) Aspect() Aspect { return table[k].aspect }

// Volatile says that documents of the kind differ from run to run while nothing
// about the export does: what arrived last, when a key was used last.
func (k Kind) Volatile() bool { return table[k].volatile }

// Policy is the type of the policy that documents of the kind are.
func (k Kind) Policy() (iam.Type, bool) {
	if t := table[k].policy; t != nil {
		return *t, true
	}
	return 0, false
}

// OfIdentity says that the kind belongs to what a role or user may do by its own
// policies. These work together: a statement that moves from one to another
// changes nothing.
func (k Kind) OfIdentity() bool {
	t, ok := k.Policy()
	return ok && t == iam.IdentityPolicy
}

// Member is the one member of a document that is compared with its earlier
// value: the names of an object and of the member in it.
func (k Kind) Member() (object, name string, ok bool) {
	m := table[k].member
	return m[0], m[1], m[0] != ""
}

// Compared is the part of a document's text that is compared with an earlier
// one: what moves by itself is left out. A text that is no JSON stays as it is.
func (k Kind) Compared(text string) string {
	r := table[k]
	var value any
	if r.but == nil || json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	left, err := json.Marshal(without(value, r.but))
	if err != nil {
		return text
	}
	return string(left)
}

// without takes the members of some names out of a value.
func without(value any, names []string) any {
	switch v := value.(type) {
	case map[string]any:
		for member := range v {
			if slices.Contains(names, member) {
				delete(v, member)
				continue
			}
			v[member] = without(v[member], names)
		}
	case []any:
		for i := range v {
			v[i] = without(v[i], names)
		}
	}
	return value
}
