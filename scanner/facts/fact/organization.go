package fact

// Organization is whether the writer's account belongs to the organization that the
// operator declared. Not applicable where none is declared, and where nobody reads
// Organizations, or another organization is read to which the account does not belong.
type Organization struct {
	Account  string `json:"account"`  // the writer's, twelve digits
	Declared string `json:"declared"` // expect.organization
	// Actual is the one that Organizations says that the account belongs to; empty: it
	// does not belong to the declared one, and no call tells to which.
	Actual  string `json:"actual"`
	Matches bool   `json:"matches"` // they are the same
}
