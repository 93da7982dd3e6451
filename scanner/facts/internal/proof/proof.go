package proof

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/iam"
)

// MaxEffort bounds the questions that are asked for one fact. It is many times what
// one of them may cost. A fact that has used it up rests on what was found so far.
const MaxEffort = 64 << 20

// List gathers the reasons of a fact, each once: a policy gives the same for
// every action and for everybody whom it lets in.
type List struct {
	Reasons []scanner.Reason
	More    int // statements that answers left out
	said    map[said]bool
}

// said tells reasons apart.
type said struct{ at, policy, note string }

// Add adds a reason, unless it was given before.
func (l *List) Add(r scanner.Reason) {
	key := said{r.At, r.Policy, r.Note}
	if l.said[key] {
		return
	}
	if l.said == nil {
		l.said = map[said]bool{}
	}
	l.said[key] = true
	l.Reasons = append(l.Reasons, r)
}

// AddAccess adds the statements by which somebody gets in. Refs are the documents by
// the names of their policies, as in Of.
func (l *List) AddAccess(refs map[string]string, a *iam.Access) {
	for _, r := range Of(refs, a.Reasons) {
		l.Add(r)
	}
	l.More = max(l.More, a.More)
}

// Of turns an answer's statements into reasons. Refs are the documents by the names
// of their policies. A stand-in has none, and its statements are left out.
func Of(refs map[string]string, lists ...[]iam.Reason) []scanner.Reason {
	n := 0
	for _, list := range lists {
		n += len(list)
	}
	out := make([]scanner.Reason, 0, n)
	for _, list := range lists {
		for i := range list {
			r := &list[i]
			ref, ok := refs[r.Policy]
			if !ok {
				continue
			}
			out = append(out, scanner.Reason{
				At: scanner.At(ref, r.Pointer), Policy: r.Policy, Sid: r.Sid, Index: r.Index, Effect: r.Effect, Note: r.Note,
			})
		}
	}
	return out
}

// FirstAt is the place of the first reason, else of a fallback.
func FirstAt(reasons []scanner.Reason, fallback string) string {
	for i := range reasons {
		if reasons[i].At != "" {
			return reasons[i].At
		}
	}
	return fallback
}

// Evidence lists the documents that reasons point into, in their order, and
// then the others that an answer rests on.
func Evidence(reasons []scanner.Reason, others ...string) []string {
	out := make([]string, 0, len(reasons)+len(others))
	seen := make(map[string]bool, len(reasons)+len(others))
	add := func(ref string) {
		if ref != "" && !seen[ref] {
			seen[ref] = true
			out = append(out, ref)
		}
	}
	for i := range reasons {
		ref, _, _ := strings.Cut(reasons[i].At, "#/")
		add(strings.TrimSuffix(ref, "#"))
	}
	for _, ref := range others {
		add(ref)
	}
	return out
}
