package facts

import (
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// How much text of parsed policies and of decoded settings is kept, in bytes, how
// many answers about each policy, and how many accesses in them: a fleet shares
// its documents, and memory must not grow with its size.
const (
	policyCacheSize   = 2 << 20
	documentCacheSize = 2 << 20
	answersKept       = 256
	accessesKept      = 4096
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

// document is a parsed policy, or why it was refused, with what has been asked
// of it alone: many exports share their bucket, their key or their role.
type policyDocument struct {
	policy     *iam.Policy
	err        error
	statements func() []iam.Statement // a view that is costly to make
	public     func() publicity
	unnamed    func() string   // an account that it does not name
	digests    func() []string // of the statements

	mu       sync.Mutex
	answers  map[answerKey]answer
	accesses int // in the answers
}

// answer is what a question about a document gave, and what that cost.
type answer struct {
	value any
	cost  iam.Effort
}

// publicity is S3's public-policy test of a document.
type publicity struct {
	public  bool
	reasons []iam.Reason
}

// answerKey is a question about a document that nothing else decides.
type answerKey struct {
	question, resource, owner, more string
	restrict                        bool
}

func newDocument(text, name string, kind iam.Type) *policyDocument {
	d := &policyDocument{answers: map[answerKey]answer{}}
	d.policy, d.err = iam.Parse([]byte(text), iam.ParseOptions{Name: name, Type: kind})
	if d.err != nil {
		return d
	}
	d.statements = sync.OnceValue(d.policy.Statements)
	d.digests = sync.OnceValue(d.policy.StatementDigests)
	d.unnamed = sync.OnceValue(func() string { return iam.UnnamedAccount([]*iam.Policy{d.policy}) })
	d.public = sync.OnceValue(func() publicity {
		public, reasons := iam.IsPublic(d.policy)
		return publicity{public: public, reasons: reasons}
	})
	return d
}

// remember answers a question about a document once. What it returns is
// shared and must not be changed. An answer that was given before adds as much
// to the effort as it did then, so that it matters to nobody who asked first.
func remember[T any](d *policyDocument, key answerKey, effort *iam.Effort, ask func(*iam.Effort) T) T {
	d.mu.Lock()
	known, ok := d.answers[key]
	d.mu.Unlock()
	if ok {
		if value, ok := known.value.(T); ok {
			*effort += known.cost
			return value
		}
	}
	var cost iam.Effort
	value := ask(&cost)
	*effort += cost
	accesses := 0
	if list, ok := any(value).([]iam.Access); ok {
		for i := range list {
			accesses += 1 + len(list[i].Reasons)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.answers) < answersKept && d.accesses+accesses <= accessesKept {
		d.answers[key] = answer{value, cost}
		d.accesses += accesses
	}
	return value
}

// parsed returns a policy document, parsed once for each distinct text.
func (r *run) parsed(doc *scanner.Evidence, kind iam.Type, name string) *policyDocument {
	key := policyKey{digest: doc.Digest, kind: kind, name: name}
	if found, ok := r.policies.Get(key); ok {
		return found.value
	}
	fresh := newDocument(doc.Text, name, kind)
	r.policies.Put(key, kept[*policyDocument]{fresh, len(doc.Text)})
	return fresh
}
