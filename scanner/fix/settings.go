package fix

import (
	"encoding/json"

	"github.com/trailguard/trailguard/scanner/document"
)

// enableVersioning leaves the deletion by MFA as it is.
func enableVersioning(c *Case) []Proposal {
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
func blockPublicAccess(c *Case) []Proposal {
	t, ok := open(c.Record, document.KindPublicAccessBlock, "", "")
	if !ok {
		return nil
	}
	return t.put(document.PublicAccessBlock{Configuration: &document.AccessBlock{
		BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true,
	}})
}

// enforceOwnership makes the bucket's owner the owner of every object.
func enforceOwnership(c *Case) []Proposal {
	t, ok := open(c.Record, document.KindOwnership, "", "")
	if !ok {
		return nil
	}
	return t.put(document.Ownership{Controls: &document.OwnershipControls{
		Rules: []document.OwnershipRule{{ObjectOwnership: document.OwnerEnforced}},
	}})
}

// ownerPays has the bucket's owner pay for requests, of everybody.
func ownerPays(c *Case) []Proposal {
	t, ok := open(c.Record, document.KindRequestPayment, "", "")
	if !ok {
		return nil
	}
	found := t.put(document.RequestPayment{Payer: "BucketOwner"})
	return granting(found) // S3 refused whoever did not offer to pay
}
