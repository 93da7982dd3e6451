package fact

// ExternalIDAccepted is whether Immuta's principal, with the configuration's id,
// may assume the role: the caller that the status text names, else whom the
// operator expects, else anybody trusted. Unknown where the role is not known,
// its trust policy could not be read, or more than the id decides.
type ExternalIDAccepted struct {
	RoleARN         string   `json:"role_arn"`         // the role that the export signs in with
	ConfigurationID string   `json:"configuration_id"` // the id that Immuta sends
	Accepted        bool     `json:"accepted"`         // it may assume the role
	DemandedIDs     []string `json:"demanded_ids"`     // ids that the trust policy names and that would do, sorted
	Immuta          []string `json:"immuta"`           // accounts and ARNs from which Immuta calls; empty: nobody told
	// Trustees are what a statement for them names: a session's account.
	Trustees []string `json:"trustees"`
	// Cause is empty where it is accepted, else no_role, stale_id, denied,
	// condition, deleted_principal, own_account or not_trusted.
	Cause string `json:"cause"`
	// Instead is whom the policy trusts where Immuta should be: the ids of deleted
	// principals, or the role's own account.
	Instead []string `json:"instead"`
	Why     string   `json:"why"` // one clause, where it is not accepted
	At      string   `json:"at"`  // the statement nearest to a grant, or that denies
}

// ExternalIDBypass lists who outside the role's account may assume it without
// an ExternalId, or with one that no configuration of this run has. Unknown
// where the trust policy could not be read.
type ExternalIDBypass struct {
	RoleARN  string   `json:"role_arn"` // the role that the export signs in with
	Accesses []Access `json:"accesses"` // each with its statement
	// Declared are the ids that the policy names, no configuration has, and
	// expect.otherExternalIds lists: those of something else in Immuta.
	Declared []string `json:"declared"`
}

// Access is one principal's access, and how it comes by it.
type Access struct {
	Principal string `json:"principal"` // ARN, account, service or "anyone"
	Kind      string `json:"kind"`      // principal, account, any_account, anonymous, service, federated
	Action    string `json:"action"`    // one that it may use: sts:AssumeRole, s3:PutObject
	// How says in one clause under which circumstances: "without an ExternalId",
	// "with ExternalId \"old\"".
	How string `json:"how"`
	At  string `json:"at"`  // the deciding statement
	Key string `json:"key"` // the digest of that statement, for the fingerprint
}

// TrustedPrincipals is who the role's trust policy lets in by sts:AssumeRole.
// Unknown where the trust policy could not be read.
type TrustedPrincipals struct {
	RoleARN       string             `json:"role_arn"`       // the role that the export signs in with
	Account       string             `json:"account"`        // the role's
	Principals    []TrustedPrincipal `json:"principals"`     // each entry of each statement
	Expected      []string           `json:"expected"`       // accounts and ARNs, sorted
	Immuta        []string           `json:"immuta"`         // those of them from which Immuta calls
	ImmutaTrusted bool               `json:"immuta_trusted"` // one of those from which Immuta calls is trusted
}

// TrustedPrincipal is one of them.
type TrustedPrincipal struct {
	Principal string `json:"principal"` // ARN, account, or "*"
	Account   string `json:"account"`   // twelve digits, or empty
	Kind      string `json:"kind"`      // principal, account, any_account, anonymous or service
	Expected  bool   `json:"expected"`  // one of those that are expected
	At        string `json:"at"`        // the statement
	Key       string `json:"key"`       // kind and principal, for the fingerprint
}

// Writer is the principal that uploads. Not applicable where the destination is
// not S3. Unknown where neither Immuta nor the operator names it, or where it
// could not be read.
type Writer struct {
	ARN    string `json:"arn"`    // empty where it is not known
	Kind   string `json:"kind"`   // role or user
	Known  bool   `json:"known"`  // false: the rules about its access are unknown
	Source string `json:"source"` // who says so
	Exists bool   `json:"exists"` // the role or user is there
}

// WriterKey is whether the user whose access key the export uses has one that
// works. Not applicable where the export uses none. Unknown where the user is,
// or where its keys could not be read.
type WriterKey struct {
	User     string   `json:"user"`     // the user's ARN
	Active   []string `json:"active"`   // the ends of the keys' ids, sorted
	Inactive []string `json:"inactive"` // those of keys that cannot be used
	At       string   `json:"at"`       // the list of keys
}

// PutObject is whether the writer may upload to every key under the path.
// Unknown where the writer is, or where what could not be read could decide.
type PutObject struct {
	Writer  string   `json:"writer"`  // the writer's ARN
	Target  string   `json:"target"`  // arn:…:bucket/path/*
	Granted bool     `json:"granted"` // to every key under the path
	Denied  bool     `json:"denied"`  // by an explicit Deny
	Missing []string `json:"missing"` // what a grant lacks, a clause each
	At      string   `json:"at"`      // the statement nearest to a grant, or that denies
}

// ForeignAccess lists principals of other accounts with access under the path.
// Unknown where what could not be read could let somebody in.
type ForeignAccess struct {
	Bucket   string   `json:"bucket"`   // the name of the bucket
	Accesses []Access `json:"accesses"` // each with its statement
}
