package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// pair identifies a comparison of two documents of one place.
type pair struct {
	unit
	before, after string // digests
	account       string
}

// documentChange is the difference of two documents. It does not depend on the
// export.
type documentChange struct {
	effect  scanner.Effect
	pointer string
	message string
	witness *scanner.Witness
	diff    []string
}

// policy compares two policy documents of one place by their meaning.
func (c *comparison) policy(u unit, before, after *scanner.Evidence) []scanner.Change {
	if before.Absent == after.Absent && before.Digest == after.Digest {
		return nil
	}
	p := pair{u, before.Digest, after.Digest, c.account(u)}
	found, ok := c.index.compared[p]
	if !ok {
		found = comparePolicies(u, documentText(before), documentText(after), p.account)
		c.index.compared[p] = found
	}
	return c.report(u, c.withWriter(u, found, before, after), documentDigest(before), documentDigest(after))
}

// report turns a comparison into a change, unless it is equivalent and those
// were not asked for.
func (c *comparison) report(u unit, d documentChange, before, after string) []scanner.Change {
	if d.effect == scanner.EffectEquivalent && !c.index.options.Equivalent {
		return nil
	}
	return []scanner.Change{{
		Kind: u.kind, Resource: u.resource, Name: u.name, Pointer: d.pointer, Before: before, After: after,
		Effect: d.effect, Message: d.message, Witness: d.witness, Diff: slices.Clone(d.diff),
	}}
}

func documentText(e *scanner.Evidence) string {
	if e.Absent {
		return ""
	}
	return e.Text
}

func documentDigest(e *scanner.Evidence) string {
	if e.Absent {
		return ""
	}
	return e.Digest
}

// comparePolicies compares two texts; an empty one stands for no policy.
func comparePolicies(u unit, before, after, account string) documentChange {
	var d documentChange
	was, is := policyTexts(before, after)
	d.diff = difference(was, is)
	b, err := parsePolicy(u, before)
	if err != nil {
		return d.unreadable(u, "for the baseline", err)
	}
	a, err := parsePolicy(u, after)
	if err != nil {
		return d.unreadable(u, "now", err)
	}
	d.pointer = firstChange(b, a)
	grammar, _ := u.kind.Policy()
	found := iam.ComparePolicies(b, a, iam.CompareOptions{Type: grammar, Account: account, Resource: resourceOf(u)})
	found.Widened, found.Narrowed = told(found.Widened, u, account, before, after), told(found.Narrowed, u, account, before, after)
	d.judge(title(u), found)
	switch {
	case before == "" && d.effect != scanner.EffectEquivalent:
		d.message = "there was none before: " + d.message
	case after == "" && d.effect != scanner.EffectEquivalent:
		d.message = "it was removed: " + d.message
	}
	d.message = title(u) + ": " + d.message
	return d
}

func (d documentChange) unreadable(u unit, when string, err error) documentChange {
	d.effect = scanner.EffectIncomparable
	d.message = fmt.Sprintf("the %s changed and cannot be compared: what was read %s is no policy: %v", title(u), when, err)
	return d
}

func parsePolicy(u unit, text string) (*iam.Policy, error) {
	if text == "" {
		return nil, nil // no document, and nothing wrong with that
	}
	grammar, _ := u.kind.Policy()
	return iam.Parse([]byte(text), iam.ParseOptions{Name: u.kind.Noun(), Type: grammar})
}

// judge puts a comparison into words.
func (d *documentChange) judge(what string, cmp iam.Comparison) {
	gained, lost := requestText(cmp.Widened), requestText(cmp.Narrowed)
	d.witness = witness(cmp.Widened)
	if d.witness == nil {
		d.witness = witness(cmp.Narrowed)
	}
	switch cmp.Change {
	case iam.Equivalent:
		d.effect, d.message = scanner.EffectEquivalent, "rewritten, and it means the same"
	case iam.Widened:
		d.effect, d.message = scanner.EffectWidened, "allowed now and not before: "+gained
	case iam.Narrowed:
		d.effect, d.message = scanner.EffectNarrowed, "allowed before and no longer: "+lost
	case iam.Mixed:
		d.effect = scanner.EffectMixed
		var clauses []string
		if gained != "" {
			clauses = append(clauses, "allowed now and not before: "+gained)
		}
		if lost != "" {
			clauses = append(clauses, "allowed before and no longer: "+lost)
		}
		if cmp.Capped {
			clauses = append(clauses, "too many cases to try them all, so that more may have changed")
		}
		d.message = strings.Join(clauses, "; ")
	default:
		d.effect, d.message = scanner.EffectIncomparable, fmt.Sprintf("the comparison of %s gave %q", what, cmp.Change)
	}
}

func witness(w *iam.Witness) *scanner.Witness {
	if w == nil {
		return nil
	}
	return &scanner.Witness{Principal: w.Principal, Action: w.Action, Resource: w.Resource, Context: w.Context}
}

// requestText writes a request for a person.
func requestText(w *iam.Witness) string {
	if w == nil {
		return ""
	}
	text := fmt.Sprintf("%s by %s on %s", w.Action, w.Principal, w.Resource)
	if len(w.Context) == 0 {
		return text
	}
	var keys []string
	for key, values := range w.Context {
		keys = append(keys, key+"="+strings.Join(values, ","))
	}
	slices.Sort(keys) // a map has no order
	return text + " with " + strings.Join(keys, ", ")
}

// firstChange points at the first statement of the later policy that the
// earlier one lacks; where there is none, at the beginning of the document.
func firstChange(before, after *iam.Policy) string {
	if after == nil {
		return ""
	}
	known := map[string]bool{}
	if before != nil {
		for _, digest := range before.StatementDigests() {
			known[digest] = true
		}
	}
	digests := after.StatementDigests()
	for _, s := range after.Statements() {
		if !known[digests[s.Index]] {
			return s.Pointer
		}
	}
	return ""
}

// resourceOf returns the resource that a policy is attached to, where the
// comparison needs it.
func resourceOf(u unit) string {
	if _, control := controlFamily(u.kind); control || u.kind.OfIdentity() {
		return ""
	}
	return u.resource
}

// account returns the account that owns the policy's resource; empty where that is
// not known.
func (c *comparison) account(u unit) string {
	if u.kind != document.KindBucketPolicy {
		return iam.AccountOf(u.resource)
	}
	for _, record := range []*scanner.Record{c.after, c.before} {
		if e, ok := record.Find(document.KindBucketOwner, u.resource, ""); ok {
			if account := ownerAccount(e.Text); account != "" {
				return account
			}
		}
	}
	return ""
}
