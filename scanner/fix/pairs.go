package fix

import "github.com/trailguard/trailguard/scanner/document"

// pair is what may be changed in two documents of which neither mends a finding alone:
// a policy of the writer, and one of the bucket or key. Where these belong to two
// accounts both have to allow.
type pair struct{ own, other []func(*Case) []Change }

func pairOf(rule string) pair {
	switch rule {
	case "put_object_granted":
		return pair{own: []func(*Case) []Change{allowUpload}, other: []func(*Case) []Change{allowUploadByBucket, spareWriter}}
	case "key_usable", "key_decrypt_granted":
		return pair{own: []func(*Case) []Change{allowKeyByIdentity}, other: []func(*Case) []Change{allowKey, spareWriter}}
	default:
		return pair{}
	}
}

// pairs are proposals of two documents. Every change in them allows something to the
// writer, or denies it less, so that they harm nothing in whatever order they are made,
// and none if the second is never made: until then the request is refused as it was, and
// no request that was let through is refused. The writer's own policy comes first: it is
// the one that nobody of another account has to agree to.
func (c *Case) pairs() []Proposal {
	documents := pairOf(c.Finding.RuleID)
	own, other := smallestOfEach(c.sound(documents.own)), c.sound(documents.other)
	var found []Proposal
	for i := range own {
		for j := range other {
			found = append(found, Proposal{[]Change{own[i], other[j]}})
		}
	}
	return found
}

// smallestOfEach keeps the smallest of those that mean the same: a writer's policies add
// up, so that it makes no difference which of them allows.
func smallestOfEach(changes []Change) []Change {
	all := make([]Proposal, len(changes))
	for i := range changes {
		all[i].Changes = changes[i : i+1]
	}
	var kept []Change
	seen := map[string]bool{}
	for _, p := range smallestFirst(all) {
		change := p.Changes[0]
		if meant := document.Encode(change.meant); !seen[meant] {
			seen[meant] = true
			kept = append(kept, change)
		}
	}
	return kept
}
