package overlay

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// replace puts a change's text in the place of a document or a gap. A text that
// is there already changes nothing.
func (o *Overlay) replace(r *scanner.Record, c *Change, resource string) error {
	old, there := r.Find(c.Kind, resource, c.Name)
	if there && !old.Absent && same(old.Text, c.Text) {
		return nil
	}
	if there && old.Absent && c.Kind != document.KindBucketPolicy {
		return newResource(c, resource)
	}
	if c.Kind == document.KindIdentityPolicy {
		if err := list(r, c, resource); err != nil {
			return err
		}
	}
	if there {
		old.Text, old.Digest, old.Absent = c.Text, scanner.Digest(c.Text), false
	} else {
		o.add(r, c, resource)
	}
	if c.Kind == document.KindBucketPolicy {
		forgetStatus(r, resource)
	}
	return nil
}

func newResource(c *Change, resource string) error {
	return fmt.Errorf("%s: there was no %s when the snapshot was collected, and a plan cannot make one: create it and collect again", c.Origin, resource)
}

// add puts a document where there was a gap, or nothing.
func (o *Overlay) add(r *scanner.Record, c *Change, resource string) {
	call := "iam:GetRolePolicy"
	if strings.Contains(resource, ":user/") {
		call = "iam:GetUserPolicy"
	}
	if gap, ok := r.FindGap(c.Kind, resource, c.Name); ok {
		call = gap.Call
	}
	r.Evidence = append(r.Evidence, scanner.NewEvidence(c.Kind, call, resource, c.Name, c.Text, o.at))
	slices.SortStableFunc(r.Evidence, scanner.CompareEvidence)
	r.Gaps = slices.DeleteFunc(r.Gaps, func(g scanner.Gap) bool {
		return g.Kind == c.Kind && g.Resource == resource && g.Name == c.Name
	})
}

// list adds a new policy to the list of those that a role or user has. Where the
// list is a gap, it stays one: nobody knows what else is on it.
func list(r *scanner.Record, c *Change, resource string) error {
	e, ok := r.Find(document.KindIdentityPolicies, resource, "")
	if !ok {
		return nil
	}
	if e.Absent {
		return newResource(c, resource)
	}
	var has document.IdentityPolicies
	if err := json.Unmarshal([]byte(e.Text), &has); err != nil || !has.Valid() || slices.Contains(has.Policies, c.Name) {
		return nil //nolint:nilerr // a list that nobody can read stays one
	}
	has.Policies = append(has.Policies, c.Name)
	slices.Sort(has.Policies)
	text, err := json.Marshal(has)
	if err != nil {
		return fmt.Errorf("%s: list the policies of %s: %w", c.Origin, resource, err)
	}
	e.Text, e.Digest = string(text), scanner.Digest(string(text))
	return nil
}

// forgetStatus makes a gap of S3's own opinion on a policy that is replaced.
func forgetStatus(r *scanner.Record, bucket string) {
	e, ok := r.Find(document.KindBucketPolicyStatus, bucket, "")
	if !ok {
		return
	}
	gap := scanner.Gap{
		Kind: e.Kind, Call: e.Call, Resource: e.Resource, Reason: scanner.ReasonUndetermined,
		Detail: "S3 has said it of the policy that the plan replaces; scan again after the change is made",
	}
	r.Evidence = slices.DeleteFunc(r.Evidence, func(e scanner.Evidence) bool {
		return e.Kind == gap.Kind && e.Resource == bucket
	})
	r.Gaps = append(r.Gaps, gap)
	slices.SortStableFunc(r.Gaps, scanner.CompareGaps)
}
