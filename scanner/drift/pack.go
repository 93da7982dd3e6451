package drift

import (
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
)

var emptyDigest = scanner.Digest("")

// packed is what the index keeps of a baseline's record besides its documents:
// all that is compared, and nothing that differs in every run.
type packed struct {
	Configuration scanner.ExportConfiguration
	Evidence      []packedEvidence
	Gaps          []packedGap
}

type packedEvidence struct {
	Kind           document.Kind
	Resource, Name string
	Absent         bool
	Digest         string
}

type packedGap struct {
	Kind           document.Kind
	Resource, Name string
	Reason         scanner.GapReason
	Permission     string
}

// pack returns the record as text, and its digest. Records without a difference
// that counts have the same digest.
func pack(record *scanner.Record) (text, digest string, err error) {
	p := packed{Configuration: record.Configuration}
	// The result of Immuta's own connection test, and who changed the record last,
	// are no drift.
	p.Configuration.ConnectionStatus, p.Configuration.UpdatedBy = "", ""
	p.Configuration.UpdatedAt = p.Configuration.CreatedAt
	for i := range record.Evidence {
		if e := &record.Evidence[i]; isCompared(e.Kind) {
			_, digest := stable(e)
			p.Evidence = append(p.Evidence, packedEvidence{e.Kind, e.Resource, e.Name, e.Absent, digest})
		}
	}
	for i := range record.Gaps {
		if g := &record.Gaps[i]; isCompared(g.Kind) {
			p.Gaps = append(p.Gaps, packedGap{g.Kind, g.Resource, g.Name, g.Reason, g.Permission})
		}
	}
	b, err := json.Marshal(p, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return "", "", fmt.Errorf("pack export %s: %w", record.Configuration.ID, err)
	}
	return string(b), scanner.Digest(string(b)), nil
}

func unpack(text string) (*scanner.Record, error) {
	var p packed
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("unpack the baseline's record: %w", err)
	}
	record := &scanner.Record{Configuration: p.Configuration}
	for _, e := range p.Evidence {
		record.Evidence = append(record.Evidence, scanner.Evidence{Kind: e.Kind, Resource: e.Resource, Name: e.Name, Absent: e.Absent, Digest: e.Digest})
	}
	for _, g := range p.Gaps {
		record.Gaps = append(record.Gaps, scanner.Gap{Kind: g.Kind, Resource: g.Resource, Name: g.Name, Reason: g.Reason, Permission: g.Permission})
	}
	return record, nil
}

// destination says where an export writes, so that a re-created one is
// recognised. It is empty where that is not known.
func destination(c *scanner.ExportConfiguration) string {
	e := &c.Endpoint
	if e.Bucket == "" && (e.StorageAccount == "" || e.FileSystem == "") {
		return ""
	}
	return strings.Join([]string{c.Tenant, string(e.Type), e.Bucket, strings.Trim(e.Path, "/"), e.StorageAccount, e.FileSystem}, "\x00")
}

// place writes the destination for a person.
func place(c *scanner.ExportConfiguration) string {
	e := &c.Endpoint
	switch {
	case e.Bucket != "":
		return strings.TrimSuffix("s3://"+e.Bucket+"/"+strings.TrimPrefix(e.Path, "/"), "/")
	case e.StorageAccount != "":
		return strings.TrimSuffix(e.StorageAccount+"/"+e.FileSystem+"/"+strings.TrimPrefix(e.Path, "/"), "/")
	default:
		return "an unknown destination"
	}
}
