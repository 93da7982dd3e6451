package patches

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf16"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/trailguard/trailguard/scanner/document"
	"github.com/trailguard/trailguard/scanner/iam"
)

// identity is a policy of a role, user or group.
func (c *Change) identity(kind, name string) resource {
	kind, name, policy, inline := c.inline(kind, name)
	if !inline {
		arn := c.Name[strings.Index(c.Name, "arn:"):]
		of, _ := iam.ParseARN(arn)
		path := strings.TrimPrefix(of.Resource, "policy")
		name := path[strings.LastIndexByte(path, '/')+1:]
		return resource{
			typ: "aws_iam_policy", id: arn, attributes: []attribute{text("name", name), text("path", strings.TrimSuffix(path, name)), c.policy("policy")},
			ignored: []string{"description", "tags", "tags_all"},
		}
	}
	return resource{
		typ: "aws_iam_" + kind + "_policy", id: name + ":" + policy,
		attributes: []attribute{text(kind, name), text("name", policy), c.policy("policy")},
	}
}

// policy is the whole new document as an expression.
func (c *Change) policy(name string) attribute {
	return attribute{name: name, value: policyTokens(c.Document)}
}

// policyTokens is a policy as jsonencode writes it, which people can read. What does not
// survive that, such as a name that occurs twice, or text that Terraform would
// normalise, stays the text that it is.
func policyTokens(policy string) hclwrite.Tokens {
	var want, got any
	if typ, err := ctyjson.ImpliedType([]byte(policy)); err == nil {
		value, err := ctyjson.Unmarshal([]byte(policy), typ)
		if err == nil && json.Unmarshal([]byte(policy), &want) == nil {
			again, err := ctyjson.Marshal(value, typ)
			if err == nil && json.Unmarshal(again, &got) == nil && reflect.DeepEqual(want, got) {
				return hclwrite.TokensForFunctionCall("jsonencode", hclwrite.TokensForValue(value))
			}
		}
	}
	return hclwrite.TokensForValue(cty.StringVal(ascii(policy)))
}

// ascii is JSON on one line, without a character that anybody would normalise.
func ascii(text string) string {
	var line bytes.Buffer
	if json.Compact(&line, []byte(text)) != nil {
		return text
	}
	var out strings.Builder
	for _, r := range line.String() {
		if r < 0x80 {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

// setting is a policy or setting of a bucket, without the bucket.
func (c *Change) setting() resource {
	switch c.Kind {
	case document.KindBucketPolicy:
		return resource{typ: "aws_s3_bucket_policy", attributes: []attribute{c.policy("policy")}}
	case document.KindPublicAccessBlock:
		d := cmp.Or(decode[document.PublicAccessBlock](c.Document).Configuration, &document.AccessBlock{})
		return resource{typ: "aws_s3_bucket_public_access_block", attributes: []attribute{
			yes("block_public_acls", d.BlockPublicAcls), yes("block_public_policy", d.BlockPublicPolicy),
			yes("ignore_public_acls", d.IgnorePublicAcls), yes("restrict_public_buckets", d.RestrictPublicBuckets),
		}}
	case document.KindVersioning:
		d := decode[document.Versioning](c.Document)
		in := []attribute{text("status", d.Status)}
		if d.MFADelete != "" {
			in = append(in, text("mfa_delete", d.MFADelete))
		}
		return resource{typ: "aws_s3_bucket_versioning", attributes: []attribute{{name: "versioning_configuration", block: in}}}
	case document.KindOwnership:
		d := decode[document.Ownership](c.Document)
		return resource{typ: "aws_s3_bucket_ownership_controls", attributes: []attribute{
			{name: "rule", block: []attribute{text("object_ownership", d.Setting())}},
		}}
	case document.KindRequestPayment:
		d := decode[document.RequestPayment](c.Document)
		return resource{typ: "aws_s3_bucket_request_payment_configuration", attributes: []attribute{text("payer", d.Payer)}}
	case document.KindEncryption:
		byDefault, _ := decode[document.Encryption](c.Document).Deciding()
		return resource{typ: "aws_s3_bucket_server_side_encryption_configuration", attributes: []attribute{{name: "rule", block: []attribute{
			{name: "apply_server_side_encryption_by_default", block: []attribute{text("sse_algorithm", byDefault.SSEAlgorithm)}},
		}}}}
	case document.KindObjectLock:
		d := decode[document.ObjectLock](c.Document).Retention()
		return resource{typ: "aws_s3_bucket_object_lock_configuration", attributes: []attribute{{name: "rule", block: []attribute{
			{name: "default_retention", block: []attribute{text("mode", d.Mode), number("days", d.InDays())}},
		}}}}
	default:
		return accessControlList(decode[document.ACL](c.Document))
	}
}

func accessControlList(d *document.ACL) resource {
	var list []attribute
	for _, g := range d.Grants {
		who := []attribute{text("type", g.Grantee.Type)}
		for _, name := range []struct{ name, value string }{{"id", g.Grantee.ID}, {"uri", g.Grantee.URI}, {"email_address", g.Grantee.EmailAddress}} {
			if name.value != "" {
				who = append(who, text(name.name, name.value))
			}
		}
		list = append(list, attribute{name: "grant", block: []attribute{{name: "grantee", block: who}, text("permission", g.Permission)}})
	}
	list = append(list, attribute{name: "owner", block: []attribute{text("id", d.Owner.ID)}})
	return resource{typ: "aws_s3_bucket_acl", attributes: []attribute{{name: "access_control_policy", block: list}}}
}

// decode reads a document that was proven: rules have read it.
func decode[T any](text string) *T {
	d := new(T)
	if err := json.Unmarshal([]byte(text), d); err != nil {
		return new(T)
	}
	return d
}

func yes(name string, value bool) attribute {
	return attribute{name: name, value: hclwrite.TokensForValue(cty.BoolVal(value))}
}

func number(name string, value int) attribute {
	return attribute{name: name, value: hclwrite.TokensForValue(cty.NumberIntVal(int64(value)))}
}
