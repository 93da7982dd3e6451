package fact

// DeletedPrincipals are the users and roles that are gone and that the policies
// of the role, the bucket and its key still name as principals. Unknown where one
// of these policies could not be read, and the others name none.
type DeletedPrincipals struct {
	Principals []DeletedPrincipal `json:"principals"` // each in each statement
}

// DeletedPrincipal is one of them, in one statement.
type DeletedPrincipal struct {
	ID       string `json:"id"`       // AIDA… or AROA…
	Policy   string `json:"policy"`   // "bucket policy"
	Resource string `json:"resource"` // the policy's
	Does     string `json:"does"`     // what the entry does now, a clause
	At       string `json:"at"`       // the entry
	Key      string `json:"key"`      // the id, for the fingerprint
}
