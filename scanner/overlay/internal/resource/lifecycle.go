package resource

import (
	"encoding/json"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// lifecycleRule is a rule as the provider has it. Transitions move objects, and what is
// aborted was never one: neither is part of the document.
type lifecycleRule struct {
	ID         string   `json:"id"`
	Status     string   `json:"status"`
	Prefix     *string  `json:"prefix"`
	Filter     []filter `json:"filter"`
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

// lifecycle is nothing where a rule has what is not listed above: it may delete, too.
func lifecycle(v Values) any {
	var rules []lifecycleRule
	if !v.of("rule").exactly(&rules) || len(rules) == 0 {
		return nil
	}
	all := document.Lifecycle{}
	for i := range rules {
		rule := &rules[i]
		out := document.LifecycleRule{ID: rule.ID, Status: rule.Status}
		out.Prefix, out.Filter = applies(rule.Prefix, rule.Filter)
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
