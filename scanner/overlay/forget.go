package overlay

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

// forget makes a gap of a document: what will be there is not known.
func (d *draft) forget(c *Change, p place) {
	if p.kind == document.KindIdentityPolicies {
		d.forgetWhere(c, func(q place) bool {
			return q.resource == p.resource && (q.kind == document.KindIdentityPolicies || q.kind == document.KindIdentityPolicy)
		})
		return
	}
	if p.kind == document.KindIdentityPolicy {
		d.list(p, true)
	}
	if _, there := d.record.Find(p.kind, p.resource, p.name); !there {
		d.gap(c.gap(p, d.closeGap(p)))
		return
	}
	d.forgetWhere(c, func(q place) bool { return q == p })
}

// forgetAll makes gaps of all documents of a resource, and of all policies that
// name a role or user: whoever is created anew under an old name is somebody else
// to AWS, and such a policy still means the one before.
func (d *draft) forgetAll(c *Change, resource string) {
	principal := strings.Contains(resource, ":role/") || strings.Contains(resource, ":user/")
	names := map[place]bool{}
	for i := range d.record.Evidence {
		e := &d.record.Evidence[i]
		if _, policy := e.Kind.Policy(); policy && principal && strings.Contains(e.Text, resource) {
			names[place{e.Kind, e.Resource, e.Name}] = true
		}
	}
	d.forgetWhere(c, func(p place) bool { return p.resource == resource || names[p] })
}

// forgetWhere makes gaps of some documents.
func (d *draft) forgetWhere(c *Change, which func(place) bool) {
	var kept []scanner.Evidence
	for i := range d.record.Evidence {
		e := &d.record.Evidence[i]
		p := place{e.Kind, e.Resource, e.Name}
		if !which(p) {
			kept = append(kept, *e)
			continue
		}
		d.gap(c.gap(p, e.Call))
		if p.kind == document.KindBucketPolicy {
			defer d.forgetStatus(p.resource)
		}
	}
	d.record.Evidence = kept
}

func (d *draft) gap(g scanner.Gap) {
	d.record.Gaps = append(d.record.Gaps, g)
	slices.SortStableFunc(d.record.Gaps, scanner.CompareGaps)
}

// gap is what stands in the place of a document that is not known.
func (c *Change) gap(p place, call string) scanner.Gap {
	return scanner.Gap{
		Kind: p.kind, Call: call, Resource: p.resource, Name: p.name, Reason: scanner.ReasonUndetermined,
		Detail: scanner.Said(c.Origin+": "+c.Why) + "; scan again after the change is made",
	}
}

// forgetStatus makes a gap of S3's own opinion on a policy that changes.
func (d *draft) forgetStatus(bucket string) {
	c := Change{Origin: "plan", Why: "S3 has said it of the policy that the plan replaces"}
	d.forgetWhere(&c, func(p place) bool { return p.kind == document.KindBucketPolicyStatus && p.resource == bucket })
}

// forgetKey makes gaps of what was read of the bucket's key, where the bucket will
// have another one, which nobody asked about.
func (d *draft) forgetKey(was *scanner.Record) {
	before, after := key(was), key(&d.record)
	if after == "" || after == before {
		return
	}
	c := Change{Origin: "plan", Why: "the bucket's default encryption will use " + after + ", which was not read"}
	d.forgetWhere(&c, func(p place) bool { return p.kind.Subject() == document.SubjectKey })
}

// key is the KMS key that a bucket's default encryption names; empty: none.
func key(r *scanner.Record) string {
	e, ok := r.Find(document.KindEncryption, "", "")
	var doc document.Encryption
	if !ok || json.Unmarshal([]byte(e.Text), &doc) != nil {
		return ""
	}
	deciding, _ := doc.Deciding()
	switch {
	case !deciding.KMS():
		return ""
	case deciding.KMSMasterKeyID == "":
		return "the key that AWS manages"
	}
	return deciding.KMSMasterKeyID
}
