package drift

import (
	"fmt"
	"slices"
	"strings"

	"github.com/trailguard/trailguard/scanner"
	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/iam/keys"
)

// What condition keys for the tags of a role or user begin with.
const (
	principalTag = "aws:PrincipalTag/"
	resourceTag  = "ResourceTag/" // under aws: and iam:
)

// tagged is what two sets of tags of the writer mean by the policies as they are now.
// What those say instead of what they said is told where they are compared.
type tagged struct {
	gained, lost *iam.Witness
	open         string // why a request is not decided; empty: all are
}

// writerTags compares the tags of the role or user that writes, where a policy goes
// by them. Tags that no policy asks for are not compared.
func (c *comparison) writerTags(u unit, before, after *scanner.Evidence) []scanner.Change {
	b, a, err := decode[document.Principal](documentText(before), documentText(after))
	if err != nil || before.Absent || after.Absent {
		return nil // that is told already
	}
	was, is := b.Detail().Tags, a.Detail().Tags
	changed := c.askedFor(changedTags(was, is))
	if len(changed) == 0 {
		return nil
	}
	member, _, _ := u.kind.Member()
	change := scanner.Change{
		Kind: u.kind, Resource: u.resource, Name: u.name, Pointer: "/" + member + "/Tags",
		Before: written(was), After: written(is), Effect: scanner.EffectIncomparable,
	}
	if was == nil || is == nil {
		change.Message = fmt.Sprintf("%s: a policy goes by its tags, which were not collected both times", title(u))
		return []scanner.Change{change}
	}
	found := c.byTags(u, was, is, changed)
	meaning := "what the writer may is the same"
	switch change.Effect = scanner.EffectEquivalent; {
	case found.gained != nil && found.lost != nil:
		change.Effect, change.Witness = scanner.EffectMixed, witness(found.gained)
		meaning = "allowed now and not before: " + requestText(found.gained) + "; allowed before and no longer: " + requestText(found.lost)
	case found.gained != nil:
		change.Effect, change.Witness = scanner.EffectWidened, witness(found.gained)
		meaning = "allowed now and not before: " + requestText(found.gained)
	case found.lost != nil:
		change.Effect, change.Witness = scanner.EffectNarrowed, witness(found.lost)
		meaning = "allowed before and no longer: " + requestText(found.lost)
	case found.open != "":
		change.Effect, meaning = scanner.EffectIncomparable, "what that changes could not be told: "+found.open
	case !c.index.options.Equivalent:
		return nil
	}
	change.Message = fmt.Sprintf("%s: a policy goes by its tags, which changed from %s to %s: %s", title(u), orNone(was), orNone(is), meaning)
	return []scanner.Change{change}
}

func orNone(tags []document.Tag) string {
	if len(tags) == 0 {
		return "none"
	}
	return written(tags)
}

// changedTags are the keys of tags that came, went or have another value. Where tags
// were not kept, all of the others may have.
func changedTags(was, is []document.Tag) []string {
	var changed []string
	lacks := func(list []document.Tag) func(document.Tag) {
		return func(t document.Tag) {
			if !slices.Contains(list, t) {
				changed = append(changed, strings.ToLower(t.Key))
			}
		}
	}
	for _, t := range was {
		lacks(is)(t)
	}
	for _, t := range is {
		lacks(was)(t)
	}
	slices.Sort(changed)
	return slices.Compact(changed)
}

// askedFor leaves the keys of tags that a policy of the later record asks for.
func (c *comparison) askedFor(tags []string) []string {
	return slices.DeleteFunc(tags, func(tag string) bool {
		return !slices.ContainsFunc(c.after.Evidence, func(e scanner.Evidence) bool {
			_, policy := e.Kind.Policy()
			return policy && !e.Absent && (mentions(&e, principalTag+tag) || mentions(&e, resourceTag+tag))
		})
	})
}

// mentions says that a policy may name a condition key. Its text may be written with
// escapes, which policies hardly ever are: it then counts as one that does.
func mentions(e *scanner.Evidence, key string) bool {
	return strings.Contains(strings.ToLower(e.Text), strings.ToLower(key)) || strings.Contains(e.Text, `\`)
}

// byTags asks for each request that the writer makes, or could make of its bucket and
// key, whether the tags decide it.
func (c *comparison) byTags(u unit, was, is []document.Tag, changed []string) tagged {
	found := tagged{open: c.openTo(u, changed)}
	for i := range c.after.Evidence {
		e := &c.after.Evidence[i]
		if e.Kind != document.KindBucketPolicy && e.Kind != document.KindKeyPolicy {
			continue
		}
		policies := c.writerPolicies(c.after, u.resource)
		policy, err := parsePolicy(unit{kind: e.Kind, resource: e.Resource}, documentText(e))
		if err != nil {
			found.open = fmt.Sprintf("the %s of %s is no policy", e.Kind.Noun(), e.Resource)
			continue
		}
		if policies.Resource = policy; e.Kind == document.KindKeyPolicy {
			policies.Grants = c.grantsOf(c.after, e.Resource)
		}
		for _, q := range c.taggedQuestions(u, e) {
			found.ask(q, policies, was, is)
		}
	}
	return found
}

// openTo says what keeps the tags from being compared; empty: nothing does.
func (c *comparison) openTo(u unit, changed []string) string {
	for i := range c.after.Gaps {
		if g := &c.after.Gaps[i]; g.Kind == document.KindBucketPolicy || g.Kind == document.KindKeyPolicy || g.Kind == document.KindTrustPolicy {
			return fmt.Sprintf("the %s of %s could not be read", g.Kind.Noun(), g.Resource)
		}
	}
	for i := range c.after.Evidence {
		e := &c.after.Evidence[i]
		if _, control := controlFamily(e.Kind); !control && e.Kind != document.KindTrustPolicy || e.Absent {
			continue
		}
		if slices.ContainsFunc(changed, func(tag string) bool { return mentions(e, principalTag+tag) || mentions(e, resourceTag+tag) }) {
			return fmt.Sprintf("the %s goes by them", title(unit{e.Kind, e.Resource, e.Name}))
		}
		if e.Kind != document.KindTrustPolicy {
			continue
		}
		if trust, err := parsePolicy(u.trust(), e.Text); err != nil || trust.MayAllow("sts:TagSession") {
			return "whoever assumes the role may bring other tags"
		}
	}
	return ""
}

func (u unit) trust() unit { return unit{kind: document.KindTrustPolicy, resource: u.resource} }

// taggedQuestions are requests of the writer on a bucket or a key, as its client and
// S3 make them.
func (c *comparison) taggedQuestions(u unit, e *scanner.Evidence) []iam.Request {
	actions, resource, kind := []string{"s3:PutObject", "s3:GetObject", "s3:DeleteObject", "s3:DeleteObjectVersion"}, e.Resource+"/"+c.after.Configuration.Prefix()+"*", keys.RoleUpload
	if e.Kind == document.KindKeyPolicy {
		actions, resource, kind = []string{"kms:GenerateDataKey", "kms:Decrypt"}, e.Resource, keys.RoleKeyUse
	}
	if u.kind == document.KindUser {
		kind++ // the row of users follows that of roles
	}
	values, _ := keys.Constant(kind)
	values["aws:PrincipalArn"], values["aws:PrincipalAccount"] = u.resource, iam.AccountOf(u.resource)
	absent := c.ofBucketTags(e.Resource, values)
	questions := make([]iam.Request, len(actions))
	for i, action := range actions {
		questions[i] = iam.Request{
			Principal: u.resource, Action: action, Resource: resource, ResourceAccount: c.account(unit{kind: e.Kind, resource: e.Resource}),
			OthersUnknown: true, Kind: kind, Context: iam.Context{}.WithEach(values), Absent: absent,
		}
	}
	return questions
}

// ofBucketTags puts the bucket's tags as they are now into what a request holds, where
// they are known, and returns the keys that are absent but for them.
func (c *comparison) ofBucketTags(resource string, values map[string]string) (absent []string) {
	read := look(c.after, unit{kind: document.KindBucketABAC, resource: resource}).document
	if read == nil {
		return nil
	}
	d, _, err := decode[document.BucketABAC](documentText(read), "")
	if err != nil || !d.Valid() {
		return nil
	}
	for _, prefix := range []string{"aws:" + resourceTag, "s3:BucketTag/"} {
		absent = append(absent, prefix)
		for _, t := range d.Tags {
			if d.Status == document.StatusEnabled {
				values[prefix+t.Key] = t.Value
			}
		}
	}
	return absent
}

// ask asks one request with both sets of tags, where it depends on tags at all.
func (f *tagged) ask(q iam.Request, policies *iam.Policies, was, is []document.Tag) {
	open := iam.Explain(&q, policies)
	byTag := func(key string) bool {
		return len(key) > len(principalTag) && strings.EqualFold(key[:len(principalTag)], principalTag)
	}
	if open.Verdict != iam.Depends || !open.Capped && !slices.ContainsFunc(open.Needs, byTag) {
		return
	}
	with := func(tags []document.Tag) (iam.Verdict, map[string][]string) {
		values, shown := map[string]string{}, map[string][]string{}
		for _, t := range tags {
			values[principalTag+t.Key] = t.Value
			shown[principalTag+t.Key] = []string{t.Value}
		}
		asked := q
		asked.Context, asked.Absent = q.Context.WithEach(values), append(slices.Clip(q.Absent), principalTag)
		return iam.Evaluate(&asked, policies), shown
	}
	before, _ := with(was)
	after, shown := with(is)
	request := &iam.Witness{Principal: q.Principal, Action: q.Action, Resource: q.Resource, Context: shown}
	switch {
	case before == after && before != iam.Depends:
	case before == iam.Depends || after == iam.Depends || f.open != "":
		if f.open == "" {
			f.open = q.Action + " depends on more than the tags"
		}
	case after == iam.Yes && f.gained == nil:
		f.gained = request
	case after == iam.No && f.lost == nil:
		f.lost = request
	}
}
