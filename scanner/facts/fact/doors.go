package fact

// OtherDoors are the services and identity providers that the role's trust policy
// lets in: ways to the bucket that no ExternalId closes. Unknown where the trust
// policy could not be read.
type OtherDoors struct {
	RoleARN string `json:"role_arn"` // the role that the export signs in with
	Doors   []Door `json:"doors"`    // each entry of each statement
}

// Door is one of them.
type Door struct {
	Principal string `json:"principal"` // service name, provider's ARN or name
	Kind      string `json:"kind"`      // service or federated
	// Expected says that expect.immutaPrincipals or expect.breakGlass names it.
	Expected bool   `json:"expected"`
	Missing  string `json:"missing"` // what lets in strangers, a clause; empty: nothing
	At       string `json:"at"`      // the statement
	Key      string `json:"key"`     // kind and principal, for the fingerprint
}
