package cloudformation

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/overlay/internal/resource"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// later is when CloudFormation knows what a template does not tell.
const later = "known once the stack is made"

// attributes are those of a resource in the words of Terraform's provider.
type attributes struct{ known, unknown, secret map[string]any }

func newAttributes() attributes {
	return attributes{map[string]any{}, map[string]any{}, map[string]any{}}
}

// set gives a resource an attribute. What is nothing is not set.
func (a attributes) set(name string, v value) attributes {
	if v.none {
		return a
	}
	a.known[name] = v.v
	if v.unknown {
		a.unknown[name] = true
	}
	if v.secret {
		a.secret[name] = true
	}
	return a
}

// meant sets what names something, as far as it is known.
func (a attributes) meant(name string, v value) attributes {
	if v.unknown {
		return a.set(name, value{v: v.like})
	}
	return a.set(name, v)
}

// making are the resources that one of a template comes to.
type making struct {
	t    *template
	id   string
	line int
	// doubt says that a condition decides whether the template has the resource.
	doubt bool
	out   []resource.Resource
}

func (m *making) add(typ string, a attributes) {
	if m.doubt { // whatever it says
		for name := range a.known {
			if !isName(name) {
				a.unknown[name] = true
			}
		}
	}
	m.out = append(m.out, resource.Resource{
		Address: m.id, File: m.t.o.File, Line: m.line, Type: typ, After: resource.NewValues(a.known, a.unknown, a.secret, later),
	})
}

// isName says whether an attribute tells what a resource belongs to.
func isName(attribute string) bool {
	switch attribute {
	case "bucket", "role", "user", "name", "arn", "key_id", "target_id":
		return true
	default:
		return false
	}
}

// translate says what a resource of the template is in the words of Terraform's
// provider: some are several there. One that a condition leaves out is none.
func (t *template) translate(id string, line int) []resource.Resource {
	m := &making{t: t, id: id, line: line}
	if n := fields(t.resources[id])["Condition"]; n != nil {
		switch t.condition(n) {
		case no:
			return nil
		case maybe:
			m.doubt = true
		case yes:
		}
	}
	properties := t.properties(id)
	get := func(name string) value { return t.eval(properties[name]) }
	switch typ := t.typeOf(id); typ {
	case "AWS::S3::Bucket":
		m.bucket(properties)
	case "AWS::S3::BucketPolicy":
		m.add("aws_s3_bucket_policy", newAttributes().meant("bucket", get("Bucket")).set("policy", get("PolicyDocument").json()))
	case "AWS::IAM::Role", "AWS::IAM::User":
		m.holder(typ, get)
	case "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy":
		m.inline(get)
	case "AWS::IAM::ManagedPolicy":
		m.managed(get)
	case "AWS::IAM::AccessKey":
		m.add("aws_iam_access_key", newAttributes().meant("user", get("UserName")).set("status", get("Status")))
	case "AWS::KMS::Key":
		m.key(get)
	case "AWS::KMS::Alias":
		m.add("aws_kms_alias", newAttributes().meant("arn", get("AliasName")))
	case "AWS::Organizations::Policy":
		targets, _ := get("TargetIds").v.([]any)
		for _, target := range targets {
			m.add("aws_organizations_policy_attachment", newAttributes().set("target_id", value{v: target}))
		}
	default:
		m.other(typ, get)
	}
	return m.out
}

// other are resources that are not translated: unforeseen for what they name.
func (m *making) other(typ string, get func(string) value) {
	switch {
	case typ == "AWS::IAM::InstanceProfile", typ == "AWS::S3::AccessPoint", strings.HasPrefix(typ, "AWS::S3::StorageLens"):
	case strings.HasPrefix(typ, "AWS::IAM::Group"), typ == "AWS::IAM::UserToGroupAddition":
		m.add("aws_iam_group", newAttributes())
	case strings.HasPrefix(typ, "AWS::S3::"):
		m.add("awscc_s3_"+typ, newAttributes().meant("bucket", get("Bucket")).meant("bucket_name", get("BucketName")))
	case strings.HasPrefix(typ, "AWS::IAM::"):
		m.add("awscc_iam_"+typ, newAttributes().meant("role", get("RoleName")).meant("user", get("UserName")))
	case strings.HasPrefix(typ, "AWS::KMS::"):
		m.add("awscc_kms_"+typ, newAttributes().meant("key_id", get("KeyId")))
	}
}

// holder is a role or user with what its own resource lists.
func (m *making) holder(typ string, get func(string) value) {
	of, holder := "aws_iam_role", "role"
	if typ == "AWS::IAM::User" {
		of, holder = "aws_iam_user", "user"
	}
	name := m.t.name(m.id)
	a := newAttributes().meant("name", name).set("permissions_boundary", get("PermissionsBoundary"))
	if arn := m.t.attribute(m.id, "Arn"); !arn.unknown {
		a.set("arn", arn)
	}
	if of == "aws_iam_role" {
		a.set("assume_role_policy", get("AssumeRolePolicyDocument").json())
	}
	if tags := get("Tags"); !tags.none {
		a.set(resource.TagsAdded, tags.tags())
	}
	m.add(of, a)
	n := m.t.properties(m.id)["Policies"]
	if n != nil && n.Kind == yamlfile.List {
		for _, item := range n.Items {
			policy := fields(item)
			m.add(of+"_policy", newAttributes().meant(holder, name).
				set("name", m.t.eval(policy["PolicyName"])).set("policy", m.t.eval(policy["PolicyDocument"]).json()))
		}
	} else if n != nil {
		m.add(of+"_policy", newAttributes().meant(holder, name).set("name", unknown))
	}
	m.attach(of, holder, name, m.t.properties(m.id)["ManagedPolicyArns"])
	if groups := get("Groups"); !groups.none {
		m.add("aws_iam_group", newAttributes())
	}
}

// attach are the managed policies that a list gives to a role or user.
func (m *making) attach(of, holder string, name value, list *yamlfile.Node) {
	if list == nil {
		return
	}
	if list.Kind != yamlfile.List {
		m.add(of+"_policy_attachment", newAttributes().meant(holder, name).set("policy_arn", unknown))
		return
	}
	for _, item := range list.Items {
		if arn := m.t.eval(item); !arn.none {
			m.add(of+"_policy_attachment", newAttributes().meant(holder, name).set("policy_arn", arn))
		}
	}
}

// holders calls a function for each role and user that a policy is for.
func (m *making) holders(get func(string) value, do func(of, holder string, name value)) {
	for _, list := range []struct{ property, of, holder string }{
		{"Roles", "aws_iam_role", "role"},
		{"RoleName", "aws_iam_role", "role"},
		{"Users", "aws_iam_user", "user"},
		{"UserName", "aws_iam_user", "user"},
	} {
		n := m.t.properties(m.id)[list.property]
		if n == nil {
			continue
		}
		items := n.Items
		if n.Kind != yamlfile.List {
			items = []*yamlfile.Node{n}
		}
		for _, item := range items {
			name := m.t.eval(item)
			several, listed := name.v.([]any)
			switch {
			case name.none:
			case listed && !name.unknown:
				for _, one := range several {
					do(list.of, list.holder, value{v: one})
				}
			default:
				do(list.of, list.holder, name.named())
			}
		}
	}
	if groups := get("Groups"); !groups.none {
		m.add("aws_iam_group", newAttributes())
	}
}

// named is a name of which nothing is known, where it is not known what it may be like.
func (v value) named() value {
	if v.unknown && v.like == "" {
		v.like = "*"
	}
	return v
}

func (m *making) inline(get func(string) value) {
	m.holders(get, func(of, holder string, name value) {
		m.add(of+"_policy", newAttributes().meant(holder, name).set("name", get("PolicyName")).set("policy", get("PolicyDocument").json()))
	})
}

func (m *making) managed(get func(string) value) {
	arn := m.t.attribute(m.id, "PolicyArn")
	m.add("aws_iam_policy", newAttributes().meant("arn", arn).set("policy", get("PolicyDocument").json()))
	m.holders(get, func(of, holder string, name value) {
		m.add(of+"_policy_attachment", newAttributes().meant(holder, name).set("policy_arn", arn))
	})
}

// key is a KMS key. Which one it is only its ARN tells.
func (m *making) key(get func(string) value) {
	arn := m.t.attribute(m.id, "Arn")
	enabled := get("Enabled")
	if enabled.none {
		enabled = value{v: true}
	}
	m.add("aws_kms_key", newAttributes().meant("arn", arn).set("is_enabled", enabled.bool()).set("policy", get("KeyPolicy").json()).
		set("enable_key_rotation", get("EnableKeyRotation").bool()).set("rotation_period_in_days", get("RotationPeriodInDays")))
}

// bool is a value that may be written as a text.
func (v value) bool() value {
	if text := v.text(); text == "true" || text == "false" {
		v.v = text == "true"
	}
	return v
}
