package facts

// Versioning is whether the bucket keeps the versions that an upload or a deletion
// replaces. Unknown where S3 did not say, or says something that nobody knows.
type Versioning struct {
	Bucket  string `json:"bucket"`
	Status  string `json:"status"`  // Enabled, Suspended, or empty: never switched on
	Enabled bool   `json:"enabled"` // exactly "Enabled"
}

// ObjectLock is what keeps new objects from being deleted before their time.
// Unknown where S3 did not say, or where the bucket policy decides and could not
// be read.
type ObjectLock struct {
	Bucket       string `json:"bucket"`
	Enabled      bool   `json:"enabled"`
	Mode         string `json:"mode"`          // of the default retention: COMPLIANCE, GOVERNANCE, or empty: there is none
	Days         int    `json:"days"`          // of the default retention; a year is 365 days
	ExpectedDays int    `json:"expected_days"` // expect.retentionDays; 0: any
	// Bypass lists who may delete before the time in GOVERNANCE mode, apart from
	// expect.breakGlass, as far as the bucket policy denies it to nobody; empty in
	// other modes.
	Bypass []string `json:"bypass"`
}

// Retention is how early lifecycle rules end the life of objects under the
// export's path. Not applicable where the operator expects no retention. Unknown
// where S3 did not say what could decide.
type Retention struct {
	Bucket       string   `json:"bucket"`
	Prefix       string   `json:"prefix"`
	ExpectedDays int      `json:"expected_days"` // expect.retentionDays
	Expiries     []Expiry `json:"expiries"`      // those that come too early
}

// Expiry is one lifecycle rule that ends the life of objects.
type Expiry struct {
	Rule string `json:"rule"` // its ID
	Days int    `json:"days"` // after which an object is gone or hidden
	Date string `json:"date"` // RFC 3339, where the rule names a date; days are 0 then
	At   string `json:"at"`
	Key  string `json:"key"` // identifies the rule, for the fingerprint
}

// ObjectOwnership is whether the bucket's owner may read what the writer uploads.
// Unknown where the writer, the owner or the ownership controls are, or where the
// ACL that Immuta sends with its uploads decides.
type ObjectOwnership struct {
	Bucket        string `json:"bucket"`
	Setting       string `json:"setting"` // BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter
	Owner         string `json:"owner"`   // account of the bucket
	WriterAccount string `json:"writer_account"`
	Readable      bool   `json:"readable"`
	At            string `json:"at"`
}

// Owner is who answers for the export, as the operator declared it. Not applicable
// where no export has one: owners are not in use then.
type Owner struct {
	Name string `json:"name"` // empty: nobody
}

// Encryption is the bucket's default encryption. Unknown where S3 did not say.
type Encryption struct {
	Bucket      string `json:"bucket"`
	Configured  bool   `json:"configured"`
	Algorithm   string `json:"algorithm"` // AES256, aws:kms, aws:kms:dsse
	Key         string `json:"key"`       // as configured; empty for the AWS managed key
	CustomerKey bool   `json:"customer_key"`
	Expected    string `json:"expected"` // expect.encryption; empty: any
}

// KeyState is the customer key's own state. Not applicable without one. Unknown
// where the key could not be described.
type KeyState struct {
	Key     string `json:"key"`
	State   string `json:"state"`   // KMS's KeyState
	Enabled bool   `json:"enabled"` // the state lets it be used
	Unfit   string `json:"unfit"`   // the usage or spec with which S3 cannot encrypt; empty: it can
}

// KeyUse is whether the writer may encrypt with the bucket's key. Not applicable
// without a KMS key. Unknown where the writer is not known, or where what could
// not be read could decide.
type KeyUse struct {
	Key     string   `json:"key"`
	Writer  string   `json:"writer"`
	Granted bool     `json:"granted"`
	Denied  bool     `json:"denied"`
	Missing []string `json:"missing"`
	At      string   `json:"at"`
}
