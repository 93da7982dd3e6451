package view

import (
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// How much text of parsed policies and of decoded documents is kept, in bytes: a
// fleet shares its documents, and memory must not grow with its size.
const (
	policyCacheSize   = 2 << 20
	documentCacheSize = 2 << 20
)

// kept is what was made of a text of a size.
type kept[T any] struct {
	value T
	size  int
}

// weigh is the bytes of text that a value counts for: small ones take more memory
// than their text.
func weigh[T any](k kept[T]) int { return k.size + 1024 }

// policyKey is what parsing a document depends on.
type policyKey struct {
	digest string
	kind   iam.Type
	name   string
}

// documentKey is a document that is no policy: the same text may be of several
// kinds.
type documentKey struct {
	digest string
	kind   document.Kind
}

// PolicyDocument is a parsed policy, or why it was refused, with what has been asked
// of it alone: many exports share their bucket, their key or their role. Each of its
// functions does its work once.
type PolicyDocument struct {
	Policy     *iam.Policy
	err        error
	Statements func() []iam.Statement
	Public     func() Publicity
	Unnamed    func() string   // an account that it does not name
	Digests    func() []string // of the statements

	mu       sync.Mutex
	answers  map[AnswerKey]answer
	accesses int // in the answers
}

func newDocument(text, name string, kind iam.Type) *PolicyDocument {
	d := &PolicyDocument{answers: map[AnswerKey]answer{}}
	d.Policy, d.err = iam.Parse([]byte(text), iam.ParseOptions{Name: name, Type: kind})
	if d.err != nil {
		return d
	}
	d.Statements = sync.OnceValue(d.Policy.Statements)
	d.Digests = sync.OnceValue(d.Policy.StatementDigests)
	d.Unnamed = sync.OnceValue(func() string { return iam.UnnamedAccount([]*iam.Policy{d.Policy}) })
	d.Public = sync.OnceValue(func() Publicity {
		public, reasons := iam.IsPublic(d.Policy)
		return Publicity{Public: public, Reasons: reasons}
	})
	return d
}

// parsed returns a policy document, parsed once for each distinct text.
func (r *Run) parsed(doc *scanner.Evidence, kind iam.Type, name string) *PolicyDocument {
	key := policyKey{digest: doc.Digest, kind: kind, name: name}
	if found, ok := r.policies.Get(key); ok {
		return found.value
	}
	fresh := newDocument(doc.Text, name, kind)
	r.policies.Put(key, kept[*PolicyDocument]{fresh, len(doc.Text)})
	return fresh
}

// Publicity is S3's public-policy test of a document.
type Publicity struct {
	Public  bool
	Reasons []iam.Reason
}
