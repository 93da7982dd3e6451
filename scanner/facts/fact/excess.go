package fact

// WriterExcess is what the writer may do that uploads do not need. Not applicable
// where the writer does not exist. Unknown where it is not known, or where what
// could not be read could decide.
type WriterExcess struct {
	Writer string   `json:"writer"` // the writer's ARN
	Bucket string   `json:"bucket"` // the name of the bucket
	Excess []Excess `json:"excess"` // each kind of it
}

// Excess is one kind.
type Excess struct {
	Kind string `json:"kind"` // objects, reading, bucket or elsewhere
	// Actions are the first of them in words: "s3:DeleteObject and s3:GetObject and 3 more".
	Actions  string `json:"actions"`
	Resource string `json:"resource"` // arn:…:bucket/path/*, the bucket, or a pattern of other buckets
	At       string `json:"at"`       // a statement that allows it
}
