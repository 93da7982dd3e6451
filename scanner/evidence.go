package scanner

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/trailguard/trailguard/scanner/document"
)

// Evidence is one document that was read, or the certainty that there is none.
type Evidence struct {
	Kind document.Kind `json:"kind"`
	// Call is the API operation, such as "s3:GetBucketPolicy".
	Call string `json:"call"`
	// Resource is the ARN that the document belongs to (for Immuta's records
	// "<tenant url>#<configuration id>").
	Resource string `json:"resource"`
	// Name tells documents of one kind on one resource apart: the ARN of a
	// managed policy, "inline/NAME", "group/GROUP/inline/NAME" or
	// "group/GROUP/ARN".
	Name        string    `json:"name,omitempty"`
	CollectedAt time.Time `json:"collectedAt"`
	// RequestID is the service's own id of the request that was answered; empty: it
	// gave none, or whoever kept the record did not keep it. Nothing is judged by it.
	RequestID string `json:"-"`
	// Absent says that the service answered that there is no such document.
	Absent bool `json:"absent,omitempty"`
	// Digest is the SHA-256 of Text in hexadecimal.
	Digest string `json:"digest"`
	// Text is the document as received, after URL-decoding. A snapshot stores
	// each distinct text once.
	Text string `json:"-"`
}

// NewEvidence returns evidence with the digest of its text.
func NewEvidence(kind document.Kind, call, resource, name, text string, at time.Time) Evidence {
	return Evidence{Kind: kind, Call: call, Resource: resource, Name: name, CollectedAt: at.UTC(), Digest: Digest(text), Text: text}
}

// NewAbsence returns the evidence that there is no such document.
func NewAbsence(kind document.Kind, call, resource, name string, at time.Time) Evidence {
	e := NewEvidence(kind, call, resource, name, "", at)
	e.Absent = true
	return e
}

// TenantEvidence is the tenant's own record as a document: what a finding about
// the tenant as a whole points at.
func TenantEvidence(t *Tenant, at time.Time) (Evidence, error) {
	record := *t
	record.Gaps = []Gap{}     // what could not be read is no evidence
	record.Destinations = nil // the exports' own documents tell them
	text, err := json.Marshal(record)
	if err != nil {
		return Evidence{}, fmt.Errorf("encode tenant %s: %w", t.Name, err)
	}
	return NewEvidence(document.KindTenant, "immuta:getAllExportConfigurations", t.URL, "", string(text), at), nil
}

// Digest is the SHA-256 of a text in hexadecimal.
func Digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// CompareEvidence orders evidence by kind, resource and name.
func CompareEvidence(x, y Evidence) int {
	return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Resource, y.Resource), cmp.Compare(x.Name, y.Name))
}

// Ref identifies a document within one export's record. Facts hand it to
// rules, joined with a JSON Pointer (see At), and rules hand it back.
func (e *Evidence) Ref() string { return Ref(e.Kind, e.Resource, e.Name) }

// Ref is the identity of the document of a kind, resource and name.
func Ref(kind document.Kind, resource, name string) string {
	return string(kind) + "|" + resource + "|" + name
}

// At joins the reference of a document and a JSON Pointer into it.
func At(ref, pointer string) string { return ref + "#" + pointer }

// Record is everything that was collected about one export.
type Record struct {
	Configuration ExportConfiguration `json:"configuration"`
	Evidence      []Evidence          `json:"evidence"` // sorted by kind, resource, name
	Gaps          []Gap               `json:"gaps"`     // sorted alike
}

// Find returns the evidence of a kind on a resource. An empty resource matches
// the first of the kind.
func (r *Record) Find(kind document.Kind, resource, name string) (*Evidence, bool) {
	for i := range r.Evidence {
		e := &r.Evidence[i]
		if e.Kind == kind && (resource == "" || e.Resource == resource) && e.Name == name {
			return e, true
		}
	}
	return nil, false
}

// FindGap returns the gap of a kind on a resource, by the rules of Find.
func (r *Record) FindGap(kind document.Kind, resource, name string) (*Gap, bool) {
	for i := range r.Gaps {
		g := &r.Gaps[i]
		if g.Kind == kind && (resource == "" || g.Resource == resource) && g.Name == name {
			return g, true
		}
	}
	return nil, false
}
