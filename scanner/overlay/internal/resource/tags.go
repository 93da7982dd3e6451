package resource

import (
	"maps"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// TagsAdded are tags that come to those that are there, as a template has them, whose
// stack has others. Terraform has no such attribute.
const TagsAdded = "tags_added"

// tellsTags says that a resource tells its tags, also where it has none.
func tellsTags(v Values) bool {
	for _, name := range []string{"tags", "tags_all", TagsAdded} {
		if _, there := v.known[name]; there || v.of(name).state != absent {
			return true
		}
	}
	return false
}

// tagsOf are the tags that a resource will have, sorted by key: those of its own and
// of the provider, or those that come to others. Nil: which they are is not known.
func tagsOf(v Values) []document.Tag {
	all, own := v.of("tags_all"), v.of("tags")
	if added := v.of(TagsAdded); added.state != absent {
		all, own = added, attribute{}
	}
	if all.state == absent {
		all = own
	}
	values := map[string]string{}
	if all.state != absent && (all.state != known || own.state != absent && own.state != known || !all.into(&values)) {
		return nil
	}
	tags := []document.Tag{}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		tags = append(tags, document.Tag{Key: key, Value: values[key]})
	}
	return tags
}

// with are tags as a resource will have them, where it had others.
func with(v Values, tags, had []document.Tag) []document.Tag {
	if v.of(TagsAdded).state == absent || tags == nil || had == nil {
		return tags
	}
	kept := slices.DeleteFunc(slices.Clone(had), func(t document.Tag) bool {
		return slices.ContainsFunc(tags, func(added document.Tag) bool { return added.Key == t.Key })
	})
	all := slices.Concat(kept, tags)
	slices.SortFunc(all, func(a, b document.Tag) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// told is what tells tags apart.
func told(tags []document.Tag) string {
	if tags == nil {
		return "not known"
	}
	return document.Encode(tags)
}

// holderTags are the tags of a role or user, by which policies may go.
func holderTags(v Values, of target, kind document.Kind) []doc {
	if !tellsTags(v) {
		return nil
	}
	tags := tagsOf(v)
	d := doc{kind: kind, of: of, text: told(tags), tags: true}
	d.edit = editing("the "+kind.Noun()+" that is there cannot be read", func(p *document.Principal) (why string) {
		for _, detail := range []*document.PrincipalDetail{p.Role, p.User} {
			if detail != nil {
				detail.Tags = with(v, tags, detail.Tags)
			}
		}
		return ""
	})
	return []doc{d}
}

// bucketTags are the tags of a bucket, which count where policies can go by them.
func bucketTags(v Values, of target) []doc {
	if !tellsTags(v) {
		return nil
	}
	tags := tagsOf(v)
	d := doc{kind: document.KindBucketABAC, of: of, text: told(tags), tags: true}
	d.edit = editing("what is there of the bucket's tags cannot be read", func(b *document.BucketABAC) (why string) {
		switch {
		case b.Status != document.StatusEnabled:
		case tags == nil:
			return "its tags are known after apply"
		default:
			b.Tags = with(v, tags, b.Tags)
		}
		return ""
	})
	return []doc{d}
}
