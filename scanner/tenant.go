package scanner

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Tenant is one Immuta instance as it was seen by one run.
type Tenant struct {
	Name string `json:"name"`
	URL  string `json:"url"`
	// ConfigurationIDs are the ids of every export configuration that the
	// tenant returned, sorted. Rules that ask "is this a known id" need all of
	// them before the first export is judged.
	ConfigurationIDs []string `json:"configurationIds"`
	// Principals are the ARNs that Immuta's own status texts name as the
	// caller of sts:AssumeRole, sorted.
	Principals []string `json:"principals"`
	// Destinations are where the configurations write to, sorted by id. An older
	// snapshot has none.
	Destinations []Destination `json:"destinations,omitempty"`
	// Complete is false when the list of configurations could not be read, or
	// not all of it.
	Complete bool  `json:"complete"`
	Gaps     []Gap `json:"gaps"`
}

// ExportConfiguration is one audit export as Immuta describes it.
type ExportConfiguration struct {
	Tenant           string    `json:"tenant"`
	ID               string    `json:"id"`
	Enabled          bool      `json:"enabled"`
	Interval         string    `json:"interval"`         // Immuta's literal, such as EVERY_12_HOURS
	ConnectionStatus string    `json:"connectionStatus"` // "SUCCESS" or free text
	Endpoint         Endpoint  `json:"endpoint"`
	CreatedAt        time.Time `json:"createdAt,omitzero"`
	CreatedBy        string    `json:"createdBy,omitempty"`
	UpdatedAt        time.Time `json:"updatedAt,omitzero"`
	UpdatedBy        string    `json:"updatedBy,omitempty"`
	// Missing names the fields above that Immuta did not give, by their JSON
	// names ("enabled", "interval", "connectionStatus", "endpoint",
	// "createdAt", "createdBy", …), and "region" where the endpoint is known
	// but for its region; sorted. Their zero values mean nothing; the record's
	// gaps say why they are missing.
	Missing []string `json:"missing,omitempty"`
	// Planned says that Immuta has not made the export yet. The id, which Immuta gives
	// it, is not known; in its place is what PlannedID makes of the export's name.
	Planned bool `json:"planned,omitempty"`
}

// notCreated ends what stands in the place of an id that is not known.
const notCreated = " (not created yet)"

// PlannedID is what a report calls an export by that is not made yet, and has no id.
func PlannedID(name string) string { return name + notCreated }

// IsPlannedID says whether an id stands for one that is not known.
func IsPlannedID(id string) bool { return strings.HasSuffix(id, notCreated) }

// Setting names what the operator's own configuration may declare for the export, such
// as exports.<id>.owner.
func (c *ExportConfiguration) Setting(name string) string {
	if c.Planned {
		return "exports.<id>." + name + " once Immuta has given the id"
	}
	return "exports." + c.ID + "." + name
}

// Prefix is the prefix of the keys under which the export writes: no leading
// slash, one trailing slash, or empty for the whole bucket. Without the trailing
// slash a neighbour's objects ("logs-old/…") would be taken for the export's.
func (c *ExportConfiguration) Prefix() string {
	path := strings.Trim(c.Endpoint.Path, "/")
	if path == "" {
		return ""
	}
	return path + "/"
}

// Destination is where an export writes, as far as Immuta told: what others must
// not write to.
type Destination struct {
	ID       string       `json:"id"`
	Type     EndpointType `json:"type"`
	Place    string       `json:"place,omitempty"` // bucket, or storage account and file system; empty: not known
	Prefix   string       `json:"prefix,omitempty"`
	Region   string       `json:"region,omitempty"`
	Disabled bool         `json:"disabled,omitempty"`
	// Immuta did not tell whether the export is enabled, or its path.
	EnabledUnknown bool `json:"enabledUnknown,omitempty"`
	PathUnknown    bool `json:"pathUnknown,omitempty"`
}

// Destination is where the export writes.
func (c *ExportConfiguration) Destination() Destination {
	e := &c.Endpoint
	d := Destination{
		ID: c.ID, Type: e.Type, Place: e.Bucket, Prefix: c.Prefix(), Region: e.Region,
		Disabled: !c.Enabled, EnabledUnknown: slices.Contains(c.Missing, "enabled"),
		PathUnknown: e.Path == "" && slices.Contains(c.Missing, "endpoint"),
	}
	if e.Type == EndpointADLS && e.StorageAccount != "" && e.FileSystem != "" {
		d.Place = strings.ToLower(e.StorageAccount + "/" + e.FileSystem)
	}
	d.Disabled = d.Disabled && !d.EnabledUnknown
	return d
}

// Endpoint is where an export writes, and how it authenticates.
type Endpoint struct {
	TypeName       string         `json:"typeName"` // GraphQL __typename as received
	Type           EndpointType   `json:"type"`
	Authentication Authentication `json:"authentication"`
	Bucket         string         `json:"bucket,omitempty"` // as configured: a name, an alias or an ARN
	Path           string         `json:"path,omitempty"`   // key prefix; empty is the whole bucket
	Region         string         `json:"region,omitempty"`
	RoleARN        string         `json:"roleArn,omitempty"`
	// RoleARNSource says where RoleARN is from: "immuta", "status" (the
	// connection status text) or "configuration" (the operator's).
	RoleARNSource  string `json:"roleArnSource,omitempty"`
	UserARN        string `json:"userArn,omitempty"` // the operator's; Immuta never tells
	StorageAccount string `json:"storageAccount,omitempty"`
	FileSystem     string `json:"fileSystem,omitempty"`
}

// Destination is what people call the place by: the bucket, or the storage
// account.
func (e *Endpoint) Destination() string { return cmp.Or(e.Bucket, e.StorageAccount) }

// EndpointType is the kind of storage behind an endpoint.
type EndpointType string

// The endpoint types. Anything that is not recognised is EndpointOther.
const (
	EndpointS3    EndpointType = "s3"
	EndpointADLS  EndpointType = "adls"
	EndpointOther EndpointType = "other"
)

// Authentication is how an export identifies itself at its destination.
type Authentication string

// The ways of authentication. AuthenticationUnknown stands where Immuta's
// schema does not tell (the oldest S3EndpointConfiguration, a new type).
const (
	AuthenticationAccessKey   Authentication = "accessKey"
	AuthenticationAssumedRole Authentication = "assumedRole"
	AuthenticationSASToken    Authentication = "sasToken"
	AuthenticationUnknown     Authentication = "unknown"
)
