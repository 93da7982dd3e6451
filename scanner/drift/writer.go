package drift

import (
	"cmp"
	"fmt"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// writerLoss looks for a request that the export's own writer could make before
// a policy of its bucket or key was narrowed, and cannot make now. The witness
// of a change need not be the writer's request; only this question says whether
// the export is affected. The writer's own policies take part as they were and
// are, so that what they allow by themselves is not lost. Without a witness,
// certain says that nothing was lost.
func (c *comparison) writerLoss(u unit, before, after *scanner.Evidence) (lost *iam.Witness, certain bool) {
	endpoint := &c.after.Configuration.Endpoint
	writer := cmp.Or(endpoint.RoleARN, endpoint.UserARN)
	questions := c.writerQuestions(u, writer)
	if writer == "" || len(questions) == 0 {
		return nil, false
	}
	was, is := c.writerPolicies(c.before, writer), c.writerPolicies(c.after, writer)
	var errBefore, errAfter error
	was.Resource, errBefore = parsePolicy(u, documentText(before))
	is.Resource, errAfter = parsePolicy(u, documentText(after))
	if errBefore != nil || errAfter != nil {
		return nil, false
	}
	if u.kind == document.KindKeyPolicy { // a grant may stand in for what the policy no longer says
		was.Grants, is.Grants = c.grantsOf(c.before, u.resource), c.grantsOf(c.after, u.resource)
	}
	compared := iam.Compare(was, is, questions)
	return compared.Narrowed, !compared.Capped
}

// writerQuestions returns the requests that an export makes of its bucket or key.
func (c *comparison) writerQuestions(u unit, writer string) []iam.Request {
	// An unknown owner may be the writer's account or another.
	owners := []string{c.account(u)}
	if owners[0] == "" {
		owners = []string{iam.AccountOf(writer), "000000000000"}
	}
	var questions []iam.Request
	ask := func(resource string, actions ...string) {
		for _, action := range actions {
			for _, owner := range owners {
				questions = append(questions, iam.Request{
					Principal: writer, Action: action, Resource: resource, ResourceAccount: owner, OthersUnknown: true,
				})
			}
		}
	}
	switch u.kind {
	case document.KindBucketPolicy:
		ask(u.resource+"/"+c.after.Configuration.Prefix()+"*", "s3:PutObject", "s3:PutObjectAcl", "s3:PutObjectTagging", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:GetObject")
		ask(u.resource, "s3:ListBucket", "s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
	case document.KindKeyPolicy:
		ask(u.resource, "kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt", "kms:DescribeKey")
	default:
	}
	return questions
}

// writerPolicies returns the writer's own policies. Where one could not be
// read, they are taken to allow everything.
func (c *comparison) writerPolicies(record *scanner.Record, writer string) *iam.Policies {
	open := &iam.Policies{Identity: []*iam.Policy{iam.AllowAll("identity policies")}}
	boundary, known := boundaryOf(record, writer)
	if !known || !listed(record, writer) {
		return open
	}
	for i := range record.Gaps {
		if g := &record.Gaps[i]; g.Resource == writer && g.Kind.OfIdentity() {
			return open
		}
	}
	policies := &iam.Policies{}
	texts := policiesOf(record, document.KindIdentityPolicy, writer)
	for _, name := range names(texts, nil) {
		policy, err := parsePolicy(unit{document.KindIdentityPolicy, writer, name}, texts[name])
		if err != nil {
			return open
		}
		policies.Identity = append(policies.Identity, policy)
	}
	if boundary == nil {
		return policies
	}
	policy, err := parsePolicy(unit{document.KindBoundary, writer, boundary.Name}, boundary.Text)
	if err != nil {
		return open
	}
	policies.Boundary, policies.HasBoundary = []*iam.Policy{policy}, true
	return policies
}

// withWriter says that a narrower policy affects the export's own writer, where it
// does. Where that cannot be told, it removes the witness, which would suggest that
// only others are affected.
func (c *comparison) withWriter(u unit, d documentChange, before, after *scanner.Evidence) documentChange {
	if d.effect != scanner.EffectNarrowed || u.kind == document.KindTrustPolicy {
		return d
	}
	lost, certain := c.writerLoss(u, before, after)
	if lost == nil && certain {
		return d
	}
	if lost == nil {
		d.witness = nil
		d.message += "; whether the export's own writer is hit could not be told"
		return d
	}
	d.witness = witness(lost)
	d.message = fmt.Sprintf("%s: the export's own writer may no longer: %s", title(u), requestText(lost))
	return d
}
