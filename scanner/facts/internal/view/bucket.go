package view

import (
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/facts/internal/destinations"
	"github.com/trailguard/trailguard/scanner/iam"
)

// bucketForm recognises the form of the bucket field.
func (v *View) bucketForm() string {
	if v.Config.Endpoint.Type != scanner.EndpointS3 {
		return ""
	}
	form := destinations.Form(v.Config.Endpoint.Bucket)
	if doc, ok := v.bucketDocument(); ok && form == destinations.FormBucket && doc.AccessPointAlias {
		return destinations.FormAlias
	}
	return form
}

// findBucketARN takes the bucket's ARN from what was collected about it, else
// puts it together in the partition of the role, the user or the region.
func (v *View) findBucketARN() string {
	if v.Form != destinations.FormBucket {
		return ""
	}
	suffix := ":s3:::" + v.Config.Endpoint.Bucket
	for i := range v.Record.Evidence {
		if ev := &v.Record.Evidence[i]; ev.Kind == document.KindBucket && strings.HasSuffix(ev.Resource, suffix) {
			return ev.Resource
		}
	}
	for i := range v.Record.Gaps {
		if g := &v.Record.Gaps[i]; g.Kind == document.KindBucket && strings.HasSuffix(g.Resource, suffix) {
			return g.Resource
		}
	}
	return "arn:" + v.partition() + suffix
}

func (v *View) partition() string {
	for _, arn := range []string{v.Config.Endpoint.RoleARN, v.Config.Endpoint.UserARN, v.Hint.UserARN} {
		if p := ParseARN(arn); p.Partition != "" {
			return p.Partition
		}
	}
	return destinations.Partition(v.Config.Endpoint.Region)
}

// Target is the set of objects that the export may write.
func (v *View) Target() string { return v.BucketARN + "/" + v.Config.Prefix() + "*" }

// ParseARN takes an ARN apart; all parts are empty where a text is none.
func ParseARN(text string) iam.ARN {
	parts, _ := iam.ParseARN(text)
	return parts
}

// bucketDocument returns what HeadBucket told, where it told anything.
func (v *View) bucketDocument() (*document.Bucket, bool) { return v.bucketRead() }

func (v *View) readBucket() (*document.Bucket, bool) {
	l := v.Look(document.KindBucket)
	if !l.Read() {
		return nil, false
	}
	doc, gap := Decode(v.Run, l, (*document.Bucket).Valid)
	return doc, gap == nil
}

// BucketExists says whether the bucket is there, whether that is decided, and
// by which document. Where HeadBucket did not tell, any other answer about the
// bucket does: a bucket that does not exist has none.
func (v *View) BucketExists() (exists, decided bool, ref string) {
	l := v.Look(document.KindBucket)
	if l.Absent() {
		return false, true, l.Ref()
	}
	if doc, ok := v.bucketDocument(); ok {
		return *doc.Exists, true, l.Ref()
	}
	for i := range v.Record.Evidence {
		if ev := &v.Record.Evidence[i]; ev.Kind != document.KindBucket && ev.Kind.Subject() == document.SubjectBucket {
			return true, true, ev.Ref()
		}
	}
	return false, false, ""
}

// BucketAccount is the account that owns the bucket, empty where it is not
// known.
func (v *View) BucketAccount() (string, Look) { return v.ownerRead() }

func (v *View) readOwner() (string, Look) {
	l := v.Look(document.KindBucketOwner)
	if !l.Read() {
		return "", l
	}
	doc, gap := Decode(v.Run, l, func(d *document.BucketOwner) bool { return iam.IsAccountID(d.Account) })
	if gap != nil {
		return "", Look{Gap: *gap}
	}
	return doc.Account, l
}

// Region is the bucket's region, empty where it is not known.
func (v *View) Region() string {
	doc, ok := v.bucketDocument()
	if !ok {
		return ""
	}
	return doc.Region
}
