package fact

// WritersConfined is whether the bucket policy denies writing and deleting under the
// path to everybody of the bucket's account but the writer and expect.breakGlass.
// Whoever comes from elsewhere needs a statement that lets them in, which is
// foreign_writers' matter. Unknown where the policy could not be read, or goes by
// what nobody can tell of a caller.
type WritersConfined struct {
	Bucket     string       `json:"bucket"`      // the name of the bucket
	Target     string       `json:"target"`      // arn:…:bucket/path/*
	Writer     string       `json:"writer"`      // its ARN; empty where it is not known
	BreakGlass []string     `json:"break_glass"` // that are declared
	Unconfined []Unconfined `json:"unconfined"`  // to whom it is denied neither
}

// Unconfined is one of them.
type Unconfined struct {
	Principal string `json:"principal"` // an ARN, or "every principal of account 1…"
	Actions   string `json:"actions"`   // "s3:PutObject and s3:DeleteObject"
	// Named says that the Deny spares it by name.
	Named bool   `json:"named"`
	Key   string `json:"key"` // the principal, for the fingerprint
}
