package aws

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

type lifecycleDocument struct {
	Rules []lifecycleRule `json:"Rules"`
}

type lifecycleRule struct {
	ID                          string                `json:"ID,omitempty"`
	Prefix                      *string               `json:"Prefix,omitempty"` // of old rules
	Filter                      *lifecycleFilter      `json:"Filter,omitempty"`
	Status                      string                `json:"Status"`
	Expiration                  *lifecycleExpiration  `json:"Expiration,omitempty"`
	NoncurrentVersionExpiration *noncurrentExpiration `json:"NoncurrentVersionExpiration,omitempty"`
}

type lifecycleFilter struct {
	Prefix                *string       `json:"Prefix,omitempty"`
	Tag                   *lifecycleTag `json:"Tag,omitempty"`
	ObjectSizeGreaterThan *int64        `json:"ObjectSizeGreaterThan,omitempty"` // bytes
	ObjectSizeLessThan    *int64        `json:"ObjectSizeLessThan,omitempty"`    // bytes
	And                   *lifecycleAnd `json:"And,omitempty"`
}

type lifecycleAnd struct {
	Prefix                *string        `json:"Prefix,omitempty"`
	Tags                  []lifecycleTag `json:"Tags,omitempty"`
	ObjectSizeGreaterThan *int64         `json:"ObjectSizeGreaterThan,omitempty"`
	ObjectSizeLessThan    *int64         `json:"ObjectSizeLessThan,omitempty"`
}

type lifecycleTag struct {
	Key   string `json:"Key"`
	Value string `json:"Value"`
}

type lifecycleExpiration struct {
	Date                      *time.Time `json:"Date,omitempty"`
	Days                      int32      `json:"Days,omitempty"`
	ExpiredObjectDeleteMarker bool       `json:"ExpiredObjectDeleteMarker,omitempty"`
}

type noncurrentExpiration struct {
	NoncurrentDays          int32 `json:"NoncurrentDays,omitempty"`
	NewerNoncurrentVersions int32 `json:"NewerNoncurrentVersions,omitempty"`
}

// lifecycle leaves transitions out: they move objects and delete none.
func lifecycle(rules []types.LifecycleRule) lifecycleDocument {
	doc := lifecycleDocument{Rules: []lifecycleRule{}}
	for _, rule := range rules {
		out := lifecycleRule{
			ID: deref(rule.ID), Filter: filter(rule.Filter), Status: string(rule.Status),
			Prefix: rule.Prefix, //nolint:staticcheck // no longer written, and still in force where it was
		}
		if e := rule.Expiration; e != nil {
			out.Expiration = &lifecycleExpiration{utc(e.Date), deref(e.Days), deref(e.ExpiredObjectDeleteMarker)}
		}
		if n := rule.NoncurrentVersionExpiration; n != nil {
			out.NoncurrentVersionExpiration = &noncurrentExpiration{deref(n.NoncurrentDays), deref(n.NewerNoncurrentVersions)}
		}
		doc.Rules = append(doc.Rules, out)
	}
	return doc
}

func filter(f *types.LifecycleRuleFilter) *lifecycleFilter {
	if f == nil {
		return nil
	}
	out := &lifecycleFilter{
		Prefix: f.Prefix, ObjectSizeGreaterThan: f.ObjectSizeGreaterThan, ObjectSizeLessThan: f.ObjectSizeLessThan,
	}
	if f.Tag != nil {
		out.Tag = &lifecycleTag{deref(f.Tag.Key), deref(f.Tag.Value)}
	}
	if f.And != nil {
		out.And = &lifecycleAnd{
			Prefix: f.And.Prefix, ObjectSizeGreaterThan: f.And.ObjectSizeGreaterThan,
			ObjectSizeLessThan: f.And.ObjectSizeLessThan,
		}
		for _, tag := range f.And.Tags {
			out.And.Tags = append(out.And.Tags, lifecycleTag{deref(tag.Key), deref(tag.Value)})
		}
	}
	return out
}
