package scanner

import (
	"encoding/json"
	"time"
)

// Settings are what the operator declared, as far as judging depends on it.
// They are part of the snapshot's header, so that a replay judges in the same
// way.
type Settings struct {
	// Expect holds each tenant's expectations by the tenant's name.
	Expect map[string]Expect `json:"expect"`
	// Exports holds what Immuta's API does not say, by configuration id.
	Exports map[string]ExportHint `json:"exports"`
	// Rules holds the parameters of rules by id, a JSON object each.
	Rules map[string]json.RawMessage `json:"rules,omitempty"`
}

// Expect is what the operator expects of every export of a tenant. A zero field
// expects nothing, unless its comment names a default.
type Expect struct {
	ImmutaAccounts      []string      `json:"immutaAccounts,omitempty"`   // twelve digits each
	ImmutaPrincipals    []string      `json:"immutaPrincipals,omitempty"` // ARNs
	MaxInterval         string        `json:"maxInterval,omitempty"`      // Immuta's literal
	DeliveryGrace       time.Duration `json:"deliveryGrace,omitempty"`    // 24 h unless set
	ContinuityDays      int           `json:"continuityDays,omitempty"`   // 35 unless set
	MayBeIdle           bool          `json:"mayBeIdle,omitempty"`        // nothing may happen for longer than that
	Regions             []string      `json:"regions,omitempty"`
	BucketAccounts      []string      `json:"bucketAccounts,omitempty"` // twelve digits each
	Encryption          string        `json:"encryption,omitempty"`     // AES256 or aws:kms
	RetentionDays       int           `json:"retentionDays,omitempty"`
	AccessKeyMaxAgeDays int           `json:"accessKeyMaxAgeDays,omitempty"` // 90 unless set
	BreakGlass          []string      `json:"breakGlass,omitempty"`          // ARNs
	Readers             []string      `json:"readers,omitempty"`             // ARNs and accounts of twelve digits
	// DataEvents are the ARNs of event data stores that record who accesses the
	// objects but that no run reads: those of an organization, or of other
	// regions.
	DataEvents []string `json:"dataEvents,omitempty"`
	// Organization is the id of the organization of the operator's own
	// accounts, "o-…".
	Organization string `json:"organization,omitempty"`
	// Requests declares the values of condition keys in Immuta's uploads, where
	// nothing else determines them. AssumeRequests does so for its requests to
	// assume the role. A key without values is one that the requests never
	// have.
	Requests       map[string][]string `json:"requests,omitempty"`
	AssumeRequests map[string][]string `json:"assumeRequests,omitempty"`
	// OtherExternalIDs are ids that no export configuration has and that Immuta
	// sends to the same roles all the same.
	OtherExternalIDs []OtherExternalID `json:"otherExternalIds,omitempty"`
	// UploadChecksums declares that Immuta's uploads carry a checksum.
	UploadChecksums bool `json:"uploadChecksums,omitempty"`
}

// OtherExternalID is the id of something else in Immuta that uses the role of an
// export, such as that of an access summary export.
type OtherExternalID struct {
	ID     string `json:"id"`
	Reason string `json:"reason"` // whose it is
}

// Continuity returns over how many days an export must have delivered without a
// hole.
func (e Expect) Continuity() int {
	if e.ContinuityDays > 0 {
		return e.ContinuityDays
	}
	return 35
}

// ExportHint is what the operator declares about one export.
type ExportHint struct {
	RoleARN       string `json:"roleArn,omitempty"`
	UserARN       string `json:"userArn,omitempty"`
	BucketAccount string `json:"bucketAccount,omitempty"`
	Owner         string `json:"owner,omitempty"`
	SASExpires    string `json:"sasExpires,omitempty"` // YYYY-MM-DD
}
