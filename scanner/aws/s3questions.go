package aws

import (
	"context"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/trailguard/trailguard/scanner/aws/internal/gate"
	"github.com/trailguard/trailguard/scanner/aws/internal/policytext"
	"github.com/trailguard/trailguard/scanner/document"
)

// bucketQuestions are the documents of a bucket, but for those on how it protects
// its objects.
func bucketQuestions() []bucketQuestion {
	return []bucketQuestion{
		{document.KindBucketPolicy, callBucketPolicy, "NoSuchBucketPolicy", asking((*s3.Client).GetBucketPolicy,
			func(name *string) *s3.GetBucketPolicyInput { return &s3.GetBucketPolicyInput{Bucket: name} }, bucketPolicyText)},
		{document.KindBucketPolicyStatus, callBucketPolicyStatus, "NoSuchBucketPolicy", asking((*s3.Client).GetBucketPolicyStatus,
			func(name *string) *s3.GetBucketPolicyStatusInput { return &s3.GetBucketPolicyStatusInput{Bucket: name} }, policyStatusText)},
		{document.KindPublicAccessBlock, callPublicAccessBlock, codeNoAccessBlock, asking((*s3.Client).GetPublicAccessBlock,
			func(name *string) *s3.GetPublicAccessBlockInput { return &s3.GetPublicAccessBlockInput{Bucket: name} }, publicAccessBlockText)},
		{document.KindOwnership, callOwnership, "OwnershipControlsNotFoundError", asking((*s3.Client).GetBucketOwnershipControls,
			func(name *string) *s3.GetBucketOwnershipControlsInput {
				return &s3.GetBucketOwnershipControlsInput{Bucket: name}
			}, ownershipText)},
		{document.KindACL, callACL, "", asking((*s3.Client).GetBucketAcl,
			func(name *string) *s3.GetBucketAclInput { return &s3.GetBucketAclInput{Bucket: name} }, aclText)},
		{document.KindRequestPayment, callRequestPayment, "", asking((*s3.Client).GetBucketRequestPayment,
			func(name *string) *s3.GetBucketRequestPaymentInput {
				return &s3.GetBucketRequestPaymentInput{Bucket: name}
			}, requestPaymentText)},
	}
}

// accessLogQuestion stands apart: CloudTrail is asked where its answer leaves open
// whether access is logged.
func accessLogQuestion() bucketQuestion {
	return bucketQuestion{document.KindAccessLog, callLogging, "", asking((*s3.Client).GetBucketLogging,
		func(name *string) *s3.GetBucketLoggingInput { return &s3.GetBucketLoggingInput{Bucket: name} }, accessLogText)}
}

const codeNoAccessBlock = "NoSuchPublicAccessBlockConfiguration"

// errEmpty is an answer of the right shape without what was asked for.
var errEmpty = &gate.MalformedError{Status: http.StatusOK, What: "with an answer that lacks what was asked for"}

// errAnother is an answer about something else than what was asked for.
var errAnother = &gate.MalformedError{Status: http.StatusOK, What: "with an answer about something else"}

// about compares what was asked for with what the answer says that it is about,
// in turn.
func about(names ...*string) error {
	for i := 0; i+1 < len(names); i += 2 {
		if deref(names[i]) != deref(names[i+1]) {
			return errAnother
		}
	}
	return nil
}

// asking makes a question of an operation of the SDK, of its input for a bucket
// and of what makes a document's text of its answer. No text means that the
// answer lacks what was asked for.
func asking[In, Out any](
	send func(*s3.Client, context.Context, *In, ...func(*s3.Options)) (*Out, error), input func(name *string) *In, text func(*Out) string,
) func(context.Context, *s3.Client, *string, func(*s3.Options)) (string, error) {
	return func(ctx context.Context, c *s3.Client, name *string, in func(*s3.Options)) (string, error) {
		out, err := send(c, ctx, input(name), in)
		if err != nil {
			return "", err
		}
		if text := text(out); text != "" {
			return text, nil
		}
		return "", errEmpty
	}
}

func bucketPolicyText(out *s3.GetBucketPolicyOutput) string {
	if text := deref(out.Policy); policytext.IsObject(text) {
		return text
	}
	return ""
}

func policyStatusText(out *s3.GetBucketPolicyStatusOutput) string {
	if out.PolicyStatus == nil || out.PolicyStatus.IsPublic == nil {
		return ""
	}
	var doc document.PolicyStatus
	doc.PolicyStatus.IsPublic = *out.PolicyStatus.IsPublic
	return document.Encode(doc)
}

func publicAccessBlockText(out *s3.GetPublicAccessBlockOutput) string {
	p := out.PublicAccessBlockConfiguration
	if p == nil || *p == (types.PublicAccessBlockConfiguration{}) {
		return ""
	}
	return accessBlockText(p.BlockPublicAcls, p.IgnorePublicAcls, p.BlockPublicPolicy, p.RestrictPublicBuckets)
}

// accessBlockText is the text of both kinds of Block Public Access.
func accessBlockText(blockACLs, ignoreACLs, blockPolicy, restrict *bool) string {
	return document.Encode(document.PublicAccessBlock{Configuration: &document.AccessBlock{
		BlockPublicAcls: deref(blockACLs), IgnorePublicAcls: deref(ignoreACLs),
		BlockPublicPolicy: deref(blockPolicy), RestrictPublicBuckets: deref(restrict),
	}})
}

func ownershipText(out *s3.GetBucketOwnershipControlsOutput) string {
	if out.OwnershipControls == nil || len(out.OwnershipControls.Rules) == 0 {
		return ""
	}
	var controls document.OwnershipControls
	for _, rule := range out.OwnershipControls.Rules {
		controls.Rules = append(controls.Rules, document.OwnershipRule{ObjectOwnership: string(rule.ObjectOwnership)})
	}
	return document.Encode(document.Ownership{Controls: &controls})
}

func aclText(out *s3.GetBucketAclOutput) string {
	if out.Owner == nil {
		return ""
	}
	doc := document.ACL{Owner: document.ACLOwner{ID: deref(out.Owner.ID)}, Grants: []document.ACLGrant{}}
	for _, grant := range out.Grants {
		g := document.ACLGrant{Permission: string(grant.Permission)}
		if to := grant.Grantee; to != nil {
			g.Grantee = document.ACLGrantee{
				ID: deref(to.ID), EmailAddress: deref(to.EmailAddress), Type: string(to.Type), URI: deref(to.URI),
			}
		}
		doc.Grants = append(doc.Grants, g)
	}
	return document.Encode(doc)
}

func accessLogText(out *s3.GetBucketLoggingOutput) string {
	var doc document.AccessLog
	if to := out.LoggingEnabled; to != nil {
		doc.LoggingEnabled = &document.AccessLogTarget{TargetBucket: deref(to.TargetBucket), TargetPrefix: deref(to.TargetPrefix)}
	}
	return document.Encode(doc)
}

func requestPaymentText(out *s3.GetBucketRequestPaymentOutput) string {
	if out.Payer == "" {
		return ""
	}
	return document.Encode(document.RequestPayment{Payer: string(out.Payer)})
}
