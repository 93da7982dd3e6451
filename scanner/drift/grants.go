package drift

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// grants compares the grants on the bucket's key by what they allow on the
// bucket's objects beyond the present key policy. A new grant id, or a grant of
// what the policy allows anyway, is no change.
func (c *comparison) grants(u unit, before, after *scanner.Evidence) []scanner.Change {
	if before.Absent == after.Absent && before.Digest == after.Digest {
		return nil
	}
	was, is, err := decode[document.KeyGrants](documentText(before), documentText(after))
	d := documentChange{diff: difference(normalised(documentText(before)), normalised(documentText(after)))}
	if err != nil {
		d.effect, d.message = scanner.EffectIncomparable, fmt.Sprintf("the %s changed and cannot be compared: %v", title(u), err)
		return c.report(u, d, documentDigest(before), documentDigest(after))
	}
	d.judge(title(u), c.compareGrants(u, c.reaching(u.resource, was), c.reaching(u.resource, is)))
	d.message = title(u) + ": " + d.message
	d.pointer = newGrant(was, is)
	return c.report(u, d, documentDigest(before), documentDigest(after))
}

// reaching returns the grants on a key that can apply to objects in the export's
// bucket.
func (c *comparison) reaching(key string, d *document.KeyGrants) []iam.Grant {
	arn, _ := iam.ParseARN(key)
	bucket := "arn:" + arn.Partition + ":s3:::" + c.after.Configuration.Endpoint.Bucket
	var grants []iam.Grant
	for i := range d.Grants {
		if d.Grants[i].Reaches(bucket) {
			grants = append(grants, d.Grants[i].Allows())
		}
	}
	return grants
}

// compareGrants asks for each grantee. The export's own writer comes first, with
// its own policies. Others in the key's account are taken to have no policies, so
// that the grant shows; those in other accounts are taken to have every right.
func (c *comparison) compareGrants(u unit, was, is []iam.Grant) iam.Comparison {
	policy := c.keyPolicy(u)
	account := iam.AccountOf(u.resource)
	writer := cmp.Or(c.after.Configuration.Endpoint.RoleARN, c.after.Configuration.Endpoint.UserARN)
	var total iam.Comparison
	ask := func(who string, before, after *iam.Policies) {
		before.Resource, after.Resource, before.Grants, after.Grants = policy, policy, was, is
		found := iam.Compare(before, after, grantQuestions(who, u.resource, account, was, is))
		total.Widened, total.Narrowed = cmp.Or(total.Widened, found.Widened), cmp.Or(total.Narrowed, found.Narrowed)
		total.Capped = total.Capped || found.Capped
	}
	if writer != "" {
		ask(writer, c.writerPolicies(c.before, writer), c.writerPolicies(c.after, writer))
	}
	for _, who := range grantees(was, is) {
		before, after := &iam.Policies{}, &iam.Policies{}
		if parsed, ok := iam.ParseARN(who); iam.AccountOf(who) != account || ok && parsed.Resource == "root" {
			before.Identity, after.Identity = everyRight, everyRight
		}
		ask(who, before, after)
	}
	total.Change = changeOf(&total)
	return total
}

// changeOf is what the requests of a comparison that are answered differently come to.
func changeOf(found *iam.Comparison) iam.Change {
	switch {
	case found.Widened != nil && found.Narrowed != nil, found.Capped:
		return iam.Mixed
	case found.Widened != nil:
		return iam.Widened
	case found.Narrowed != nil:
		return iam.Narrowed
	default:
		return iam.Equivalent
	}
}

var everyRight = []*iam.Policy{iam.AllowAll("identity policies")}

// grantees returns each principal that has a grant, once.
func grantees(lists ...[]iam.Grant) []string {
	var who []string
	for _, grant := range slices.Concat(lists...) {
		who = append(who, grant.Grantee)
	}
	slices.Sort(who)
	return slices.Compact(who)
}

// grantQuestions asks for each operation that the grants name, with the context
// that S3 sends, of any object.
func grantQuestions(who, key, account string, was, is []iam.Grant) []iam.Request {
	var operations []string
	for _, grant := range slices.Concat(was, is) {
		operations = append(operations, grant.Operations...)
	}
	slices.Sort(operations)
	var questions []iam.Request
	for _, operation := range slices.Compact(operations) {
		questions = append(questions, iam.Request{
			Principal: who, Action: "kms:" + operation, Resource: key, ResourceAccount: account, OthersUnknown: true,
			Context: iam.Context{}.With("kms:EncryptionContextKeys", "aws:s3:arn"),
		})
	}
	return questions
}

// grantsOf returns the grants on a key in a record; none where they could not
// be read.
func (c *comparison) grantsOf(record *scanner.Record, key string) []iam.Grant {
	read := look(record, unit{kind: document.KindKeyGrants, resource: key}).document
	if read == nil {
		return nil
	}
	d, _, err := decode[document.KeyGrants](documentText(read), "")
	if err != nil {
		return nil
	}
	return c.reaching(key, d)
}

// keyPolicy returns the key's present policy; nil where it could not be read, so that
// every grant counts.
func (c *comparison) keyPolicy(u unit) *iam.Policy {
	u.kind = document.KindKeyPolicy
	now := look(c.after, u).document
	if now == nil {
		return nil
	}
	policy, err := parsePolicy(u, documentText(now))
	if err != nil {
		return nil
	}
	return policy
}

// newGrant points at the first grant that is new.
func newGrant(was, is *document.KeyGrants) string {
	for i := range is.Grants {
		known := slices.ContainsFunc(was.Grants, func(g document.KeyGrant) bool { return g.ID == is.Grants[i].ID })
		if !known {
			return fmt.Sprintf("/Grants/%d", i)
		}
	}
	return ""
}
