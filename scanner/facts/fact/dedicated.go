package fact

// RoleUse is what the role of the export may do that no export of Immuta's to S3
// needs, the access summary's included: it serves something else too. Not applicable
// where the export uses no role, or one that does not exist. Unknown where the role
// is, or where policies that could not be read may allow more.
type RoleUse struct {
	RoleARN string `json:"role_arn"` // the role that the export signs in with
	Others  []Duty `json:"others"`   // each service
}

// Duty is what the role may do with one service.
type Duty struct {
	Service string `json:"service"` // its prefix in actions; "*": all
	Actions string `json:"actions"` // the first as policies write them: "glue:Get* and glue:Search*"
	At      string `json:"at"`      // a statement that allows it
	Key     string `json:"key"`     // the service, for the fingerprint
}
