package view

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// Tags are the tags by which policies go, or the gap in their place.
type Tags struct {
	Digest string // of the document that tells them; empty: they are not known

	known map[string]string // by key
	keys  []string          // what their condition keys begin with
	open  bool              // a session may bring others
	gap   *scanner.Gap
}

// Put puts the tags into what is known of a request. Keys for tags that are not there
// are absent. Where the tags are not known, nothing changes.
func (t *Tags) Put(known map[string]string, absent []string) []string {
	if t.gap != nil || t.open {
		return absent
	}
	for _, prefix := range t.keys {
		for key, value := range t.known {
			known[prefix+key] = value
		}
	}
	return append(absent, t.keys...)
}

// Context is what is known of any request on what has the tags, with keys that are
// absent.
func (t *Tags) Context(c iam.Context) (known iam.Context, absent []string) {
	values := map[string]string{}
	absent = t.Put(values, nil)
	return c.WithEach(values), absent
}

// Gaps are the gap in the place of the tags, where one of some keys is that of a tag.
func (t *Tags) Gaps(needs []string) []scanner.Gap {
	if t.gap == nil {
		return nil
	}
	for _, key := range needs {
		if slices.ContainsFunc(t.keys, func(family string) bool { return keys.Under(family, key) }) {
			return []scanner.Gap{*t.gap}
		}
	}
	return nil
}

// fill takes over a list of tags. Two whose keys differ only in case are one to
// policies, and AWS does not say which.
func (t *Tags) fill(l Look, list []document.Tag) {
	t.known, t.Digest = map[string]string{}, l.Doc.Digest
	met := map[string]bool{}
	for _, tag := range list {
		folded := strings.ToLower(tag.Key)
		if met[folded] {
			gap := proof.Undetermined(l.Doc.Kind, l.Doc.Resource, "two tags have keys that differ only in case, and policies cannot tell them apart")
			t.gap = &gap
		}
		met[folded], t.known[tag.Key] = true, tag.Value
	}
}

// readBucketTags are the bucket's. Where access control by tags is off, policies see
// none.
func (v *View) readBucketTags() *Tags {
	t := &Tags{keys: []string{keys.ResourceTag, keys.BucketTag}}
	l := v.Look(document.KindBucketABAC)
	if !l.Read() {
		gap := v.GapOf(document.KindBucketABAC)
		t.gap = &gap
		return t
	}
	doc, gap := Decode(v.Run, l, (*document.BucketABAC).Valid)
	switch {
	case gap != nil:
		t.gap = gap
	case doc.Status == document.StatusEnabled:
		t.fill(l, doc.Tags)
	default:
		t.fill(l, nil)
	}
	return t
}

// readOwnTags are those of the writer as policies see them of a resource.
func (v *View) readOwnTags() *Tags {
	t := &Tags{keys: []string{keys.ResourceTag}}
	kind := v.Writer.document()
	record, ok := v.principalRecord()
	switch {
	case !ok:
		gap := v.GapOf(kind)
		t.gap = &gap
	case record.Tags == nil:
		gap := proof.Undetermined(kind, v.Writer.ARN, "its tags were not collected")
		t.gap = &gap
	default:
		t.fill(v.Look(kind), record.Tags)
	}
	return t
}

// readPrincipalTags are those of the writer as policies see them of a caller. Whoever
// may pass tags when it assumes the role may bring others.
func (v *View) readPrincipalTags() *Tags {
	t := *v.ResourceTags()
	t.keys = []string{keys.PrincipalTag}
	if t.gap != nil || v.Writer.Method != MethodRole {
		return &t
	}
	trust := v.Look(document.KindTrustPolicy)
	if !trust.Read() {
		gap := v.GapOf(document.KindTrustPolicy)
		t.gap = &gap
		return &t
	}
	policy := v.Parse(trust.Doc, iam.TrustPolicy, "trust policy")
	t.gap = policy.Gap
	t.open = t.gap == nil && policy.Policy.MayAllow("sts:TagSession")
	return &t
}

// BucketTags are the bucket's tags.
func (v *View) BucketTags() *Tags { return v.bucketTagsRead() }

// ResourceTags are the tags of the role or user that writes, for requests on it.
func (v *View) ResourceTags() *Tags { return v.ownTagsRead() }

// TagGaps are the gaps in the place of tags on which an answer about a request of the
// writer's depends.
func (v *View) TagGaps(kind keys.Kind, needs []string) []scanner.Gap {
	gaps := v.principalTagsRead().Gaps(needs)
	if kind != keys.RoleKeyUse && kind != keys.UserKeyUse {
		gaps = append(gaps, v.BucketTagGaps(needs)...)
	}
	return gaps
}

// BucketTagGaps are the gap in the place of the bucket's tags, where an answer depends
// on them.
func (v *View) BucketTagGaps(needs []string) []scanner.Gap {
	return v.BucketTags().Gaps(needs)
}

// isOfBucket says that a resource is the bucket, or is in it.
func (v *View) isOfBucket(resource string) bool {
	return v.BucketARN != "" && (resource == v.BucketARN || strings.HasPrefix(resource, v.BucketARN+"/"))
}
