package cloudformation

import (
	"strings"

	"github.com/trailguard/trailguard/scanner/iam"
	"github.com/trailguard/trailguard/scanner/yamlfile"
)

// truth is what becomes of a condition.
type truth int

const (
	maybe truth = iota
	yes
	no
)

func truly(is bool) truth {
	if is {
		return yes
	}
	return no
}

// condition decides a condition, or the name of one.
func (t *template) condition(n *yamlfile.Node) truth {
	if n.Kind == yamlfile.Scalar {
		return t.named(n.Text)
	}
	if len(n.Fields) != 1 {
		return maybe
	}
	of := n.Fields[0].Value
	switch n.Fields[0].Name {
	case "Condition":
		return t.named(of.Text)
	case "Fn::Equals":
		if len(of.Items) != 2 {
			return maybe
		}
		a, b := t.eval(of.Items[0]), t.eval(of.Items[1])
		if a.unknown || b.unknown {
			return maybe
		}
		return truly(a.text() == b.text())
	case "Fn::Not":
		if len(of.Items) != 1 {
			return maybe
		}
		return [...]truth{maybe: maybe, yes: no, no: yes}[t.condition(of.Items[0])]
	case "Fn::And":
		return t.all(of.Items, yes, no)
	case "Fn::Or":
		return t.all(of.Items, no, yes)
	default:
		return maybe
	}
}

// all is what conditions come to of which one decides alone.
func (t *template) all(list []*yamlfile.Node, otherwise, decides truth) truth {
	for _, n := range list {
		is := t.condition(n)
		if is == decides {
			return decides
		}
		if is == maybe {
			otherwise = maybe
		}
	}
	return otherwise
}

func (t *template) named(name string) truth {
	n := t.conditions[name]
	if n == nil {
		return maybe
	}
	is := maybe
	t.within("condition "+name, func() value { is = t.condition(n); return value{} })
	return is
}

// isPseudo says whether CloudFormation has a parameter of its own by a name.
func isPseudo(name string) bool {
	switch name {
	case "AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::StackName", "AWS::StackId", "AWS::URLSuffix":
		return true
	default:
		return false
	}
}

// pseudo is a parameter that CloudFormation has of its own.
func (t *template) pseudo(name string) value {
	if given, ok := t.o.Parameters[name]; ok {
		return value{v: given}
	}
	known := map[string]string{"AWS::AccountId": t.o.Account, "AWS::Partition": t.o.Partition}[name]
	if known == "" {
		return unknown
	}
	return value{v: known}
}

// ref is what Ref comes to: a parameter, or what names a resource.
func (t *template) ref(name string) value {
	switch {
	case name == "AWS::NoValue":
		return value{none: true}
	case isPseudo(name):
		return t.pseudo(name)
	case t.parameters[name] != nil:
		return t.parameter(name)
	case t.typeOf(name) == "AWS::IAM::ManagedPolicy":
		return t.attribute(name, "PolicyArn")
	case t.resources[name] != nil:
		return t.name(name)
	default:
		return unknown
	}
}

func (t *template) parameter(name string) value {
	of := fields(t.parameters[name])
	typ, secret := "", of["NoEcho"] != nil && strings.EqualFold(of["NoEcho"].Text, "true")
	if n := of["Type"]; n != nil {
		typ = n.Text
	}
	text, given := t.o.Parameters[name]
	if n := of["Default"]; !given && n != nil && n.Kind == yamlfile.Scalar {
		text, given = n.Text, true
	}
	if !given || strings.HasPrefix(typ, "AWS::SSM::") { // whose value is the name of another
		return value{unknown: true, secret: secret, like: "*"}
	}
	if typ != "CommaDelimitedList" && !strings.HasPrefix(typ, "List<") {
		return value{v: text, secret: secret}
	}
	var list []any
	for _, item := range strings.Split(text, ",") {
		list = append(list, strings.TrimSpace(item))
	}
	return value{v: list, secret: secret}
}

// naming are the properties that name resources, by type.
var naming = map[string]string{
	"AWS::S3::Bucket": "BucketName", "AWS::IAM::Role": "RoleName", "AWS::IAM::User": "UserName", "AWS::IAM::Group": "GroupName",
	"AWS::IAM::ManagedPolicy": "ManagedPolicyName",
}

// name is what a resource is called. One that the template does not name has a part of
// its logical id in its name.
func (t *template) name(id string) value {
	typ := t.typeOf(id)
	if given := t.o.Names[id]; given != "" {
		if typ == "AWS::KMS::Key" {
			given = given[strings.LastIndex(given, "/")+1:]
		}
		return value{v: given}
	}
	property, known := naming[typ]
	if !known {
		return unknown
	}
	if n := t.properties(id)[property]; n != nil {
		return t.within("name "+id, func() value { return t.eval(n) })
	}
	part := id
	if typ == "AWS::S3::Bucket" {
		part = strings.ToLower(id)
	}
	// Names are cut to what fits, the logical id first.
	return value{unknown: true, like: "*-" + part[:min(len(part), 16)] + "*"}
}

// attribute is what Fn::GetAtt comes to.
func (t *template) attribute(id, attribute string) value {
	typ := t.typeOf(id)
	of := map[string]string{
		"AWS::S3::Bucket Arn": "s3", "AWS::IAM::Role Arn": "role", "AWS::IAM::User Arn": "user", "AWS::IAM::Group Arn": "group",
		"AWS::IAM::ManagedPolicy PolicyArn": "policy", "AWS::KMS::Key Arn": "key", "AWS::KMS::Key KeyId": "id",
	}[typ+" "+attribute]
	name, partition, account := t.name(id), t.pseudo("AWS::Partition"), t.pseudo("AWS::AccountId")
	switch of {
	case "":
		return unknown
	case "s3":
		name.add(partition)
		name.v = "arn:" + partition.text() + ":s3:::" + name.text()
		return name.liken()
	case "id":
		return name
	case "key":
		if arn, ok := iam.ParseARN(t.o.Names[id]); ok && arn.Service == "kms" {
			return value{v: t.o.Names[id]}
		}
		return unknown
	}
	path := value{v: "/"}
	if n := t.properties(id)["Path"]; n != nil {
		path = t.within("path "+id, func() value { return t.eval(n) })
	}
	for _, part := range []value{partition, account, path} {
		name.add(part)
	}
	like := "arn:*:" + of + path.text() + name.like
	if name.v = "arn:" + partition.text() + ":iam::" + account.text() + ":" + of + path.text() + name.text(); name.unknown {
		name.like = like
	}
	return name
}
