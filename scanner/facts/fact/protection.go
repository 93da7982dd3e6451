package fact

// Versioning is whether the bucket keeps the versions that an upload or a deletion
// replaces. Unknown where S3 did not say, or says something that nobody knows.
type Versioning struct {
	Bucket  string `json:"bucket"`  // the name of the bucket
	Status  string `json:"status"`  // Enabled, Suspended, or empty: never switched on
	Enabled bool   `json:"enabled"` // exactly "Enabled"
}

// ObjectLock is what keeps new objects from being deleted before their time.
// Unknown where S3 did not say, or where the bucket policy decides and could not
// be read.
type ObjectLock struct {
	Bucket       string `json:"bucket"`        // the name of the bucket
	Enabled      bool   `json:"enabled"`       // Object Lock is switched on
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
	Bucket       string   `json:"bucket"`        // the name of the bucket
	Prefix       string   `json:"prefix"`        // the beginning of the export's keys
	ExpectedDays int      `json:"expected_days"` // expect.retentionDays
	Expiries     []Expiry `json:"expiries"`      // those that come too early
}

// Expiry is one lifecycle rule that ends the life of objects.
type Expiry struct {
	Rule string `json:"rule"` // its ID
	Days int    `json:"days"` // after which an object is gone or hidden
	Date string `json:"date"` // RFC 3339, where the rule names a date; days are 0 then
	At   string `json:"at"`   // the rule
	Key  string `json:"key"`  // identifies the rule, for the fingerprint
}

// ObjectOwnership is whether the bucket's owner may read what the writer uploads.
// Unknown where the writer, the owner or the ownership controls are, or where the
// ACL that Immuta sends with its uploads decides.
type ObjectOwnership struct {
	Bucket        string `json:"bucket"`         // the name of the bucket
	Setting       string `json:"setting"`        // BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter
	Owner         string `json:"owner"`          // account of the bucket
	WriterAccount string `json:"writer_account"` // account of the role or user
	Readable      bool   `json:"readable"`       // the owner may read
	At            string `json:"at"`             // the setting
}

// Owner is who answers for the export, as the operator declared it. Not applicable
// where no export has one: owners are not in use then.
type Owner struct {
	Name string `json:"name"` // empty: nobody
}

// Encryption is the bucket's default encryption. Unknown where S3 did not say.
type Encryption struct {
	Bucket      string `json:"bucket"`       // the name of the bucket
	Configured  bool   `json:"configured"`   // S3 has a default
	Algorithm   string `json:"algorithm"`    // AES256, aws:kms, aws:kms:dsse
	Key         string `json:"key"`          // as configured; empty for the AWS managed key
	CustomerKey bool   `json:"customer_key"` // a KMS key other than the AWS managed one
	Expected    string `json:"expected"`     // expect.encryption; empty: any
	// RefusesCustomerKeys says that S3 refuses uploads with a key of whoever uploads
	// (SSE-C). Immuta's bring none.
	RefusesCustomerKeys bool `json:"refuses_customer_keys"`
}

// KeyState is the customer key's own state. Not applicable without one. Unknown
// where the key could not be described.
type KeyState struct {
	Key     string `json:"key"`     // the key's ARN
	State   string `json:"state"`   // KMS's KeyState
	Enabled bool   `json:"enabled"` // the state lets it be used
	Unfit   string `json:"unfit"`   // the usage or spec with which S3 cannot encrypt; empty: it can
}

// KeyUse is whether the writer may use the bucket's key: to encrypt, or to decrypt
// what it uploaded. Not applicable without a KMS key. Unknown where the writer is not known, or where what could
// not be read could decide.
type KeyUse struct {
	Key     string   `json:"key"`     // as the bucket names it
	Writer  string   `json:"writer"`  // the writer's ARN
	Granted bool     `json:"granted"` // by all policies together
	Denied  bool     `json:"denied"`  // by an explicit Deny
	Missing []string `json:"missing"` // what a grant lacks, a clause each
	At      string   `json:"at"`      // the statement nearest to a grant, or that denies
}
