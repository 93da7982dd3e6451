package snapshot

import (
	"time"

	"github.com/trailguard/trailguard/scanner"
)

const (
	// Format is the name of the format in the header.
	Format = "trailguard-snapshot"
	// FormatVersion is the latest version that this package writes and reads.
	// Version 2 has the exports of a large tenant on several lines, and version 3 may
	// have request ids on lines of their own (requests.go). A snapshot that fits into
	// an earlier version is written as that version, which earlier programs read.
	FormatVersion = 3
	formatParts   = 2
	formatWhole   = 1
	// Extension is the ending of a compressed snapshot's name.
	Extension = ".zst"
)

// The types of lines. Each line opens with its type.
const (
	typeHeader = "header"
	typeTenant = "tenant"
	// typeTenantPart continues the tenant of the line before.
	typeTenantPart = "tenantPart"
	typeDocument   = "document"
	// typeRequests is about the export of the line after it.
	typeRequests = "requests"
	typeExport   = "export"
	typeTrailer  = "trailer"
	// typeRequestsTrailer follows the trailer where there are lines of requests.
	typeRequestsTrailer = "requestsTrailer"
)

type headerLine struct {
	Record        string           `json:"record"`
	Format        string           `json:"format"`
	FormatVersion int              `json:"formatVersion"`
	ToolVersion   string           `json:"toolVersion"`
	CollectedAt   time.Time        `json:"collectedAt"`
	Settings      scanner.Settings `json:"settings"`
}

type tenantLine struct {
	Record string         `json:"record"`
	Tenant scanner.Tenant `json:"tenant"`
}

type tenantPartLine struct {
	Record           string                `json:"record"`
	Tenant           string                `json:"tenant"` // its name
	ConfigurationIDs []string              `json:"configurationIds,omitempty"`
	Destinations     []scanner.Destination `json:"destinations,omitempty"`
}

type documentLine struct {
	Record string `json:"record"`
	Digest string `json:"digest"`
	Text   string `json:"text,omitempty"`
	// Base64 holds a text that is not valid UTF-8, which JSON cannot hold.
	Base64 []byte `json:"base64,omitempty"`
}

type exportLine struct {
	Record        string                      `json:"record"`
	Configuration scanner.ExportConfiguration `json:"configuration"`
	Evidence      []scanner.Evidence          `json:"evidence"`
	Gaps          []scanner.Gap               `json:"gaps"`
}

// trailerLine closes a snapshot. The digest comes last, since it covers all
// that comes before it.
type trailerLine struct {
	Record      string `json:"record"`
	Tenants     int    `json:"tenants"`
	Documents   int    `json:"documents"`
	Exports     int    `json:"exports"`
	Interrupted bool   `json:"interrupted"`
	Digest      string `json:"digest"`
}

// emptyDigest is the digest of the empty text, which no document line holds.
var emptyDigest = scanner.Digest("")
