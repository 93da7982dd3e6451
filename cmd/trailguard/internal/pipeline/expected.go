package pipeline

import (
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// Expected is an export that is yet to be made, with the documents that a snapshot has
// of its bucket, its writer and what is around them, since other exports rest on them.
type Expected struct {
	export scanner.Record
	bucket string // its ARN
	writer string // the ARN of a role or user
	seen   map[string]bool
}

// Expect returns an export whose record holds its configuration and nothing of AWS.
func Expect(configuration scanner.Record) *Expected {
	endpoint := &configuration.Configuration.Endpoint
	e := &Expected{export: configuration, writer: endpoint.RoleARN, seen: map[string]bool{}}
	if e.writer == "" {
		e.writer = endpoint.UserARN
	}
	partition := "aws"
	if arn, ok := iam.ParseARN(e.writer); ok {
		partition = arn.Partition
	}
	e.bucket = "arn:" + partition + ":s3:::" + endpoint.Bucket
	return e
}

// among adds the export to its tenant's list.
func (e *Expected) among(tenants []scanner.Tenant) []scanner.Tenant {
	if e == nil {
		return tenants
	}
	tenants = slices.Clone(tenants)
	for i := range tenants {
		t := &tenants[i]
		if t.Name == e.export.Configuration.Tenant {
			t.ConfigurationIDs = append(slices.Clip(t.ConfigurationIDs), e.export.Configuration.ID)
			t.Destinations = append(slices.Clip(t.Destinations), e.export.Configuration.Destination())
		}
	}
	return tenants
}

// learn takes from the record of another export what is about this one, too.
func (e *Expected) learn(r *scanner.Record) {
	if e == nil {
		return
	}
	shares := r.Configuration.Endpoint.Bucket == e.export.Configuration.Endpoint.Bucket
	for i := range r.Evidence {
		d := &r.Evidence[i]
		if e.wants(d.Kind, d.Resource, shares) && e.first(d.Ref()) {
			e.export.Evidence = append(e.export.Evidence, *d)
		}
	}
	for i := range r.Gaps {
		g := &r.Gaps[i]
		if e.wants(g.Kind, g.Resource, shares) && e.first(scanner.Ref(g.Kind, g.Resource, g.Name)) {
			e.export.Gaps = append(e.export.Gaps, *g)
		}
	}
}

// wants says whether a document is about the export; shares: it is from the record of
// another one in the same bucket.
func (e *Expected) wants(kind document.Kind, resource string, shares bool) bool {
	switch kind.Subject() {
	case document.SubjectWriter:
		return resource == e.writer
	case document.SubjectReader, document.SubjectOrganization:
		return true // each tells whose it is
	case document.SubjectBucket:
		return resource == e.bucket
	case document.SubjectAccount, document.SubjectKey, document.SubjectTrail:
		return shares
	default:
		return false
	}
}

func (e *Expected) first(ref string) bool {
	if e.seen[ref] {
		return false
	}
	e.seen[ref] = true
	return true
}

// record is the export with what there is of it. In the place of every document that
// the snapshot lacks is a gap, which a change may fill.
func (e *Expected) record() *scanner.Record {
	r := e.export
	lacks := func(kind document.Kind, resource string) {
		held := slices.ContainsFunc(r.Evidence, func(d scanner.Evidence) bool { return d.Kind == kind }) ||
			slices.ContainsFunc(r.Gaps, func(g scanner.Gap) bool { return g.Kind == kind })
		if !held {
			r.Gaps = append(r.Gaps, scanner.Gap{
				Kind: kind, Resource: resource, Reason: scanner.ReasonUndetermined,
				Detail: "no export in the snapshot rests on it, so that nobody has read it; scan again once the export is created",
			})
		}
	}
	for _, kind := range document.Kinds() {
		switch subject := kind.Subject(); {
		case e.export.Configuration.Endpoint.Type != scanner.EndpointS3:
		case kind == document.KindDelivery: // nothing is delivered yet
		case subject == document.SubjectBucket, subject == document.SubjectAccount:
			lacks(kind, e.bucket)
		case e.writer != "" && slices.Contains(writerKinds(e.writer), kind):
			lacks(kind, e.writer)
		}
	}
	slices.SortFunc(r.Evidence, scanner.CompareEvidence)
	slices.SortFunc(r.Gaps, scanner.CompareGaps)
	return &r
}

// writerKinds are the documents that every role has, or every user.
func writerKinds(arn string) []document.Kind {
	if parsed, ok := iam.ParseARN(arn); ok && strings.HasPrefix(parsed.Resource, "user/") {
		return []document.Kind{document.KindUser, document.KindIdentityPolicies, document.KindAccessKeys}
	}
	return []document.Kind{document.KindRole, document.KindTrustPolicy, document.KindIdentityPolicies}
}
