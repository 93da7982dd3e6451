package facts

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
	"github.com/trailguard/trailguard/scanner/iam"
)

// bucketForm recognises the form of the bucket field.
func (e *view) bucketForm() string {
	if e.cfg.Endpoint.Type != scanner.EndpointS3 {
		return ""
	}
	form := destinations.Form(e.cfg.Endpoint.Bucket)
	if doc, ok := e.bucketDocument(); ok && form == destinations.FormBucket && doc.AccessPointAlias {
		return destinations.FormAlias
	}
	return form
}

// findBucketARN takes the bucket's ARN from what was collected about it, else
// puts it together in the partition of the role, the user or the region.
func (e *view) findBucketARN() string {
	if e.form != destinations.FormBucket {
		return ""
	}
	suffix := ":s3:::" + e.cfg.Endpoint.Bucket
	for i := range e.record.Evidence {
		if ev := &e.record.Evidence[i]; ev.Kind == document.KindBucket && strings.HasSuffix(ev.Resource, suffix) {
			return ev.Resource
		}
	}
	for i := range e.record.Gaps {
		if g := &e.record.Gaps[i]; g.Kind == document.KindBucket && strings.HasSuffix(g.Resource, suffix) {
			return g.Resource
		}
	}
	return "arn:" + e.partition() + suffix
}

func (e *view) partition() string {
	for _, arn := range []string{e.cfg.Endpoint.RoleARN, e.cfg.Endpoint.UserARN, e.hint.UserARN} {
		if p := parseARN(arn); p.Partition != "" {
			return p.Partition
		}
	}
	return destinations.Partition(e.cfg.Endpoint.Region)
}

// target is the set of objects that the export may write.
func (e *view) target() string { return e.bucketARN + "/" + e.cfg.Prefix() + "*" }

// parseARN takes an ARN apart; all parts are empty where a text is none.
func parseARN(text string) iam.ARN {
	parts, _ := iam.ParseARN(text)
	return parts
}
