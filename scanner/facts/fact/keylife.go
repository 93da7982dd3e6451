package fact

// KeyLife is what ends the customer key, and with it the reading of what it
// encrypted. Not applicable without one. Unknown where the key could not be
// described, or where KMS did not tell whether its material expires.
type KeyLife struct {
	Key       string `json:"key"`       // as the bucket names it
	State     string `json:"state"`     // KMS's KeyState
	Scheduled bool   `json:"scheduled"` // for deletion
	Deletion  string `json:"deletion"`  // RFC 3339, UTC: when KMS deletes it; empty where that is not told
	Empty     bool   `json:"empty"`     // its material is yet to be imported, or to be imported again
	Expires   string `json:"expires"`   // RFC 3339, UTC: when imported material expires; empty where none does
	Days      int    `json:"days"`      // until it expires, rounded down; 0 on the last day and after it
	Expired   bool   `json:"expired"`   // that moment has passed
}
