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

// tagged is what two sets of tags of the writer mean by the policies as they are now.
// What those say instead of what they said is told where they are compared.
type tagged struct {
	iam.Comparison

	open string // why a request is not decided; empty: all are
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
	d := documentChange{pointer: "/" + member + "/" + tagsMember, effect: scanner.EffectIncomparable}
	if was == nil || is == nil {
		d.message = fmt.Sprintf("%s: a policy goes by its tags, which were not collected both times", title(u))
		return c.report(u, d, written(was), written(is))
	}
	found := c.byTags(u, was, is, changed)
	found.Change = changeOf(&found.Comparison)
	d.judge(title(u), found.Comparison)
	switch {
	case found.Change != iam.Equivalent:
	case found.open != "":
		d.effect, d.message = scanner.EffectIncomparable, "what that changes could not be told: "+found.open
	default:
		d.message = "what the writer may is the same"
	}
	d.message = fmt.Sprintf("%s: a policy goes by its tags, which changed from %s to %s: %s", title(u), orNone(was), orNone(is), d.message)
	return c.report(u, d, written(was), written(is))
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
			return policy && !e.Absent && asksFor(&e, tag)
		})
	})
}

// asksFor says that a policy may go by a tag of the writer, in lower case: as the one
// who asks, or as the role that is asked for (under aws: or iam:). Its text may be
// written with escapes, which policies hardly ever are: it then counts as one that does.
func asksFor(e *scanner.Evidence, tag string) bool {
	text := strings.ToLower(e.Text)
	return strings.Contains(text, strings.ToLower(keys.PrincipalTag)+tag) || strings.Contains(text, "resourcetag/"+tag) || strings.Contains(text, `\`)
}

// byTags asks for each request that the writer makes, or could make of its bucket and
// key, whether the tags decide it.
func (c *comparison) byTags(u unit, was, is []document.Tag, changed []string) tagged {
	found := tagged{open: c.openTo(changed)}
	writer := c.writerPolicies(c.after, u.resource)
	for i := range c.after.Evidence {
		e := &c.after.Evidence[i]
		if e.Kind != document.KindBucketPolicy && e.Kind != document.KindKeyPolicy {
			continue
		}
		policies := *writer
		policy, err := parsePolicy(unit{kind: e.Kind, resource: e.Resource}, documentText(e))
		if err != nil {
			found.open = fmt.Sprintf("the %s of %s is no policy", e.Kind.Noun(), e.Resource)
			continue
		}
		if policies.Resource = policy; e.Kind == document.KindKeyPolicy {
			policies.Grants = c.grantsOf(c.after, e.Resource)
		}
		for _, q := range c.taggedQuestions(u, e) {
			found.ask(q, &policies, was, is)
		}
	}
	return found
}

// openTo says what keeps the tags from being compared; empty: nothing does.
func (c *comparison) openTo(changed []string) string {
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
		of := unit{e.Kind, e.Resource, e.Name}
		if slices.ContainsFunc(changed, func(tag string) bool { return asksFor(e, tag) }) {
			return fmt.Sprintf("the %s goes by them", title(of))
		}
		if e.Kind != document.KindTrustPolicy {
			continue
		}
		if trust, err := parsePolicy(of, e.Text); err != nil || trust.MayAllow("sts:TagSession") {
			return "whoever assumes the role may bring other tags"
		}
	}
	return ""
}

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
	for _, prefix := range []string{keys.ResourceTag, keys.BucketTag} {
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
	byTag := func(key string) bool { return keys.Under(keys.PrincipalTag, key) }
	if open.Verdict != iam.Depends || !open.Capped && !slices.ContainsFunc(open.Needs, byTag) {
		return
	}
	with := func(tags []document.Tag) (iam.Verdict, map[string][]string) {
		values, shown := map[string]string{}, map[string][]string{}
		for _, t := range tags {
			values[keys.PrincipalTag+t.Key] = t.Value
			shown[keys.PrincipalTag+t.Key] = []string{t.Value}
		}
		asked := q
		asked.Context, asked.Absent = q.Context.WithEach(values), append(slices.Clip(q.Absent), keys.PrincipalTag)
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
	case after == iam.Yes && f.Widened == nil:
		f.Widened = request
	case after == iam.No && f.Narrowed == nil:
		f.Narrowed = request
	}
}
