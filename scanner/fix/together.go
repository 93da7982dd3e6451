package fix

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// documentsOf are what may be changed in several documents of which none mends a finding
// of a rule alone, a document each. Where writer and bucket, or writer and key, belong to
// two accounts both have to allow, and a key has to work as well. The writer's own policy
// comes before the other's: it is the one that nobody of another account has to agree to.
func documentsOf(rule string) [][]func(*Case) []Change {
	switch rule {
	case "put_object_granted":
		return [][]func(*Case) []Change{
			{allowUpload, spareItself, then(spareItself, allowUpload)},
			{allowUploadByBucket, spareWriter, spareSeveral, then(spareSeveral, allowUploadByBucket)},
		}
	case "key_usable", "key_decrypt_granted":
		return [][]func(*Case) []Change{
			{enableKey},
			{allowKeyByIdentity, spareItself, then(spareItself, allowKeyByIdentity)},
			{allowKey, spareWriter, spareSeveral, then(spareSeveral, allowKey)},
		}
	case "objects_locked":
		return [][]func(*Case) []Change{{retain}, {denyBypass}}
	default:
		return nil
	}
}

// TakesSeveral says whether a rule's findings may take changes of several documents, of
// which the writer's, the bucket's or the key's policy is one.
func TakesSeveral(rule string) bool { return len(documentsOf(rule)) > 0 }

// together are proposals of several documents. Every change in them allows something to
// the writer, denies it less, or protects more, so that they harm nothing in whatever
// order they are made, and none if the others are never made: until then the request is
// refused as it was, and no request that was let through is refused.
func (c *Case) together() []Proposal {
	found := []Proposal{{}}
	for _, proposers := range documentsOf(c.Finding.RuleID) {
		changes := c.smallestOfEach(c.sound(proposers))
		for _, p := range found {
			for _, change := range changes {
				found = append(found, Proposal{append(slices.Clip(p.Changes), change)})
			}
		}
	}
	return slices.DeleteFunc(found, func(p Proposal) bool { return len(p.Changes) < 2 })
}

// smallestOfEach keeps the smallest of those that mean the same in the writer's own
// policies: these add up, so that it makes no difference which of them allows.
func (c *Case) smallestOfEach(changes []Change) []Change {
	all := make([]Proposal, len(changes))
	for i := range changes {
		all[i].Changes = changes[i : i+1]
	}
	var kept []Change
	seen := map[string]bool{}
	for _, p := range smallestFirst(all) {
		change := p.Changes[0]
		alike := document.Encode(change.meant) + strings.Join(change.spared, " ")
		if change.Kind == document.KindIdentityPolicy && seen[alike] {
			continue
		}
		seen[alike] = true
		kept = append(kept, change)
	}
	return kept
}
