package view

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/fact"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
	"github.com/trailguard/trailguard/scanner/facts/internal/proof"
)

// WritesToS3 says whether the export writes to S3. Where it does not, or that is
// not known, the status is that of every fact about S3. Immuta's type name
// tells it even where the rest of the endpoint is not known.
func (v *View) WritesToS3() (scanner.FactStatus, bool) {
	ep := &v.Config.Endpoint
	gap, missing := v.MissingField("endpoint")
	typed := ep.Type == scanner.EndpointS3 || ep.Type == scanner.EndpointADLS || ep.TypeName != ""
	switch {
	case !v.Configured(), missing && !typed:
		return fact.Unknown(v.Resource, "Immuta did not tell the export's endpoint", gap), false
	case ep.Type != scanner.EndpointS3:
		return fact.NotApplicable(v.Resource, "the destination is not S3 ("+v.TypeName()+")"), false
	}
	return scanner.FactStatus{}, true
}

// WritesToBucket says whether the export writes to a plain S3 bucket. Where it
// does not, the status is that of every fact about the bucket.
func (v *View) WritesToBucket() (scanner.FactStatus, bool) {
	if status, ok := v.WritesToS3(); !ok {
		return status, false
	}
	if gap, missing := v.MissingField("endpoint"); missing && v.Config.Endpoint.Bucket == "" {
		return fact.Unknown(v.Resource, "Immuta did not tell the export's bucket", gap), false
	}
	if v.Form != destinations.FormBucket {
		because := "the destination is not a plain S3 bucket (" + strings.ReplaceAll(v.Form, "_", " ") + "), whose policies are not assessed"
		return fact.Unknown(v.Resource, because, proof.Undetermined(document.KindBucket, v.Resource, scanner.Said(because))), false
	}
	return scanner.FactStatus{}, true
}

// PathIsKnown says whether it is known under which path the export writes. An empty
// one is the whole bucket only where Immuta told the whole endpoint. Resource is what
// the fact is about.
func (v *View) PathIsKnown(resource string) (scanner.FactStatus, bool) {
	if gap, missing := v.MissingField("endpoint"); missing && v.Config.Endpoint.Path == "" {
		return fact.Unknown(resource, "Immuta did not tell under which path the export writes", gap), false
	}
	return scanner.FactStatus{}, true
}

// BucketIsThere is WritesToBucket for facts that only a bucket which exists has.
func (v *View) BucketIsThere() (scanner.FactStatus, bool) {
	if status, ok := v.WritesToBucket(); !ok {
		return status, false
	}
	if exists, decided, ref := v.BucketExists(); decided && !exists {
		status := fact.NotApplicable(v.BucketARN, "the bucket does not exist")
		status.Evidence = []string{ref}
		return status, false
	}
	return scanner.FactStatus{}, true
}

// PathIsThere is BucketIsThere for facts about what lies under the export's path;
// resource is what they are about.
func (v *View) PathIsThere(resource string) (scanner.FactStatus, bool) {
	if status, ok := v.BucketIsThere(); !ok {
		return status, false
	}
	return v.PathIsKnown(resource)
}
