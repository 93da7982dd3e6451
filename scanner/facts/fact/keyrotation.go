package fact

// KeyRotation is whether KMS makes new material for the customer key by itself. Not
// applicable without a customer key, nor where it is scheduled for deletion. Unknown
// where KMS did not tell.
type KeyRotation struct {
	Key        string `json:"key"`         // as the bucket names it
	Possible   bool   `json:"possible"`    // KMS can rotate such a key
	Why        string `json:"why"`         // why it cannot, one clause; empty: it can
	Enabled    bool   `json:"enabled"`     // it does
	PeriodDays int    `json:"period_days"` // how often, in days; 0: KMS did not tell, or it does not
}
