package view

import (
	"github.com/trailguard/trailguard/scanner/iam"
)

// How many answers about each policy are kept, and how many accesses in them.
const (
	answersKept  = 256
	accessesKept = 4096
)

// answer is what a question about a document gave, and what that cost.
type answer struct {
	value any
	cost  iam.Effort
}

// AnswerKey is a question about a document, with everything beside the document that
// its answer depends on.
type AnswerKey struct {
	Question        string // what is asked, in a word of the asker's
	Resource, Owner string
	More            string
	Restrict        bool // RestrictPublicBuckets is on
}

// Remember answers a question about a document once. What it returns is
// shared and must not be changed. An answer that was given before adds as much
// to the effort as it did then, so that it matters to nobody who asked first.
func Remember[T any](d *PolicyDocument, key AnswerKey, effort *iam.Effort, ask func(*iam.Effort) T) T {
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
