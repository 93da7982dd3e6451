package resource

import (
	"maps"
	"slices"

	"github.com/trailguard/trailguard/scanner/document"
)

// filter says which objects a rule of a bucket is about, as the provider has it.
type filter struct {
	Prefix  *string        `json:"prefix"`
	Tag     []document.Tag `json:"tag"`
	Greater *int64         `json:"object_size_greater_than"`
	Less    *int64         `json:"object_size_less_than"`
	And     []struct {
		Prefix  *string           `json:"prefix"`
		Tags    map[string]string `json:"tags"`
		Greater *int64            `json:"object_size_greater_than"`
		Less    *int64            `json:"object_size_less_than"`
	} `json:"and"`
}

// applies says which objects a rule is about: by a prefix of its own, as old rules do,
// or by a filter, which of everything is an empty one.
func applies(prefix *string, filters []filter) (*string, *document.Filter) {
	switch {
	case len(filters) > 0:
		return nil, filters[0].document()
	case prefix != nil && *prefix != "":
		return prefix, nil
	default:
		return nil, &document.Filter{}
	}
}

func (f *filter) document() *document.Filter {
	out := &document.Filter{Prefix: f.Prefix, ObjectSizeGreaterThan: f.Greater, ObjectSizeLessThan: f.Less}
	for i := range f.Tag {
		out.Tag = &f.Tag[i]
	}
	for _, and := range f.And {
		out.And = &document.And{Prefix: and.Prefix, ObjectSizeGreaterThan: and.Greater, ObjectSizeLessThan: and.Less}
		for _, key := range slices.Sorted(maps.Keys(and.Tags)) {
			out.And.Tags = append(out.And.Tags, document.Tag{Key: key, Value: and.Tags[key]})
		}
	}
	return out
}
