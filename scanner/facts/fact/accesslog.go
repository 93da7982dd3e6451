package fact

// AccessLog is whether somebody else than the bucket itself keeps who reads, writes
// and deletes the objects: S3 in another bucket, trails or event data stores.
// Unknown where what could not be read could do so.
type AccessLog struct {
	Bucket string   `json:"bucket"` // the name of the bucket
	Prefix string   `json:"prefix"` // the beginning of the keys
	Logged bool     `json:"logged"` // all of it
	By     []string `json:"by"`     // what logs it: s3://bucket/prefix, and ARNs
	// Declared are those of By that the operator declared and that nobody verified.
	Declared []string `json:"declared"`
	Itself   bool     `json:"itself"`  // S3 logs into the bucket itself
	Partial  []string `json:"partial"` // what logs some of it, or would if it were on: a clause each
}
