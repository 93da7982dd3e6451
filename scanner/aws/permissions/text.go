package permissions

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/trailguard/trailguard/scanner/aws/internal/partitions"
	"github.com/trailguard/trailguard/scanner/document"
)

// JSON returns the permissions as one indented object.
func (p Reader) JSON() string { return indented(p, "") + "\n" }

// CloudFormation returns a template, in YAML, that creates the reader role.
func (p Reader) CloudFormation() string {
	return p.template() + p.keyComment() + "Outputs:\n  ReaderRoleArn:\n    Value: !GetAtt TrailguardReader.Arn\n"
}

// StackSet returns a CloudFormation template that is the same for every account
// of a stack set: CloudFormation fills in account and partition, which the
// input must leave out.
func StackSet(in Input) (string, error) {
	in.Account, in.Partition = "000000000000", partitions.Default
	if _, err := Of(in); err != nil {
		return "", err
	}
	if in.TrustedBy == "" && in.OIDC == "" {
		return "", errors.New("permissions: a template for many accounts needs --trusted-by ARN or --oidc github:ORG/REPO: who assumes the roles")
	}
	who, err := in.trustee()
	if err != nil {
		return "", err
	}
	if in.TrustedBy != "" {
		in.TrustedBy = who
	}
	if err := in.understand(); err != nil {
		return "", err
	}
	in.ReaderRole = cmp.Or(in.ReaderRole, defaultReaderRole)
	in.Account, in.Partition = "${AWS::AccountId}", "${AWS::Partition}"
	p, err := in.permissions()
	if err != nil {
		return "", err
	}
	return substituted.ReplaceAllString(p.template(), "!Sub $0") + keyHeading + "# " +
		indented(p.KeyPolicyStatement, "# ") + "\n", nil
}

// substituted matches texts with something for CloudFormation to fill in.
var substituted = regexp.MustCompile(`"[^"]*\$\{AWS::[^"]*"`)

// template creates the reader role.
func (p Reader) template() string {
	var out strings.Builder
	fmt.Fprintf(&out, "AWSTemplateFormatVersion: %q\n", "2010-09-09")
	out.WriteString("Description: what trailguard reads in this account, and nothing else\n")
	out.WriteString("Resources:\n  TrailguardReader:\n    Type: AWS::IAM::Role\n    Properties:\n")
	fmt.Fprintf(&out, "      RoleName: %q\n", p.Role)
	if p.Path != "" {
		fmt.Fprintf(&out, "      Path: %q\n", p.Path)
	}
	// JSON is YAML, and the policy stays the text that IAM shows.
	fmt.Fprintf(&out, "      AssumeRolePolicyDocument:\n        %s\n", indented(p.TrustPolicy, "        "))
	fmt.Fprintf(&out, "      Policies:\n        - PolicyName: read\n          PolicyDocument:\n            %s\n", indented(p.ReaderPolicy, "            "))
	return out.String()
}

// Terraform returns the permissions as resources of Terraform's AWS provider,
// in HCL.
func (p Reader) Terraform() string {
	var out strings.Builder
	name := identifierPattern.ReplaceAllString(p.Role, "_")
	fmt.Fprintf(&out, "resource \"aws_iam_role\" %q {\n  name = %q\n", name, p.Role)
	if p.Path != "" {
		fmt.Fprintf(&out, "  path = %q\n", p.Path)
	}
	fmt.Fprintf(&out, "  assume_role_policy = <<-JSON\n    %s\n  JSON\n}\n\n", indented(p.TrustPolicy, "    "))
	fmt.Fprintf(&out, "resource \"aws_iam_role_policy\" %q {\n  name = \"read\"\n  role = aws_iam_role.%s.id\n", name, name)
	fmt.Fprintf(&out, "  policy = <<-JSON\n    %s\n  JSON\n}\n\n", indented(p.ReaderPolicy, "    "))
	out.WriteString(p.keyComment())
	fmt.Fprintf(&out, "output %q {\n  value = aws_iam_role.%s.arn\n}\n", name+"_arn", name)
	return out.String()
}

// keyComment returns the statement for key policies as a comment, since the
// keys exist already. Comments begin with a hash in both languages.
func (p Reader) keyComment() string {
	if p.KeyPolicyStatement.Effect == "" {
		return ""
	}
	return keyHeading + "# " + indented(p.KeyPolicyStatement, "# ") + "\n"
}

const keyHeading = "# Add this statement to the policy of each key that encrypts an export's bucket:\n"

var identifierPattern = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// indented formats a value over several lines. All but the first begin with a
// prefix.
func indented(part any, prefix string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(document.Encode(part)), prefix, "  "); err != nil {
		panic(fmt.Sprintf("indent %T: %v", part, err)) // Encode gives nothing but JSON
	}
	return out.String()
}
