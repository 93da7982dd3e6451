package resource

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/document"
)

// iamDocuments returns what tells the documents of a type of IAM's resources.
func (r *Reader) iamDocuments(typ string) func(Values) []doc {
	switch typ {
	case "aws_iam_role", "aws_iam_user":
		return func(v Values) []doc { return r.holder(v, typ) }
	case "aws_iam_role_policy":
		return r.inlinePolicy("aws_iam_role", "role")
	case "aws_iam_user_policy":
		return r.inlinePolicy("aws_iam_user", "user")
	case "aws_iam_role_policy_attachment":
		return func(v Values) []doc {
			return []doc{r.attached(r.principal(v, "aws_iam_role", "role"), v.text("policy_arn"))}
		}
	case "aws_iam_user_policy_attachment":
		return func(v Values) []doc {
			return []doc{r.attached(r.principal(v, "aws_iam_user", "user"), v.text("policy_arn"))}
		}
	case "aws_iam_policy":
		return r.managedPolicy
	case "aws_iam_policy_attachment":
		return r.everyAttachment
	case "aws_iam_role_policies_exclusive", "aws_iam_role_policy_attachments_exclusive":
		return r.exclusive("aws_iam_role", "role_name")
	case "aws_iam_user_policies_exclusive", "aws_iam_user_policy_attachments_exclusive":
		return r.exclusive("aws_iam_user", "user_name")
	case "aws_iam_access_key":
		return r.accessKey
	}
	if strings.HasPrefix(typ, "aws_iam_group") || typ == "aws_iam_user_group_membership" {
		return r.groups(typ)
	}
	return nil
}

// holder are the documents of a role or user that its own resource has. Lists of
// policies that the resource only repeats are the same before and after.
func (r *Reader) holder(v Values, typ string) []doc {
	of := r.principal(v, typ, "name")
	var docs []doc
	self := document.KindUser
	if typ == "aws_iam_role" {
		self = document.KindRole
		docs = append(docs, doc{kind: document.KindTrustPolicy, of: of, absence: absence{none: true}}.policy(v, "assume_role_policy"))
	}
	docs = append(docs, holderTags(v, of, self)...)
	switch a := v.text("permissions_boundary"); a.state {
	case absent:
	case known:
		d := r.managed(a.text)
		d.kind, d.of, d.absence = document.KindBoundary, of, absence{none: true}
		docs = append(docs, d)
	default: // which one is not known, nor what it allows
		docs = append(docs, doc{of: of, why: a.why("permissions_boundary")})
	}
	list := func(name string, read func(attribute) []doc) {
		a := v.of(name)
		if why := a.why(name); why != "" {
			docs = append(docs, doc{kind: document.KindIdentityPolicies, of: of, why: why})
			return
		}
		docs = append(docs, read(a)...)
	}
	list("inline_policy", func(a attribute) []doc { return inlineBlocks(of, a) })
	list("managed_policy_arns", func(a attribute) []doc {
		var arns []string
		var attached []doc
		if a.into(&arns) {
			for _, arn := range arns {
				attached = append(attached, r.attached(of, attribute{state: known, text: arn, value: arn}))
			}
		}
		return attached
	})
	return docs
}

// inlineBlocks are the inline policies that a role's own resource lists.
func inlineBlocks(of target, a attribute) []doc {
	var blocks []struct{ Name, Policy string }
	if !a.into(&blocks) {
		return []doc{{kind: document.KindIdentityPolicies, of: of, why: "its inline_policy is of a form that is not known here"}}
	}
	var docs []doc
	for _, b := range blocks {
		if b.Name == "" && b.Policy == "" {
			continue // the block that says there shall be none
		}
		d := doc{kind: document.KindIdentityPolicy, of: of, name: "inline/" + b.Name, text: b.Policy, absence: absence{none: true}}
		if b.Policy == "" {
			d.why = "the plan does not tell its policy"
		}
		docs = append(docs, d)
	}
	return docs
}

// inlinePolicy is a policy of a role or user that is a resource of its own.
func (r *Reader) inlinePolicy(typ, holder string) func(Values) []doc {
	return func(v Values) []doc {
		of := r.principal(v, typ, holder)
		name := v.text("name")
		if name.state != known {
			return []doc{{kind: document.KindIdentityPolicies, of: of, why: "the name of a new policy is " + name.later}}
		}
		d := doc{kind: document.KindIdentityPolicy, of: of, name: "inline/" + name.text, absence: absence{none: true}}
		return []doc{d.policy(v, "policy")}
	}
}

// attached is a managed policy of a role or user.
func (r *Reader) attached(of target, arn attribute) doc {
	if arn.state != known {
		return doc{kind: document.KindIdentityPolicies, of: of, why: "which policy the plan attaches is " + arn.later}
	}
	d := r.managed(arn.text)
	d.kind, d.of, d.absence = document.KindIdentityPolicy, of, absence{none: true}
	return d
}

// managed is the text of a managed policy, as far as the plan has it.
func (r *Reader) managed(arn string) doc {
	d := doc{name: arn, linked: true}
	if v, ok := r.policies[arn]; ok {
		return d.policy(v, "policy")
	}
	d.why = "the text of " + arn + " is not in the plan"
	return d
}

// managedPolicy is a managed policy, for whoever has it.
func (r *Reader) managedPolicy(v Values) []doc {
	arn := v.text("arn")
	if arn.state != known {
		return nil // a new one
	}
	whoever := target{is: func(string) bool { return true }}
	whoever.why = uncertain(arn.text)
	d := doc{kind: document.KindIdentityPolicy, of: whoever, name: arn.text, absence: absence{none: true}}.policy(v, "policy")
	boundary := d
	boundary.kind, boundary.absence = document.KindBoundary, absence{}
	return []doc{d, boundary}
}

// everyAttachment takes a managed policy from whoever the resource does not list.
func (r *Reader) everyAttachment(v Values) []doc {
	arn := v.text("policy_arn")
	if arn.state != known {
		return nil // a new one, which nobody has
	}
	text, _ := v.all("users", "roles", "groups")
	docs := []doc{{
		kind: document.KindIdentityPolicy, of: target{is: func(string) bool { return true }}, name: arn.text, text: text, opaque: true,
	}}
	for _, holders := range []struct{ list, typ string }{{"roles", "aws_iam_role"}, {"users", "aws_iam_user"}} {
		var names []string
		if !v.of(holders.list).into(&names) {
			continue
		}
		for _, name := range names {
			docs = append(docs, r.attached(r.called(holders.typ, name), arn))
		}
	}
	return docs
}

// exclusive is a list that takes from a role or user what is not on it.
func (r *Reader) exclusive(typ, holder string) func(Values) []doc {
	return func(v Values) []doc {
		text, why := v.all()
		return []doc{{kind: document.KindIdentityPolicies, of: r.principal(v, typ, holder), text: text, why: why, opaque: true}}
	}
}

// groups are what any user may have of a group: who is in it is not in a snapshot.
func (r *Reader) groups(typ string) func(Values) []doc {
	users := target{name: "any user", is: func(resource string) bool { return strings.Contains(resource, ":user/") }}
	return func(v Values) []doc {
		return []doc{{kind: document.KindIdentityPolicies, of: users, why: "the plan changes a group (" + typ + "), and who is in it is not known"}}
	}
}
