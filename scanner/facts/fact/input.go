package fact

import (
	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/facts/internal/documents"
)

// Input is what a rule sees as `input`: the subject, what the operator
// expects of it, and the facts.
type Input struct {
	Tenant TenantInfo `json:"tenant"`
	// Export is absent for rules about a tenant.
	Export *ExportInfo `json:"export,omitempty"`
	Facts  Facts       `json:"facts"`
	// Documents are the subject's documents as they were read, by kind: those that a
	// rule reads.
	Documents map[string][]documents.Document `json:"documents,omitempty"`
	// Settings are the rule's own parameters, from ruleSettings. They differ from
	// rule to rule, so that none are here.
	Settings map[string]any `json:"settings,omitempty"`
}

// Subject is what rules are evaluated over, about a tenant or one of its exports.
func (in *Input) Subject(t *scanner.Tenant, statuses map[string]scanner.FactStatus) *scanner.Subject {
	in.Tenant = TenantInfo{Name: t.Name, URL: t.URL}
	s := &scanner.Subject{Tenant: t.Name, Input: in, Facts: statuses}
	if in.Export != nil {
		s.ExportID = in.Export.ID
	}
	return s
}

// TenantInfo identifies the tenant.
type TenantInfo struct {
	Name string `json:"name"` // as the configuration names it
	URL  string `json:"url"`  // of the Immuta instance
}

// ExportInfo identifies the export.
type ExportInfo struct {
	ID    string `json:"id"`    // the configuration's id in Immuta
	Owner string `json:"owner"` // as declared; empty when nobody did
}

// Facts are all facts, by the names in their tags. A subject carries those of its
// scope: a tenant's where the tag says so, else an export's.
type Facts struct {
	Connection         *Of[Connection]         `json:"connection,omitempty"`
	Enabled            *Of[Enabled]            `json:"enabled,omitempty"`
	Interval           *Of[Interval]           `json:"interval,omitempty"`
	Endpoint           *Of[Endpoint]           `json:"endpoint,omitempty"`
	Authentication     *Of[Authentication]     `json:"authentication,omitempty"`
	Delivery           *Of[Delivery]           `json:"delivery,omitempty"`
	Continuity         *Of[Continuity]         `json:"continuity,omitempty"`
	ExternalIDAccepted *Of[ExternalIDAccepted] `json:"external_id_accepted,omitempty"`
	ExternalIDBypass   *Of[ExternalIDBypass]   `json:"external_id_bypass,omitempty"`
	TrustedPrincipals  *Of[TrustedPrincipals]  `json:"trusted_principals,omitempty"`
	OtherDoors         *Of[OtherDoors]         `json:"other_doors,omitempty"`
	DeletedPrincipals  *Of[DeletedPrincipals]  `json:"deleted_principals,omitempty"`
	Writer             *Of[Writer]             `json:"writer,omitempty"`
	Organization       *Of[Organization]       `json:"organization,omitempty"`
	WriterKey          *Of[WriterKey]          `json:"writer_key,omitempty"`
	KeyAge             *Of[KeyAge]             `json:"key_age,omitempty"`
	PutObject          *Of[PutObject]          `json:"put_object,omitempty"`
	WriterExcess       *Of[WriterExcess]       `json:"writer_excess,omitempty"`
	ForeignWriters     *Of[ForeignAccess]      `json:"foreign_writers,omitempty"`
	ForeignReaders     *Of[ForeignAccess]      `json:"foreign_readers,omitempty"`
	Bucket             *Of[Bucket]             `json:"bucket,omitempty"`
	BucketOwner        *Of[BucketOwner]        `json:"bucket_owner,omitempty"`
	BucketRegion       *Of[BucketRegion]       `json:"bucket_region,omitempty"`
	PublicAccess       *Of[PublicAccess]       `json:"public_access,omitempty"`
	TLS                *Of[TLS]                `json:"tls,omitempty"`
	Encryption         *Of[Encryption]         `json:"encryption,omitempty"`
	KeyState           *Of[KeyState]           `json:"key_state,omitempty"`
	KeyLife            *Of[KeyLife]            `json:"key_life,omitempty"`
	KeyRotation        *Of[KeyRotation]        `json:"key_rotation,omitempty"`
	KeyUse             *Of[KeyUse]             `json:"key_use,omitempty"`
	KeyDecrypt         *Of[KeyUse]             `json:"key_decrypt,omitempty"`
	Versioning         *Of[Versioning]         `json:"versioning,omitempty"`
	ObjectLock         *Of[ObjectLock]         `json:"object_lock,omitempty"`
	Retention          *Of[Retention]          `json:"retention,omitempty"`
	ObjectOwnership    *Of[ObjectOwnership]    `json:"object_ownership,omitempty"`
	SilentDenial       *Of[SilentDenial]       `json:"silent_denial,omitempty"`
	AccessLog          *Of[AccessLog]          `json:"access_log,omitempty"`
	WritersConfined    *Of[WritersConfined]    `json:"writers_confined,omitempty"`
	RoleUse            *Of[RoleUse]            `json:"role_use,omitempty"`
	Owner              *Of[Owner]              `json:"owner,omitempty"`
	Destination        *Of[Destination]        `json:"destination,omitempty"`
	SASToken           *Of[SASToken]           `json:"sas_token,omitempty"`

	TenantExports  *Of[TenantExports] `json:"tenant_exports,omitempty" scope:"tenant"`
	RemovedExports *Of[Drift]         `json:"removed_exports,omitempty" scope:"tenant"` // exports of the baseline that are gone

	ConfigurationDrift *Of[Drift] `json:"configuration_drift,omitempty"` // the export's own settings
	AccessWidened      *Of[Drift] `json:"access_widened,omitempty"`      // policies, ACLs and the tags of the writer by which policies go, whether they allow more or less
	AccessLost         *Of[Drift] `json:"access_lost,omitempty"`         // policies and ACLs, and the writer itself
	ProtectionDrift    *Of[Drift] `json:"protection_drift,omitempty"`    // settings of the bucket and its key, whether they protect more or less
}

// Connection is Immuta's own last connection test.
type Connection struct {
	Status    string `json:"status"`    // as Immuta says it
	Succeeded bool   `json:"succeeded"` // exactly "SUCCESS"
	RoleARN   string `json:"role_arn"`  // the role that an error text names; else empty
	Principal string `json:"principal"` // the caller that an error text names, an ARN; else empty
}

// Enabled is whether the export is switched on.
type Enabled struct {
	Enabled bool `json:"enabled"` // as Immuta says it
}

// Interval is how often the export runs. Unknown also where the operator's limit
// is no interval.
type Interval struct {
	Literal    string `json:"literal"`     // as Immuta says it: EVERY_12_HOURS
	Recognised bool   `json:"recognised"`  // one that Immuta documents
	Hours      int    `json:"hours"`       // 0 where it is not recognised
	MaxLiteral string `json:"max_literal"` // the operator's limit; empty: none
	MaxHours   int    `json:"max_hours"`   // the operator's limit in hours; 0: none
}

// Endpoint is what kind of destination the export has.
type Endpoint struct {
	TypeName string `json:"type_name"` // Immuta's
	Type     string `json:"type"`      // s3, adls or other
	// Form is the form of an S3 bucket field: "bucket", "access_point_alias",
	// "access_point_arn", "multi_region_access_point", "directory_bucket",
	// "invalid", or empty where the type is not s3.
	Form       string `json:"form"`
	Bucket     string `json:"bucket"`     // the bucket field as it is, be it no name of a bucket
	Recognised bool   `json:"recognised"` // a plain S3 bucket
}

// Authentication is how the export identifies itself.
type Authentication struct {
	Method string `json:"method"` // role, access_key, sas_token
}

// Delivery is what has arrived under the export's path, but for objects that are
// certainly another's. Not applicable where the export is disabled, or too young
// for anything to be due. Unknown where the objects could not be listed to their
// end, or where the newest may be that of somebody who shares the path.
type Delivery struct {
	Bucket       string `json:"bucket"`        // the name of the bucket
	Prefix       string `json:"prefix"`        // the beginning of the keys that were listed
	Fresh        bool   `json:"fresh"`         // an object younger than AllowedHours is there
	AllowedHours int    `json:"allowed_hours"` // interval plus grace
	NewestKey    string `json:"newest_key"`    // empty: nothing at all
	NewestTime   string `json:"newest_time"`   // RFC 3339, UTC
	AgeHours     int    `json:"age_hours"`     // of the newest, rounded down
	// LeftOut counts the objects of others, of whom LeftOutOf names the first.
	LeftOut   int      `json:"left_out"`
	LeftOutOf []string `json:"left_out_of"` // AWS services, and "export <id>", sorted
	// LostSince is the day (YYYY-MM-DD) from which Immuta no longer holds
	// events that never arrived; empty while it still holds all of them.
	LostSince     string `json:"lost_since"`
	RetentionDays int    `json:"retention_days"` // Immuta's own: 7 self-managed, 90 SaaS
}

// Continuity is whether objects kept arriving under the export's path, by what
// still lies there. Not applicable where the export is disabled, too young for
// anything to be due, or of a tenant that may be idle. Unknown where what was not
// listed, belongs to somebody else or was expired could close or hide a hole.
type Continuity struct {
	Bucket       string `json:"bucket"`        // the name of the bucket
	Prefix       string `json:"prefix"`        // the beginning of the keys that were listed
	Continuous   bool   `json:"continuous"`    // there is no hole
	AllowedHours int    `json:"allowed_hours"` // interval plus grace: a longer silence is a hole
	Since        string `json:"since"`         // RFC 3339, UTC: from when on holes are looked for
	Objects      int    `json:"objects"`       // that arrived since its day
	Bytes        int    `json:"bytes"`         // of theirs
	Holes        int    `json:"holes"`         // one a day at most, beside those from day to day
	HoleFrom     string `json:"hole_from"`     // RFC 3339, UTC: where the first hole begins
	HoleTo       string `json:"hole_to"`       // where it ends
	HoleHours    int    `json:"hole_hours"`    // how long it was, rounded down
	Lasts        bool   `json:"lasts"`         // it has not ended
}

// Bucket is whether the bucket exists. Unknown where S3 did not say.
type Bucket struct {
	Name   string `json:"name"`   // the name of the bucket
	Exists bool   `json:"exists"` // S3 answered for it
}

// BucketOwner is whose bucket it is. Unknown where that could not be read.
type BucketOwner struct {
	Name     string   `json:"name"`     // the name of the bucket
	Account  string   `json:"account"`  // the account that it belongs to, twelve digits
	Expected bool     `json:"expected"` // one of those that are expected
	Accounts []string `json:"accounts"` // the expected ones, sorted
}

// BucketRegion is where the bucket is. Unknown where S3 did not say.
type BucketRegion struct {
	Name       string   `json:"name"`       // the name of the bucket
	Region     string   `json:"region"`     // where S3 says that it is
	Configured string   `json:"configured"` // in the export
	Allowed    []string `json:"allowed"`    // expect.regions; empty: any
}

// PublicAccess lists the ways in which the bucket is public. Unknown where what
// could not be read could make it public.
type PublicAccess struct {
	Bucket string      `json:"bucket"` // the name of the bucket
	Ways   []PublicWay `json:"ways"`   // each statement or grant
}

// PublicWay is one of them.
type PublicWay struct {
	Via  string `json:"via"`  // policy or acl
	What string `json:"what"` // what it lets everybody do, a clause
	At   string `json:"at"`   // the statement or grant
	Key  string `json:"key"`  // tells the ways apart, for the fingerprint
}

// TLS is whether plain HTTP is denied to everybody. Unknown where the bucket
// policy could not be read.
type TLS struct {
	Bucket   string   `json:"bucket"`   // the name of the bucket
	Required bool     `json:"required"` // a Deny covers every principal, call and object
	Missing  []string `json:"missing"`  // what the nearest Deny lacks, a clause each
	At       string   `json:"at"`       // the nearest Deny
}

// TenantExports counts a tenant's exports. Unknown where the list is not whole.
type TenantExports struct {
	Total   int `json:"total"`   // all that the tenant has
	Enabled int `json:"enabled"` // those that are switched on
	// Working are enabled, and their connection test does not fail.
	Working int `json:"working"`
}

// Drift lists the changes since the baseline that one drift rule judges. Not
// applicable without a baseline. Unknown where something could not be compared:
// the changes that are certain are listed all the same, and may make a rule fail.
type Drift struct {
	Baseline string   `json:"baseline"` // digest of its snapshot
	Changes  []Change `json:"changes"`  // the certain ones
}

// Change is one of them.
type Change struct {
	Kind     string `json:"kind"`     // of the document, such as bucket_policy
	Resource string `json:"resource"` // the ARN that the document belongs to
	// Effect is added, changed, equivalent, mixed, narrowed, recreated, removed,
	// stronger, weaker or widened.
	Effect string `json:"effect"`
	// HitsWriter says of a change of access that the writer may be among those who
	// lost something.
	HitsWriter bool   `json:"hits_writer"`
	Message    string `json:"message"` // a sentence on what changed
	At         string `json:"at"`      // the place in the document of today
	Key        string `json:"key"`     // tells the changes of one document apart, for the fingerprint
}
