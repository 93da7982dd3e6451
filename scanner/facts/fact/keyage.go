package fact

// KeyAge is how old the active access keys are of the user whose key the export
// uses. Not applicable where the export uses none, or none is active. Unknown where
// the keys could not be read, or not how old they are.
type KeyAge struct {
	User    string      `json:"user"`     // the user's ARN
	MaxDays int         `json:"max_days"` // expect.accessKeyMaxAgeDays, 90 unless set
	Active  []AccessKey `json:"active"`   // those that can be used
	// BothSince is since when two keys are active, where that is more than the week
	// of a rotation; else empty.
	BothSince string `json:"both_since"`
	At        string `json:"at"` // of the younger of these two
}

// AccessKey is an active key.
type AccessKey struct {
	ID      string `json:"id"`      // its end
	Created string `json:"created"` // RFC 3339, UTC
	Days    int    `json:"days"`    // old, rounded down
	Stale   bool   `json:"stale"`   // as old as the limit, or older
	At      string `json:"at"`      // the key in the list
	Key     string `json:"key"`     // the end of its id, for the fingerprint
}
