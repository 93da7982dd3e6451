package fix

import (
	"encoding/json"

	"github.com/trailguard/trailguard/scanner/document"
)

// enableVersioning leaves the deletion by MFA as it is.
func enableVersioning(c *Case) []Change {
	t, ok := open(c.Record, document.KindVersioning, "", "")
	if !ok {
		return nil
	}
	var now document.Versioning
	if t.before != "" && json.Unmarshal([]byte(t.before), &now) != nil {
		return nil
	}
	now.Status = document.StatusEnabled
	return t.put(now)
}

// blockPublicAccess switches all four on, of the bucket alone: an account's other
// buckets are nobody's business here.
func blockPublicAccess(c *Case) []Change {
	t, ok := open(c.Record, document.KindPublicAccessBlock, "", "")
	if !ok {
		return nil
	}
	return t.put(document.PublicAccessBlock{Configuration: &document.AccessBlock{
		BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true,
	}})
}

// enforceOwnership makes the bucket's owner the owner of every object.
func enforceOwnership(c *Case) []Change {
	t, ok := open(c.Record, document.KindOwnership, "", "")
	if !ok {
		return nil
	}
	return t.put(document.Ownership{Controls: &document.OwnershipControls{
		Rules: []document.OwnershipRule{{ObjectOwnership: document.OwnerEnforced}},
	}})
}

// ownerPays has the bucket's owner pay for requests, of everybody.
func ownerPays(c *Case) []Change {
	t, ok := open(c.Record, document.KindRequestPayment, "", "")
	if !ok {
		return nil
	}
	found := t.put(document.RequestPayment{Payer: "BucketOwner"})
	for i := range found {
		found[i].Lifts = true // S3 refused whoever did not offer to pay
	}
	return found
}

// encryptByDefault has S3 encrypt with its own keys where nothing is set. Which key of
// a customer's it should be nobody says here.
func encryptByDefault(c *Case) []Change {
	t, ok := open(c.Record, document.KindEncryption, "", "")
	if !ok || t.before != "" {
		return nil // what is set may hold more than evidence has
	}
	return t.put(document.Encryption{Configuration: &document.EncryptionConfiguration{
		Rules: []document.EncryptionRule{{Default: &document.EncryptionDefault{SSEAlgorithm: "AES256"}}},
	}})
}

// retain sets the retention that is expected, in a bucket whose Object Lock is on.
func retain(c *Case) []Change {
	t, ok := open(c.Record, document.KindObjectLock, "", "")
	days := c.Settings.Expect[c.Finding.Tenant].RetentionDays
	var now document.ObjectLock
	if !ok || t.before == "" || json.Unmarshal([]byte(t.before), &now) != nil || days == 0 ||
		now.Configuration.Enabled != document.StatusEnabled || now.Retention().InDays() >= days {
		return nil
	}
	modes := []string{document.LockGovernance, document.LockCompliance}
	if set := now.Retention().Mode; set != "" {
		modes = []string{set}
	}
	var found []Change
	for _, mode := range modes {
		now.Configuration.Rule = &document.ObjectLockRule{DefaultRetention: document.Retention{Mode: mode, Days: int32(min(days, 36500))}}
		for _, p := range t.put(now) {
			if mode == document.LockCompliance {
				p.Warnings = append(p.Warnings, "nobody can shorten it for an object that has arrived, the root user neither")
			}
			found = append(found, p)
		}
	}
	return found
}

// enableKey has a key work again that was disabled, or that is to be deleted.
func enableKey(c *Case) []Change {
	t, ok := open(c.Record, document.KindKey, "", "")
	var now document.Key
	if !ok || t.before == "" || json.Unmarshal([]byte(t.before), &now) != nil || !now.Valid() || !now.Metadata.Revivable() {
		return nil
	}
	state := now.Metadata.KeyState
	now.Metadata.Revive()
	found := t.put(now)
	for i := range found {
		found[i].Revives = true
		found[i].Warnings = append(found[i].Warnings, "find out first who made it "+state+", and why, and scan again afterwards")
	}
	return found
}

// rotateKey has KMS make new material for the key, as often as it does by default.
func rotateKey(c *Case) []Change {
	t, ok := open(c.Record, document.KindKeyRotation, "", "")
	if !ok || t.before == "" {
		return nil
	}
	return t.put(document.KeyRotation{Enabled: new(true)})
}
