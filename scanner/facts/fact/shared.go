package fact

// Destination is where the export writes, and which other enabled exports of the
// run, of whatever tenant, write there too. Not applicable where the export is
// disabled. Unknown where it is not known of all of them where they write.
type Destination struct {
	Place  string        `json:"place"`  // the bucket and path, or the container, that the export writes to
	Others []OtherExport `json:"others"` // the first ten
	More   int           `json:"more"`   // how many are left out
}

// OtherExport is one of them.
type OtherExport struct {
	Tenant string `json:"tenant"` // whose export it is
	ID     string `json:"id"`     // its configuration's id in Immuta
	Place  string `json:"place"`  // what it writes to
}
