package facts

import (
	"sync"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// How many parsed policies and decoded settings are kept, and how many answers
// about each policy: a fleet shares its documents, and memory must not grow
// with its size.
const (
	policyCacheSize  = 1024
	settingCacheSize = 1024
	answersKept      = 256
)

// policyKey is what parsing a document depends on.
type policyKey struct {
	digest string
	kind   iam.Type
	name   string
}

// settingKey is a document that is no policy: the same text may be of several
// kinds.
type settingKey struct {
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
	unnamed    func() string // an account that it does not name

	mu      sync.Mutex
	answers map[answerKey]any
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
	d := &policyDocument{answers: map[answerKey]any{}}
	d.policy, d.err = iam.Parse([]byte(text), iam.ParseOptions{Name: name, Type: kind})
	if d.err != nil {
		return d
	}
	d.statements = sync.OnceValue(d.policy.Statements)
	d.unnamed = sync.OnceValue(func() string { return iam.UnnamedAccount([]*iam.Policy{d.policy}) })
	d.public = sync.OnceValue(func() publicity {
		public, reasons := iam.IsPublic(d.policy)
		return publicity{public: public, reasons: reasons}
	})
	return d
}

// remember answers a question about a document once. What it returns is
// shared and must not be changed.
func remember[T any](d *policyDocument, key answerKey, ask func() T) T {
	d.mu.Lock()
	kept, ok := d.answers[key]
	d.mu.Unlock()
	if ok {
		if answer, ok := kept.(T); ok {
			return answer
		}
	}
	answer := ask()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.answers) < answersKept {
		d.answers[key] = answer
	}
	return answer
}

// parsed returns a policy document, parsed once for each distinct text.
func (d *Deriver) parsed(doc *scanner.Evidence, kind iam.Type, name string) *policyDocument {
	key := policyKey{digest: doc.Digest, kind: kind, name: name}
	if found, ok := d.policies.Get(key); ok {
		return found
	}
	fresh := newDocument(doc.Text, name, kind)
	d.policies.Put(key, fresh)
	return fresh
}
