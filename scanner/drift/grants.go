package drift

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// grants compares the grants on the bucket's key by what they let be done with the
// objects in it, beside the key policy of today: another id, or a grant of what
// the policy allows anyway, changes nothing.
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

// reaching are the grants on a key that can be about objects in the export's bucket.
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

// compareGrants asks for everybody to whom a grant was given. The export's own
// writer comes first, with its own policies; others of the key's account are taken
// to have none, so that the grant shows, and those elsewhere to have all.
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
	switch {
	case total.Widened != nil && total.Narrowed != nil, total.Capped:
		total.Change = iam.Mixed
	case total.Widened != nil:
		total.Change = iam.Widened
	case total.Narrowed != nil:
		total.Change = iam.Narrowed
	default:
		total.Change = iam.Equivalent
	}
	return total
}

var everyRight = []*iam.Policy{iam.AllowAll("identity policies")}

// grantees are all to whom something was granted, each once.
func grantees(lists ...[]iam.Grant) []string {
	var who []string
	for _, grant := range slices.Concat(lists...) {
		who = append(who, grant.Grantee)
	}
	slices.Sort(who)
	return slices.Compact(who)
}

// grantQuestions are what grants can let somebody do, under the context that S3
// sends, of whichever object.
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

// grantsOf are the grants on a key that a record holds; none where nobody could
// read them.
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

// keyPolicy is the policy of the key as it is now; nil where nobody could read it, so
// that every grant counts.
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

// newGrant points at the first grant of today that is new.
func newGrant(was, is *document.KeyGrants) string {
	for i := range is.Grants {
		known := slices.ContainsFunc(was.Grants, func(g document.KeyGrant) bool { return g.ID == is.Grants[i].ID })
		if !known {
			return fmt.Sprintf("/Grants/%d", i)
		}
	}
	return ""
}
