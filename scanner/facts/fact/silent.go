package fact

// SilentDenial is what S3 refuses Immuta's uploads for although the policies seem
// to grant them. Not applicable where the writer may not upload whatever it sends.
// Unknown where that is, or where what decides is not known.
type SilentDenial struct {
	Bucket   string    `json:"bucket"`   // the name of the bucket
	Writer   string    `json:"writer"`   // the writer's ARN
	Target   string    `json:"target"`   // arn:…:bucket/path/*
	Refusals []Refusal `json:"refusals"` // each cause
}

// Refusal is one cause.
type Refusal struct {
	// Cause is requester_pays, acl, acl_demanded, deny or permission.
	Cause  string `json:"cause"`
	Action string `json:"action"` // that S3 wants allowed besides, of the cause permission
	What   string `json:"what"`   // a clause
	At     string `json:"at"`     // the statement or setting
	Key    string `json:"key"`    // tells the causes apart, for the fingerprint
}
