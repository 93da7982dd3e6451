package resource

import (
	"encoding/json"

	"github.com/trailguard/trailguard/scanner/document"
)

// replicationRule is a rule as the provider has it. How fast objects are copied, in
// which storage class, and which others than new ones are: none of it is part of the
// document.
type replicationRule struct {
	ID          string   `json:"id"`
	Status      string   `json:"status"`
	Prefix      *string  `json:"prefix"`
	Filter      []filter `json:"filter"`
	Destination []struct {
		Bucket      string `json:"bucket"`
		Account     string `json:"account"`
		Translation []struct {
			Owner string `json:"owner"`
		} `json:"access_control_translation"`
		Encryption []struct {
			KeyID string `json:"replica_kms_key_id"`
		} `json:"encryption_configuration"`

		StorageClass json.RawMessage `json:"storage_class"`
		Metrics      json.RawMessage `json:"metrics"`
		Time         json.RawMessage `json:"replication_time"`
	} `json:"destination"`

	Priority json.RawMessage `json:"priority"`
	Markers  json.RawMessage `json:"delete_marker_replication"`
	Existing json.RawMessage `json:"existing_object_replication"`
	Source   json.RawMessage `json:"source_selection_criteria"`
}

// replication is nothing where a rule has what is not listed above: it may send copies
// elsewhere, too.
func replication(v Values) any {
	var rules []replicationRule
	if !v.of("rule").exactly(&rules) || len(rules) == 0 {
		return nil
	}
	all := document.ReplicationConfiguration{Role: v.text("role").text}
	for i := range rules {
		rule := &rules[i]
		if len(rule.Destination) != 1 {
			return nil
		}
		to := &rule.Destination[0]
		out := document.ReplicationRule{
			ID: rule.ID, Status: rule.Status, Destination: document.ReplicationDestination{Bucket: to.Bucket, Account: to.Account},
		}
		out.Prefix, out.Filter = applies(rule.Prefix, rule.Filter)
		for _, t := range to.Translation {
			out.Destination.Translation = &document.OwnerTranslation{Owner: t.Owner}
		}
		for _, e := range to.Encryption {
			out.Destination.Encryption = &document.ReplicaKey{KeyID: e.KeyID}
		}
		all.Rules = append(all.Rules, out)
	}
	return document.Replication{Configuration: &all}
}
