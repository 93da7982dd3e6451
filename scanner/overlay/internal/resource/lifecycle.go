package resource

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// lifecycleRule is a rule as the provider has it. Transitions move objects, and what is
// aborted was never one: neither is part of the document.
type lifecycleRule struct {
	ID         string            `json:"id"`
	Status     string            `json:"status"`
	Prefix     *string           `json:"prefix"`
	Filter     []lifecycleFilter `json:"filter"`
	Expiration []struct {
		Date                      *time.Time `json:"date"`
		Days                      int32      `json:"days"`
		ExpiredObjectDeleteMarker bool       `json:"expired_object_delete_marker"`
	} `json:"expiration"`
	Noncurrent []struct {
		NoncurrentDays          int32 `json:"noncurrent_days"`
		NewerNoncurrentVersions int32 `json:"newer_noncurrent_versions"`
	} `json:"noncurrent_version_expiration"`

	Transition           json.RawMessage `json:"transition"`
	NoncurrentTransition json.RawMessage `json:"noncurrent_version_transition"`
	Abort                json.RawMessage `json:"abort_incomplete_multipart_upload"`
}

type lifecycleFilter struct {
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

// lifecycle is nothing where a rule has what is not listed above: it may delete, too.
func lifecycle(v Values) any {
	text, err := json.Marshal(v.of("rule").value)
	if err != nil {
		return nil
	}
	var rules []lifecycleRule
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if strict.Decode(&rules) != nil || len(rules) == 0 {
		return nil
	}
	all := document.Lifecycle{}
	for i := range rules {
		rule := &rules[i]
		out := document.LifecycleRule{ID: rule.ID, Status: rule.Status, Filter: rule.filter()}
		if rule.Prefix != nil && *rule.Prefix != "" && out.Filter == nil {
			out.Prefix = rule.Prefix
		}
		if out.Prefix == nil && out.Filter == nil {
			out.Filter = &document.Filter{} // everything
		}
		for _, e := range rule.Expiration {
			out.Expiration = &document.Expiration{Date: e.Date, Days: e.Days, ExpiredObjectDeleteMarker: e.ExpiredObjectDeleteMarker}
		}
		for _, e := range rule.Noncurrent {
			out.NoncurrentVersionExpiration = &document.NoncurrentExpiration{NoncurrentDays: e.NoncurrentDays, NewerNoncurrentVersions: e.NewerNoncurrentVersions}
		}
		all.Rules = append(all.Rules, out)
	}
	return all
}

func (r *lifecycleRule) filter() *document.Filter {
	if len(r.Filter) == 0 {
		return nil
	}
	f := &r.Filter[0]
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
