package scanner

import "time"

// BucketDocument is the text of KindBucket evidence.
type BucketDocument struct {
	Exists           bool   `json:"Exists"`
	Region           string `json:"Region,omitempty"`           // x-amz-bucket-region
	AccessPointAlias bool   `json:"AccessPointAlias,omitempty"` // x-amz-access-point-alias
}

// BucketOwnerDocument is the text of KindBucketOwner evidence.
type BucketOwnerDocument struct {
	Account string `json:"Account"` // twelve digits
}

// DeliveryDocument is the text of KindDelivery evidence: what a bounded
// listing under the export's path found.
type DeliveryDocument struct {
	Prefix   string          `json:"Prefix"`
	Objects  int             `json:"Objects"`  // seen in the pages that were read
	Complete bool            `json:"Complete"` // false: pages were used up first
	Newest   *DeliveryObject `json:"Newest,omitempty"`
}

// DeliveryObject is one object of a listing.
type DeliveryObject struct {
	Key          string    `json:"Key"`
	LastModified time.Time `json:"LastModified"`
	Size         int64     `json:"Size"` // bytes
}

// IdentityPoliciesDocument is the text of KindIdentityPolicies evidence: the
// names under which each policy of a role or user is found as
// KindIdentityPolicy evidence (Evidence.Name), sorted.
type IdentityPoliciesDocument struct {
	Policies []string `json:"Policies"`
	// Boundary is the ARN of the permissions boundary, found as KindBoundary
	// evidence; empty: none.
	Boundary string `json:"Boundary,omitempty"`
}
